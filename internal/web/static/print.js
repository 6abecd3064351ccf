// A sheet that is opened to be printed opens the printer's dialogue.
if (new URLSearchParams(location.search).has("print")) print();
for (const button of document.querySelectorAll("[data-print]")) button.addEventListener("click", () => print());
