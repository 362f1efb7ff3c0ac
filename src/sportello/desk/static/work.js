// The work lists: how many pages are shown goes along with the filter, so that a list renewed by itself keeps them.
const pagesOf = (element) => element.closest(".work-frame")?.querySelector("form.filter [name=pages]");

document.addEventListener("htmx:after:swap", (event) => {
  const source = event.detail.ctx?.sourceElement;
  if (!source?.matches?.("[data-more]")) return;
  const frame = event.detail.ctx.target?.closest?.(".work-frame") ?? document.querySelector(".session:not([hidden]) .work-frame, #alone .work-frame");
  const pages = frame && pagesOf(frame);
  if (pages) pages.value = String(Number(pages.value) + 1);
});
for (const kind of ["input", "reset"]) {
  document.addEventListener(kind, (event) => {
    const pages = event.target.closest?.("form.filter") && pagesOf(event.target);
    if (pages) pages.value = "1";
  }, true);
}
