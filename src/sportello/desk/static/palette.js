// Ctrl+K finds anything, "+" what opens in a tab; a combobox whose list the server renders. Typed words go in the body
// of a POST: they may be a patient's name.
import { htmx } from "../web/requests.js";
import { run } from "./commands.js";
import { show, shown } from "./stage.js";

const PAUSE = 200;
const dialog = document.getElementById("palette");
const field = dialog?.querySelector("input");
const list = dialog?.querySelector('[role="listbox"]');
let timer;
let only = "";

const options = () => [...list.querySelectorAll('[role="option"]:not([aria-disabled])')];
const chosen = () => options().find((option) => option.getAttribute("aria-selected") === "true");

function choose(option) {
  for (const other of options()) other.setAttribute("aria-selected", String(other === option));
  field.setAttribute("aria-activedescendant", option?.id ?? "");
  option?.scrollIntoView({ block: "nearest" });
}

async function search() {
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
  const all = options();
  const here = all.indexOf(chosen());
  const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 }[event.key];
  if (step && all.length) {
    const far = Math.abs(step) > 1;
    choose(all[far ? Math.max(0, Math.min(all.length - 1, here + step)) : (here + step + all.length) % all.length]);
  } else if (event.key === "Enter") {
    event.preventDefault();
    // What is shown may still be the answer to fewer letters.
    if (timer) await search();
    take(chosen());
  } else return;
  event.preventDefault();
});
list?.addEventListener("click", (event) => take(event.target.closest('[role="option"]:not([aria-disabled])')));
