// Typed words go in the body of a POST: they may be a patient's name.
// Ctrl+K: sessions, patients, articles and pages, found by typing; a combobox with a list the server renders.
import { htmx } from "../web/requests.js";
import { show } from "./stage.js";

const PAUSE = 250;
const dialog = document.getElementById("palette");
const field = dialog?.querySelector("input");
const list = dialog?.querySelector('[role="listbox"]');
let timer;

const options = () => [...list.querySelectorAll('[role="option"]')];
const chosen = () => options().find((option) => option.getAttribute("aria-selected") === "true");

function choose(option) {
  for (const other of options()) other.setAttribute("aria-selected", String(other === option));
  field.setAttribute("aria-activedescendant", option?.id ?? "");
  option?.scrollIntoView({ block: "nearest" });
}

async function search() {
  await htmx.ajax("POST", "/desk/palette", { source: field, target: list, swap: "innerHTML", values: { q: field.value } });
  choose(options()[0]);
}

function take(option) {
  if (!option) return;
  dialog.close();
  const { go, tabUrl, tabTitle, tabKind, command } = option.dataset;
  if (go) show(go);
  else if (command) document.dispatchEvent(new CustomEvent("desk:command", { detail: { command } }));
  else if (tabUrl) {
    const detail = { url: tabUrl, title: tabTitle ?? "", kind: tabKind ?? "" };
    document.dispatchEvent(new CustomEvent("desk:open-tab", { detail }));
  }
}

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-palette]")) document.dispatchEvent(new CustomEvent("palette:open"));
});
document.addEventListener("palette:open", () => {
  if (!dialog || dialog.open) return;
  field.value = "";
  dialog.showModal();
  field.focus();
  search();
});
field?.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(search, PAUSE);
});
field?.addEventListener("keydown", (event) => {
  const all = options();
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step && all.length) choose(all[(all.indexOf(chosen()) + step + all.length) % all.length]);
  else if (event.key === "Enter") take(chosen());
  else return;
  event.preventDefault();
});
list?.addEventListener("click", (event) => take(event.target.closest('[role="option"]')));
