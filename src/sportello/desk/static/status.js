// The state of the line in words, at the top of the page.
export function status(state) {
  const place = document.querySelector("line-status");
  if (!place || place.dataset.state === state) return;
  place.dataset.state = state;
  place.textContent = place.dataset[state] ?? "";
}
