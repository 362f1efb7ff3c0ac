// Tabs that go on beyond the edge of a narrow screen: the one that is current, or has the focus, is moved into sight.
const EDGE = 24; // pixels that stay beside it, so that another behind it is seen to follow

function show(tab) {
  const row = tab?.closest(".tabs");
  if (!row || row.scrollWidth <= row.clientWidth) return;
  const [own, around] = [tab.getBoundingClientRect(), row.getBoundingClientRect()];
  if (own.right > around.right) row.scrollLeft += own.right - around.right + EDGE;
  else if (own.left < around.left) row.scrollLeft -= around.left - own.left + EDGE;
}

document.addEventListener("focusin", ({ target }) => show(target.closest(".tab")));
for (const tab of document.querySelectorAll(".tabs [aria-current]")) show(tab);
