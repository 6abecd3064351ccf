// Tables in place: sorting, a row of filters, and rows walked with the arrow keys. Sorting and filters act only where the page holds
// every row of the list; else a press on a head asks the node, which knows the rest.

const enoughToFilter = 8;

export function tables(root = document) {
  for (const table of root.querySelectorAll("table.table")) {
    const rows = [...table.tBodies[0]?.rows ?? []].filter((row) => !row.classList.contains("none"));
    if (rows.length === Number(table.dataset.total)) {
      sorting(table, rows);
      if (rows.length >= enoughToFilter && table.dataset.filter) filters(table, rows);
    } else {
      asking(table);
    }
    walking(table, rows);
  }
}

function sorting(table, rows) {
  table.tHead.addEventListener("click", (event) => {
    const button = event.target.closest("th button");
    if (!button) return;
    event.preventDefault();
    const head = button.closest("th");
    const down = head.getAttribute("aria-sort") === "ascending";
    for (const other of table.tHead.querySelectorAll("[aria-sort]")) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const order = compare(head.cellIndex);
    rows.sort((a, b) => (down ? order(b, a) : order(a, b)));
    table.tBodies[0].append(...rows);
    // The words above told of the old order; the mark in the head tells the new one.
    table.closest("form")?.querySelector(".list-head .order")?.remove();
  });
}

// A list that goes on elsewhere is asked for again in the new order, with all else that its address says.
function asking(table) {
  table.tHead?.addEventListener("click", (event) => {
    const button = event.target.closest("th button");
    if (!button) return;
    event.preventDefault();
    const address = new URL(location.href);
    address.searchParams.set("sort", button.value);
    location.assign(address);
  });
}

function compare(column) {
  const collator = new Intl.Collator(document.documentElement.lang || "zh-CN", { numeric: true });
  const number = (text) => (/^-?[\d,]+(\.\d+)?\s*%?$/.test(text) ? Number(text.replace(/[,%\s]/g, "")) : NaN);
  return (a, b) => {
    const [x, y] = [a, b].map((row) => row.cells[column].textContent.trim());
    const [n, m] = [number(x), number(y)];
    return Number.isNaN(n) || Number.isNaN(m) ? collator.compare(x, y) : n - m;
  };
}

function filters(table, rows) {
  const line = table.tHead.insertRow();
  line.className = "filter";
  const inputs = [...table.tHead.rows[0].cells].map((head) => {
    const cell = document.createElement("th");
    const input = document.createElement("input");
    input.type = "search";
    input.size = 4; // or its own width would widen the column
    input.setAttribute("aria-label", table.dataset.filter + head.textContent.trim());
    cell.append(input);
    line.append(cell);
    return input;
  });
  const none = table.tBodies[0].insertRow();
  none.className = "none";
  none.hidden = true;
  const cell = none.insertCell();
  cell.colSpan = inputs.length;
  cell.textContent = table.dataset.none;
  line.addEventListener("input", () => {
    const wanted = inputs.map((input) => input.value.trim().toLowerCase());
    for (const row of rows) row.hidden = !wanted.every((word, i) => row.cells[i].textContent.toLowerCase().includes(word));
    none.hidden = rows.some((row) => !row.hidden);
    const shown = table.closest("form")?.querySelector(".list-head b");
    if (shown) shown.textContent = rows.filter((row) => !row.hidden).length;
  });
  line.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    rows.find((row) => !row.hidden && row.isConnected)?.focus();
  });
}

// One row of a table is in the order of the Tab key; the arrows, Home and End move within, Enter opens the row.
function walking(table, rows) {
  if (!rows.some((row) => row.querySelector("a"))) return;
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
  table.tBodies[0].addEventListener("keydown", (event) => {
    const row = event.target;
    if (row.tagName !== "TR") return;
    const shown = [...table.tBodies[0].rows].filter((one) => !one.hidden && !one.classList.contains("none"));
    const at = shown.indexOf(row);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: shown.length - 1 }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      go(shown[to]);
    } else if (event.key === "Enter") {
      event.preventDefault();
      row.querySelector("a")?.click();
    }
  });
}
