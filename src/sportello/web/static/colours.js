// Colours (light, dark, or as the system wishes) and density: shown at once, kept by the server for every browser of
// the person.
import { send } from "./requests.js";

const root = document.documentElement;

function mark() {
  for (const [name, now] of [["theme", root.dataset.theme ?? ""], ["density", root.dataset.density ?? ""]]) {
    for (const button of document.querySelectorAll(`[data-${name}-choice]`)) {
      if (button.dataset[`${name}Choice`] === now) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
    }
  }
}

mark();
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-theme-choice], [data-density-choice]");
  if (!button) return;
  const { themeChoice: theme, densityChoice: density } = button.dataset;
  if (density) root.dataset.density = density;
  else if (theme) root.dataset.theme = theme;
  else delete root.dataset.theme;
  mark();
  send("PUT", "/desk/look", { density: root.dataset.density, theme: root.dataset.theme ?? "" }).catch(() => {});
});
