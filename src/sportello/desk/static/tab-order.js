// Tabs change places by dragging, by Ctrl+Shift+arrow on a tab, or by the menu of the row.
const FAR = 6; // pixels before a press is a drag: a click stays a click

export function step(list, tab, by) {
  const tabs = [...list.querySelectorAll('[role="tab"]')];
  const target = tabs[tabs.indexOf(tab) + by];
  if (!target) return false;
  if (by < 0) target.before(tab);
  else target.after(tab);
  return true;
}

// Calls `moved(tab)` once, when a dragged tab is let go at another place. A finger scrolls the row instead.
export function draggable(list, moved) {
  let tab = null;
  let from = 0;
  let before = null;

  const stop = () => {
    if (tab?.classList.contains("dragged")) {
      tab.classList.remove("dragged");
      if (tab.nextElementSibling !== before) moved(tab);
    }
    tab = null;
  };
  list.addEventListener("pointerdown", (event) => {
    tab = event.pointerType === "touch" || event.button ? null : event.target.closest('[role="tab"]');
    from = event.clientX;
    before = tab?.nextElementSibling ?? null;
  });
  list.addEventListener("pointermove", (event) => {
    if (!tab || (Math.abs(event.clientX - from) < FAR && !tab.classList.contains("dragged"))) return;
    if (!tab.classList.contains("dragged")) {
      tab.classList.add("dragged");
      list.setPointerCapture(event.pointerId);
    }
    for (const other of list.querySelectorAll('[role="tab"]')) {
      const box = other.getBoundingClientRect();
      if (other === tab || event.clientX < box.left || event.clientX > box.right) continue;
      const behind = event.clientX > box.left + box.width / 2;
      if (behind && other.nextElementSibling !== tab) other.after(tab);
      else if (!behind && other.previousElementSibling !== tab) other.before(tab);
    }
  });
  list.addEventListener("pointerup", stop);
  list.addEventListener("pointercancel", stop);
}
