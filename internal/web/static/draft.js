// Drafts: what is typed is kept at the node, with the field that has the cursor, so that a power cut costs nothing. A password is never sent.
const wait = 800; // milliseconds of rest before what was typed is sent

function watch(form) {
  let timer = 0;
  let last = "";
  let typing = false; // the cursor alone is no draft
  let sent = false; // what is being carried out is no draft either, while the page goes away
  const send = (leaving) => {
    clearTimeout(timer);
    const typed = new URLSearchParams();
    for (const [name, value] of new FormData(form)) {
      if (typeof value === "string" && !name.includes("password")) typed.append(name, value);
    }
    typed.set("_page", location.pathname + location.search);
    const active = document.activeElement;
    typed.set("_focus", form.contains(active) ? active.name || "" : "");
    const text = typed.toString();
    if (text === last) return;
    last = text;
    if (leaving) navigator.sendBeacon("/-/draft", typed);
    else fetch("/-/draft", { method: "POST", body: typed }).catch(() => { last = ""; });
  };
  const later = () => { clearTimeout(timer); timer = setTimeout(send, wait); };
  form.addEventListener("input", () => { typing = true; later(); });
  form.addEventListener("focusin", () => { if (typing) later(); });
  document.addEventListener("visibilitychange", () => { if (document.hidden && last && !sent) send(true); });
  addEventListener("pageshow", () => { sent = false; });
  // A form that is being carried out is pressed once; the node would not do it twice anyway.
  form.addEventListener("submit", () => {
    sent = true;
    clearTimeout(timer);
    for (const button of form.querySelectorAll("button:not([type=button])")) setTimeout(() => { button.disabled = true; }, 0);
  });
}

for (const form of document.querySelectorAll("form[data-draft]")) watch(form);
