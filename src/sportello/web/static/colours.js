// Light, dark, or as the system wishes: the person's choice stays in this browser.
const key = "sportello.colours";

function apply(choice) {
  if (choice) document.documentElement.dataset.theme = choice;
  else delete document.documentElement.dataset.theme;
  for (const button of document.querySelectorAll("[data-theme-choice]")) {
    if (button.dataset.themeChoice === (choice ?? "")) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
  }
}

function stored() {
  try {
    return localStorage.getItem(key) ?? "";
  } catch {
    return "";
  }
}

apply(stored());
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-theme-choice]");
  if (!button) return;
  try {
    localStorage.setItem(key, button.dataset.themeChoice);
  } catch {
    // Storage may be forbidden; the choice then lasts as long as the page.
  }
  apply(button.dataset.themeChoice);
});
