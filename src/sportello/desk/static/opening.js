// Other parts of the page ask for a tab: by an event, by a link.

// Any room opens a tab of the session on the stage: an answer's HX-Trigger header or an event "desk:open-tab" {title, url}.
document.addEventListener("desk:open-tab", (event) => {
  const inside = event.target instanceof Element ? event.target.closest(".session") : null;
  const session = inside ?? document.querySelector("#stage > .session:not([hidden])");
  session?.querySelector("app-tabs")?.open(event.detail);
});

// A plain link inside a tab panel with data-opens-tab opens beside it, unless a new window is asked for.
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-opens-tab]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const url = link.dataset.url ?? link.getAttribute("href");
  link.dispatchEvent(
    new CustomEvent("desk:open-tab", { bubbles: true, detail: { url, title: link.dataset.opensTab || link.textContent.trim(), kind: link.dataset.kind ?? "" } }),
  );
});
