// Puts the cursor where the next key is wanted: on large citizen pages the summary of errors is read first; at the window the first
// field to correct is taken at once, for the clerk sees the summary. A link of the summary goes into its field, not only to it.

export function focus(root = document) {
  const errors = root.querySelector(".errors");
  if (errors && !errors.closest(".sample")) {
    const bad = root.querySelector(".field.bad :is(input, select, textarea)");
    (root.body?.classList.contains("big") || !bad ? errors : bad).focus();
    if (bad === document.activeElement) ready(bad);
  }
  root.addEventListener("click", (event) => {
    const link = event.target.closest?.(".errors a[href^='#']");
    const field = link && document.getElementById(link.hash.slice(1));
    if (!field) return;
    event.preventDefault();
    field.scrollIntoView({ block: "center" });
    field.focus();
  });
}

// ready makes one line ready to be typed anew; what was scanned into several is gone on with at its end.
function ready(field) {
  if (field.matches("textarea")) field.setSelectionRange(field.value.length, field.value.length);
  else field.select?.();
}
