// Reads a date of eight digits back in words, and says at once when there is no such day.

export function dates(root = document) {
  for (const input of root.querySelectorAll("input[data-date]")) {
    const read = root.querySelector(`output[for="${CSS.escape(input.id)}"]`);
    if (!read) continue;
    // What the node has already said of this value is not said twice.
    const said = input.getAttribute("aria-invalid") ? input.value : null;
    const show = () => {
      const digits = eightDigits(input.value);
      const day = parse(digits);
      read.textContent = day ? inWords(day) : digits.length === 8 && input.value !== said ? input.dataset.wrong : "";
      read.classList.toggle("wrong", !day);
    };
    input.addEventListener("input", show);
    input.addEventListener("change", () => {
      const digits = eightDigits(input.value);
      if (digits.length === 8) input.value = digits;
      show();
    });
    show();
  }
}

// eightDigits takes 2005-10-10, 2005.10.10 and full-width digits as well; a month of one digit is not guessed.
export function eightDigits(typed) {
  return typed.normalize("NFKC").replace(/\D/g, "");
}

// parse gives the day at UTC midnight, or null when the calendar has none.
export function parse(digits) {
  if (!/^\d{8}$/.test(digits)) return null;
  const [y, m, d] = [digits.slice(0, 4), digits.slice(4, 6), digits.slice(6)].map(Number);
  const day = new Date(Date.UTC(y, m - 1, d));
  return y >= 1000 && day.getUTCMonth() === m - 1 && day.getUTCDate() === d ? day : null;
}

function inWords(day) {
  return new Intl.DateTimeFormat(document.documentElement.lang || "zh-CN", { dateStyle: "full", timeZone: "UTC" }).format(day);
}
