// Ctrl+K finds anything, "+" what opens in a tab; a combobox whose list the server renders. Typed words go in the body
// of a POST: they may be a patient's name.
import { htmx } from "../web/requests.js";
import { run } from "./commands.js";
import { show, shown } from "./stage.js";

const PAUSE = 200;
const dialog = document.getElementById("palette");
const field = dialog?.querySelector("input");
const list = dialog?.querySelector('[role="listbox"]');
let timer = 0;
let answered = Promise.resolve();
let only = "";

const options = () => [...list.querySelectorAll('[role="option"]:not([aria-disabled])')];
const chosen = () => options().find((option) => option.getAttribute("aria-selected") === "true");

function choose(option) {
  for (const other of options()) other.setAttribute("aria-selected", String(other === option));
  field.setAttribute("aria-activedescendant", option?.id ?? "");
  option?.scrollIntoView({ block: "nearest" });
}

function search() {
  clearTimeout(timer);
  timer = 0;
  // One after the other: of two at once the second would not be sent.
  answered = answered.then(ask, ask);
  return answered;
}

async function ask() {
  const values = { q: field.value, only, session: shown()?.dataset.conversation ?? "" };
  await htmx.ajax("POST", "/desk/palette", { source: field, target: list, swap: "innerHTML", values });
  choose(options()[0]);
}

function take(option) {
  if (!option) return;
  dialog.close();
  const { go, run: command, tabUrl, tabTitle, tabKind } = option.dataset;
  if (go) show(go);
  else if (command) run(command);
  else if (tabUrl) {
    const detail = { url: tabUrl, title: tabTitle ?? "", kind: tabKind ?? "" };
    document.dispatchEvent(new CustomEvent("desk:open-tab", { detail }));
  }
}

function open(wanted = "") {
  if (!dialog || dialog.open) return;
  only = wanted;
  const { openTab, anything } = dialog.dataset;
  const words = only ? openTab : anything;
  dialog.setAttribute("aria-label", words);
  field.placeholder = words;
  field.value = "";
  list.replaceChildren();
  dialog.showModal();
  field.focus();
  search();
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-palette]");
  if (button) open(button.dataset.palette);
});
document.addEventListener("palette:open", (event) => open(event.detail?.only));
field?.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(search, PAUSE);
});
field?.addEventListener("keydown", async (event) => {
  const by = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 }[event.key];
  if (!by && event.key !== "Enter") return;
  event.preventDefault();
  // Fast fingers: what is shown may still be the answer to fewer letters.
  await (timer ? search() : answered);
  if (!by) {
    take(chosen());
    return;
  }
  const all = options();
  const next = all.indexOf(chosen()) + by;
  choose(Math.abs(by) > 1 ? all[Math.max(0, Math.min(all.length - 1, next))] : all[(next + all.length) % all.length]);
});
list?.addEventListener("click", (event) => take(event.target.closest('[role="option"]:not([aria-disabled])')));
