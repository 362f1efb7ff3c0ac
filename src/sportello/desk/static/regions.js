// Parts of the page that the server renders again when they are stale: elements with data-region and data-url.
// A part with data-form is asked for with the filter beside it. Many events in a moment cause one request; a part with the focus inside keeps its focus.
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

// Nobody's typing is swapped away, no open menu taken from under the pointer: the part waits until they are done.
function held(element) {
  const active = document.activeElement;
  const typing = element.contains(active) && active.matches("input:not([type=hidden]), textarea, select");
  return typing || element.querySelector(":popover-open") !== null;
}

document.addEventListener("htmx:before:swap", (event) => {
  const { sourceElement: source, target } = event.detail.ctx;
  if (!target?.matches?.("[data-region]") || (source !== target && !source.matches("form")) || !held(target)) return;
  event.preventDefault();
  plan(target);
});

async function fetchNow(element) {
  due.delete(element);
  if (!element.isConnected) return;
  if (held(element)) {
    due.set(element, setTimeout(() => fetchNow(element), 1000));
    return;
  }
  const active = document.activeElement;
  const kept = element.contains(active) ? active.id || active.dataset.focus : "";
  try {
    const form = "form" in element.dataset ? element.parentElement.querySelector("form.filter") : null;
    const source = form ?? element;
    await htmx.ajax(form ? "POST" : "GET", element.dataset.url, { source, target: element, swap: "innerHTML" });
  } catch {
    return;
  }
  if (kept) (document.getElementById(kept) ?? element.querySelector(`[data-focus="${CSS.escape(kept)}"]`))?.focus();
  element.dispatchEvent(new CustomEvent("region:refreshed", { bubbles: true }));
}
