// Parts of the page that the server renders again when they are stale: elements with data-region and data-url.
// Many events in a moment cause one request; a part with the focus inside keeps its focus.
import { htmx } from "../web/requests.js";

const due = new Map();
const PAUSE = 250;

export function refresh(...names) {
  for (const name of names) {
    for (const element of document.querySelectorAll(`[data-region="${name}"]`)) plan(element);
  }
}

function plan(element) {
  if (due.has(element)) return;
  const pause = Number(element.dataset.pause) || PAUSE;
  due.set(element, setTimeout(() => fetchNow(element), pause));
}

async function fetchNow(element) {
  due.delete(element);
  if (!element.isConnected) return;
  // Nobody's typing is swapped away: the part waits until the person leaves its field.
  const active = document.activeElement;
  if (element.contains(active) && active.matches("input:not([type=hidden]), textarea, select")) {
    active.addEventListener("blur", () => plan(element), { once: true });
    return;
  }
  // Nor is a menu that somebody has open taken away from under the hand.
  const open = element.querySelector("[popover]:popover-open");
  if (open) {
    open.addEventListener("toggle", () => plan(element), { once: true });
    return;
  }
  const kept = element.contains(active) ? active.id || active.dataset.focus : "";
  try {
    await htmx.ajax("GET", element.dataset.url, { source: element, target: element, swap: "innerHTML" });
  } catch {
    return;
  }
  if (kept) (document.getElementById(kept) ?? element.querySelector(`[data-focus="${CSS.escape(kept)}"]`))?.focus();
  element.dispatchEvent(new CustomEvent("region:refreshed", { bubbles: true }));
}
