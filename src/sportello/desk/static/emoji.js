// The emoji picker: opened by its button, searched by name in the reader's language, walked by arrows.
const picker = document.getElementById("emoji-picker");
const field = picker?.querySelector("input");
const grid = picker?.querySelector(".emoji-grid");
const COLUMNS = 8;
let area = null;
let signs = null;

const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

async function show(words) {
  signs ??= (await import("./emoji-signs.js")).signs(document.documentElement.lang);
  const sought = plain(words).split(/\s+/).filter(Boolean);
  const found = signs.filter(({ name }) => sought.every((word) => plain(name).includes(word)));
  grid.replaceChildren(...found.map(({ sign, name }, place) => {
    const button = document.createElement("button");
    button.type = "button";
    button.role = "option";
    button.tabIndex = place ? -1 : 0;
    button.title = name;
    button.setAttribute("aria-label", name);
    button.setAttribute("aria-selected", "false");
    button.textContent = sign;
    return button;
  }));
  if (!found.length) grid.textContent = picker.dataset.none;
}

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-emoji]");
  if (opener && picker) {
    area = opener.closest("message-composer").querySelector("textarea");
    const { top, right } = opener.getBoundingClientRect();
    picker.showPopover();
    picker.style.setProperty("inset", "auto");
    picker.style.setProperty("left", `${Math.max(8, right - picker.offsetWidth)}px`);
    picker.style.setProperty("top", `${Math.max(8, top - picker.offsetHeight - 8)}px`);
    field.value = "";
    show("").then(() => picker.style.setProperty("top", `${Math.max(8, top - picker.offsetHeight - 8)}px`));
    field.focus();
    return;
  }
  const chosen = event.target.closest("#emoji-picker [role=option]");
  if (chosen) take(chosen.textContent);
});

function take(sign) {
  picker.hidePopover();
  area.focus();
  area.setRangeText(sign, area.selectionStart, area.selectionEnd, "end");
  area.dispatchEvent(new Event("input", { bubbles: true }));
}

field?.addEventListener("input", () => show(field.value));
picker?.addEventListener("keydown", (event) => {
  const all = [...grid.querySelectorAll("[role=option]")];
  const here = all.indexOf(document.activeElement);
  const steps = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: here < 0 ? 1 : COLUMNS, ArrowUp: -COLUMNS };
  if (event.target === field && event.key === "Enter") {
    event.preventDefault();
    if (all[0]) take(all[0].textContent);
  } else if (event.key in steps && (here >= 0 || event.key === "ArrowDown")) {
    event.preventDefault();
    const next = here + steps[event.key];
    (next < 0 ? field : all[Math.min(all.length - 1, next)])?.focus();
  } else if (event.key === "Escape") {
    picker.hidePopover();
    area?.focus();
  }
});
