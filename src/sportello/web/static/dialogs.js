// Buttons that open and close native dialogs: data-opens="id", data-closes="id".
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) {
    opener.closest("[popover]")?.hidePopover();
    document.getElementById(opener.dataset.opens)?.showModal();
  }
  const closer = event.target.closest("[data-closes]");
  if (closer) document.getElementById(closer.dataset.closes)?.close();
});

// What was chosen closes its menu.
document.addEventListener("click", (event) => event.target.closest(".menu[popover] :is(a, button)")?.closest("[popover]").hidePopover());

// A menu opens under its button, kept within the window; arrow keys walk in it.
document.addEventListener(
  "toggle",
  (event) => {
    const menu = event.target;
    if (!menu.matches?.(".menu[popover]") || event.newState !== "open") return;
    const button = document.querySelector(`[popovertarget="${CSS.escape(menu.id)}"]`)?.getBoundingClientRect();
    if (!button) return;
    const room = document.documentElement.clientWidth - menu.offsetWidth - 8;
    menu.style.left = `${Math.max(8, Math.min(button.left, room))}px`;
    menu.style.top = `${Math.min(button.bottom + 4, Math.max(8, innerHeight - menu.offsetHeight - 8))}px`;
    menu.querySelector("[aria-current], a, button")?.focus();
  },
  true,
);
document.addEventListener("keydown", (event) => {
  const menu = event.target.closest?.(".menu[popover]");
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!menu || !step) return;
  const items = [...menu.querySelectorAll("a, button")];
  items[(items.indexOf(event.target) + step + items.length) % items.length].focus();
  event.preventDefault();
});
