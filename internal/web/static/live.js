// Live counts: the numbers at the left and the last word of the unit above, as the node sends them.
if (document.querySelector("[data-count]")) {
  const source = new EventSource("/-/live");
  source.onmessage = (event) => {
    const state = JSON.parse(event.data);
    for (const element of document.querySelectorAll("[data-count]")) {
      const n = state.counts[element.dataset.count];
      if (n !== undefined) element.textContent = n;
    }
  };
  addEventListener("pagehide", () => source.close());
}
