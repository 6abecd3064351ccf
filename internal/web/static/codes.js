// A choice can be typed by the first letters of its pinyin, as by its code: yh finds 已婚. The browser itself finds a choice by its code.
const rest = 1000; // milliseconds after which a new word begins

export function codes(root = document) {
  for (const select of root.querySelectorAll("select")) {
    if (!select.querySelector("option[data-letters]")) continue;
    let typed = "";
    let last = 0;
    select.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.altKey || event.metaKey || !/^[a-z]$/i.test(event.key)) return;
      event.preventDefault();
      typed = event.timeStamp - last > rest ? event.key : typed + event.key;
      last = event.timeStamp;
      const found = [...select.options].find((option) => option.value && option.dataset.letters?.startsWith(typed.toLowerCase()));
      if (!found) return;
      found.selected = true;
      select.dispatchEvent(new Event("input", { bubbles: true }));
      select.dispatchEvent(new Event("change", { bubbles: true }));
    });
  }
}
