// Shortcut keys. An element with data-key="F8", "Alt+P", "Enter" or "Escape" is pressed by that key; the page shows the key in a <kbd>
// beside the words. In a form with data-enter, Enter goes to the next field and, after the last one, on.

const editing = "input:not([type=checkbox], [type=radio], [type=submit], [type=button]), select, textarea, [contenteditable]";
const fields = "input:not([type=hidden], [type=submit], [type=button], :disabled), select:not(:disabled), textarea:not(:disabled)";

export function keys(root = document) {
  root.addEventListener("keydown", (event) => {
    // While an input method composes, Enter and Escape belong to it.
    if (event.isComposing || event.keyCode === 229 || event.defaultPrevented) return;
    if (event.key === "Enter" && (nextField(event) || endsChoice(event))) return;
    press(event, root);
  });
}

function nextField(event) {
  const here = event.target;
  const form = here.closest?.("form[data-enter]");
  if (!form || !here.matches(fields) || here.matches("textarea") || event.ctrlKey || event.altKey) return false;
  if (here.type === "file" && here.files.length === 0) return false; // Enter opens the choice
  event.preventDefault();
  const all = [...form.querySelectorAll(fields)].filter((field) => reachable(field, form) && !sameGroup(field, here));
  const found = all.find((field) => here.compareDocumentPosition(field) & Node.DOCUMENT_POSITION_FOLLOWING);
  const next = all.find((field) => found && field.checked && sameGroup(field, found)) ?? found;
  if (next) {
    next.focus();
    next.select?.();
  } else {
    form.requestSubmit(form.querySelector("button.primary") ?? undefined);
  }
  return true;
}

// endsChoice sends the form from a choice as the browser does from a line: by itself it would do nothing there.
function endsChoice(event) {
  const form = event.target.matches?.("select") && event.target.form;
  const button = form && (form.querySelector("button.primary") ?? form.querySelector("button:not([type=button])"));
  if (!button || event.ctrlKey || event.altKey) return false;
  event.preventDefault();
  form.requestSubmit(button);
  return true;
}

// reachable tells whether the cursor can stand in a field: not in a fold that is closed, nor in the file that the camera takes by itself.
function reachable(field, form) {
  if (!field.offsetParent || field.readOnly || field.closest("details:not([open])")) return false;
  return field.name !== form.dataset.camera || !form.querySelector(".camera.on");
}

function sameGroup(a, b) {
  return a.type === "radio" && b.type === "radio" && a.name === b.name;
}

function press(event, root) {
  const name = keyName(event);
  const target = [...root.querySelectorAll("[data-key]")].find((one) => one.dataset.key === name && one.offsetParent && !one.disabled);
  if (!target) return;
  // Enter is already the press of a focused link or button, and the end of a field.
  if (event.key === "Enter" && event.target.closest?.("a, button, summary, form, tr")) return;
  // A bare letter or digit is typed text inside a field.
  if (name.length === 1 && event.target.matches?.(editing)) return;
  event.preventDefault();
  if (target.matches(editing)) target.focus();
  else target.click();
}

export function keyName(event) {
  const parts = [];
  if (event.ctrlKey) parts.push("Ctrl");
  if (event.altKey) parts.push("Alt");
  if (event.shiftKey && event.key.length > 1) parts.push("Shift");
  parts.push(event.key.length === 1 ? event.key.toUpperCase() : event.key);
  return parts.join("+");
}
