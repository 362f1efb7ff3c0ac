// Parts of the page that the server renders again when they are stale: elements with data-region and data-url.
// A part with data-form is asked for with the filter beside it. Many events in a moment cause one request; a part with the focus inside keeps its focus.
import { htmx } from "../web/requests.js";

const due = new Map();
const PAUSE = 250;
const AGAIN = 3000;

export function refresh(...names) {
  for (const name of names) {
    for (const element of document.querySelectorAll(`[data-region="${name}"]`)) plan(element);
  }
}

// What nobody sees waits until it is looked at.
const stale = new Set();

function plan(element) {
  if (due.has(element)) return;
  if (!element.checkVisibility()) {
    stale.add(element);
    return;
  }
  const pause = Number(element.dataset.pause) || PAUSE;
  due.set(element, setTimeout(() => fetchNow(element), pause));
}

export function catchUp() {
  for (const element of stale) {
    if (!element.isConnected) stale.delete(element);
    else if (element.checkVisibility()) {
      stale.delete(element);
      fetchNow(element);
    }
  }
}

document.addEventListener("desk:shown", catchUp);
document.addEventListener("desk:tab-shown", catchUp);

// Nobody's typing is swapped away, no open menu taken from under the pointer: the part waits until they are done. A
// field in which nothing stands has nothing to lose; one that changes hands at once, and keeps its words by itself,
// says so with data-yields.
function held(element) {
  if (element.querySelector("[data-yields]")) return false;
  const active = document.activeElement;
  const typing = element.contains(active) && active.matches("input:not([type=hidden]), textarea, select");
  const nothing = active.matches("textarea, input:not([type=checkbox], [type=radio])") && active.value === "";
  return (typing && !nothing) || element.querySelector(":popover-open, dialog[open]") !== null;
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
  const inside = element.contains(active);
  const kept = inside ? active.id || active.dataset.focus : "";
  const answer = await asked(element);
  // Not reached: what stands here is old, and is asked for again.
  if (answer === "lost" && !due.has(element)) due.set(element, setTimeout(() => fetchNow(element), AGAIN));
  if (answer !== "shown") return;
  if (kept) (document.getElementById(kept) ?? element.querySelector(`[data-focus="${CSS.escape(kept)}"]`))?.focus();
  // What had the focus is gone: it goes to what stands in its place.
  if (inside && document.activeElement === document.body) element.querySelector("textarea, [data-takes-focus], h2[tabindex]")?.focus();
  element.dispatchEvent(new CustomEvent("region:refreshed", { bubbles: true }));
}

// "shown" when an answer took the place of the part; "lost" when there was none; "" for a refusal or a part that waits.
async function asked(element) {
  const form = "form" in element.dataset ? element.parentElement.querySelector("form.filter") : null;
  const source = form ?? element;
  let answer = "";
  const ours = (event) => event.detail.ctx?.sourceElement === source && event.detail.ctx.target === element;
  const shown = (event) => ours(event) && (answer = "shown");
  const lost = (event) => ours(event) && (event.type === "htmx:error" || event.detail.ctx.response.status >= 500) && (answer = "lost");
  const heard = { "htmx:after:swap": shown, "htmx:error": lost, "htmx:response:error": lost };
  for (const [name, listener] of Object.entries(heard)) document.addEventListener(name, listener);
  try {
    await htmx.ajax(form ? "POST" : "GET", element.dataset.url, { source, target: element, swap: "innerHTML" });
  } catch {
    answer = "lost";
  }
  for (const [name, listener] of Object.entries(heard)) document.removeEventListener(name, listener);
  return answer;
}
