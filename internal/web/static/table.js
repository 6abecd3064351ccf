// Rows walked with the arrow keys. The node sorts, narrows and turns every list (lists.go); a choice in the row of filters is sent when it is made.

export function tables(root = document) {
  for (const table of root.querySelectorAll("table.table")) {
    walking(table, [...table.tBodies[0]?.rows ?? []].filter((row) => !row.classList.contains("none")));
  }
  root.addEventListener("change", (event) => {
    if (event.target.matches(".filter select")) event.target.form?.requestSubmit();
  });
}

// One row of a table is in the order of the Tab key; the arrows, Home and End move within, Enter opens the row, the right arrow its record beside the list, the space bar picks
// it. Down from a filter goes into the rows. Where a record stands beside the list, the keys are in its row.
function walking(table, rows) {
  if (!rows.some((row) => row.querySelector("a, .pick input"))) return;
  let here = rows.find((row) => row.classList.contains("selected")) ?? rows[0];
  for (const row of rows) row.tabIndex = row === here ? 0 : -1;
  const go = (row) => {
    if (!row) return;
    here.tabIndex = -1;
    here = row;
    row.tabIndex = 0;
    row.focus();
    row.scrollIntoView({ block: "nearest" });
  };
  if (here.classList.contains("selected") && table.closest(".split.record") && document.activeElement === document.body) here.focus({ preventScroll: true });
  table.tHead?.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown" || !event.target.matches(".filter input")) return;
    event.preventDefault();
    go(here);
  });
  table.tBodies[0].addEventListener("keydown", (event) => {
    const row = event.target;
    if (row.tagName !== "TR") return;
    const at = rows.indexOf(row);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      go(rows[to]);
    } else if (event.key === "Enter") {
      event.preventDefault();
      row.querySelector("a")?.click();
    } else if (event.key === "ArrowRight") {
      row.querySelector("a.beside")?.click();
    } else if (event.key === " ") {
      event.preventDefault();
      row.querySelector(".pick input")?.click();
    }
  });
}
