// Shows a file field in the page's language: a button, and beside it the names of the chosen files. Without this module the browser's own control stands there.

export function files(root = document) {
  for (const input of root.querySelectorAll(".field > input[type=file]")) {
    const chosen = input.nextElementSibling;
    const names = chosen.querySelector("output");
    const show = () => {
      names.textContent = [...input.files].map((file) => file.name).join("; ") || names.dataset.none;
    };
    input.addEventListener("change", show);
    input.parentElement.classList.add("own-file");
    chosen.hidden = false;
    show();
  }
}
