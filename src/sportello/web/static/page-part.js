// A whole page shown as a part (in a tab of the desk): its own links and forms stay within the part, so that the desk
// around it is not lost. What opens elsewhere on purpose (a new window, another tab, a file) does.
import { htmx } from "./requests.js";

const PLACE = /^\/(desk|administration)\/(?!sessions(\/|$)|view(\/|$)|home$)/;
const OWN = "[hx-post], [hx-get], [hx-put], [hx-patch], [hx-delete]";

// Where the answer goes: the part's own box.
const boxOf = (element) => element.closest(".page-part").parentElement;

async function go(box, method, url, source = box, event = undefined) {
  await htmx.ajax(method, url, { source, event, target: box, swap: "innerHTML" });
  box.scrollTop = 0;
  const taker = box.querySelector("[data-takes-focus]") ?? box.querySelector("h1");
  if (!taker || box.contains(document.activeElement)) return;
  if (!taker.hasAttribute("tabindex")) taker.tabIndex = -1;
  taker.focus();
}

document.addEventListener("click", (event) => {
  const link = event.target.closest?.(".page-part a[href]");
  if (!link || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  const url = new URL(link.href, location.href);
  if (link.target || link.hasAttribute("download") || link.matches(`[data-session], [data-opens-tab], ${OWN}`)) return;
  if (url.origin !== location.origin || !PLACE.test(url.pathname)) return;
  if (link.getAttribute("href").startsWith("#")) return;
  event.preventDefault();
  go(boxOf(link), "GET", url.pathname + url.search);
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || !form.closest(".page-part") || form.matches(OWN) || form.target) return;
  const url = new URL(form.getAttribute("action") ?? "", location.href);
  if (form.enctype === "multipart/form-data" || !PLACE.test(url.pathname)) return;
  event.preventDefault();
  go(boxOf(form), form.method.toUpperCase(), url.pathname + url.search, form, event);
});
