// Waiting times with their level: from when on a wait is long is the house's setting, which each list carries. The
// level is a colour, a sign and a word; a figure changes its text only, never its place.
import { now, span } from "../web/clocks.js";

function levelOf(waited, { warnAfter, lateAfter }) {
  const seconds = waited / 1000;
  if (seconds >= Number(lateAfter)) return "late";
  return seconds >= Number(warnAfter) ? "warn" : "";
}

export function judge(root = document) {
  for (const wait of root.querySelectorAll(".wait[data-since]")) {
    const house = wait.closest("[data-warn-after]");
    if (!house) continue;
    const waited = now() - Date.parse(wait.dataset.since);
    const level = levelOf(waited, house.dataset);
    if (!wait.textContent) wait.textContent = span(waited);
    if ((wait.dataset.level ?? "") === level) continue;
    if (level) wait.dataset.level = level;
    else delete wait.dataset.level;
    const word = wait.parentElement.querySelector(".wait-word");
    if (word) word.textContent = level ? house.dataset[`${level}Word`] : "";
  }
}

setInterval(() => document.hidden || judge(), 1000);
document.addEventListener("htmx:after:swap", () => judge());
document.addEventListener("visibilitychange", () => document.hidden || judge());
judge();
