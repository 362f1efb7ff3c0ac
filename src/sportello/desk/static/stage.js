// The sessions on the stage: opened panels stay in the page, hidden, so that nothing in them is lost by switching.
import { htmx } from "../web/requests.js";
import { refresh } from "./regions.js";

const HOME = "home";
const stage = () => document.getElementById("stage");
const panelOf = (id) => document.getElementById(`session-${id}`);
const addressOf = (id) => (id === HOME ? "/desk" : `/desk/sessions/${id}`);

let wanted = "";

export function shown() {
  return stage()?.querySelector(":scope > .session:not([hidden])") ?? null;
}

export async function show(id, { push = true, focus = true } = {}) {
  wanted = id;
  if (!panelOf(id)) {
    const url = id === HOME ? "/desk/home" : `/desk/sessions/${id}`;
    await htmx.ajax("GET", url, { source: stage(), target: stage(), swap: "beforeend" });
  }
  // Someone may have chosen another session while this one was on its way.
  const panel = panelOf(id);
  if (!panel) return;
  if (wanted !== id) {
    panel.hidden = true;
    return;
  }
  for (const other of stage().querySelectorAll(":scope > .session")) other.hidden = other !== panel;
  for (const link of document.querySelectorAll("a[data-session]")) {
    if (link.dataset.session === id) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  if (push && location.pathname !== addressOf(id)) history.pushState({ session: id }, "", addressOf(id));
  document.title = panel.dataset.title ?? document.title;
  document.dispatchEvent(new CustomEvent("desk:shown", { detail: { id } }));
  if (focus) (panel.querySelector("message-composer textarea") ?? panel.querySelector("h1[tabindex]"))?.focus();
}

export function drop(id) {
  const panel = panelOf(id);
  const wasShown = panel && !panel.hidden;
  panel?.remove();
  if (wasShown) show(HOME);
}

// A conversation changed its state: its head and foot are rendered anew, its tabs stay as they are.
document.addEventListener("talk:moved", (event) => {
  const id = event.target.closest(".session")?.dataset.conversation;
  if (id) refresh(`head-${id}`, `foot-${id}`);
});
document.addEventListener("talk:stale", (event) => {
  const id = event.target.closest(".session")?.dataset.conversation;
  if (id) refresh(`log-${id}`);
});
document.addEventListener("desk:renew", (event) => refresh(`head-${event.detail.session}`, `foot-${event.detail.session}`));
document.addEventListener("desk:closed", (event) => {
  refresh("sessions", "work");
  drop(event.detail.session);
});

addEventListener("popstate", () => {
  const match = location.pathname.match(/^\/desk\/sessions\/([\w-]+)$/);
  show(match ? match[1] : HOME, { push: false });
});
document.addEventListener("desk:show", (event) => show(event.detail.id));
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-session]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  show(link.dataset.session);
});

// On a small screen the two panes of a session take turns.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-pane-choice]");
  if (!button) return;
  const panes = button.closest(".session").querySelector(".panes");
  panes.dataset.shown = button.dataset.paneChoice;
  for (const other of button.parentElement.children) other.setAttribute("aria-pressed", String(other === button));
});
