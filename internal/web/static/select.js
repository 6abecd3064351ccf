// A choice is made by its code, by the number that stands before its words, or by the first letters of its pinyin, as they are typed: "01" or "hz" for 01 汉族, "3" for 3 孙勇哲.
// What is typed within a second belongs together.
const together = 1000; // milliseconds

export function selects(root = document) {
  let typed = "";
  let last = 0;
  let field = null; // a fast hand is in the next field within the second
  root.addEventListener("keydown", (event) => {
    if (!ours(event)) return;
    const select = event.target;
    const now = Date.now();
    typed = now - last > together || select !== field ? "" : typed;
    field = select;
    typed += event.key.toLowerCase();
    last = now;
    const found = [...select.options].find((option) => begins(option, typed));
    if (!found) return;
    event.preventDefault();
    if (select.value === found.value) return;
    select.value = found.value;
    select.dispatchEvent(new Event("input", { bubbles: true }));
    select.dispatchEvent(new Event("change", { bubbles: true }));
  });
  root.addEventListener("keypress", (event) => {
    if (ours(event)) event.preventDefault();
  });
}

// The browser's own search by the shown words would move on from what was chosen here.
function ours(event) {
  return event.target.matches?.("select") && !event.ctrlKey && !event.altKey && !event.metaKey && /^[0-9a-z]$/i.test(event.key);
}

function begins(option, typed) {
  const code = option.value.includes("-") ? "" : option.value; // nobody types an identifier
  return [code, option.label, option.dataset.keys ?? ""].some((text) => text.toLowerCase().startsWith(typed));
}
