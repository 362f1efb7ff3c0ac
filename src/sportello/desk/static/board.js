// The board's own manners: its assign dialog, and rows that do not jump away from under a pointer or the focus: while
// somebody is in the table, what is gone stays greyed in its place and what is new comes below.
import { refresh } from "./regions.js";

const regionOf = (element) => element?.closest?.('[data-region="board"]');
const kept = new WeakMap(); // region -> its rows before the swap, in their order
const inside = (region) => region.querySelector("tbody:hover") !== null || region.contains(document.activeElement);

document.addEventListener("htmx:before:swap", (event) => {
  const region = regionOf(event.detail.ctx?.target);
  if (region) kept.set(region, inside(region) ? [...region.querySelectorAll("tr[data-row]")] : null);
});

document.addEventListener("htmx:after:swap", (event) => {
  const region = regionOf(event.detail.ctx?.target);
  const before = region && kept.get(region);
  const body = region?.querySelector("tbody");
  if (!before?.length || !body || event.detail.ctx.sourceElement?.contains(document.activeElement)) return;
  const fresh = new Map([...body.querySelectorAll("tr[data-row]")].map((row) => [row.dataset.row, row]));
  const rows = before.map((old) => {
    const row = fresh.get(old.dataset.row);
    fresh.delete(old.dataset.row);
    return row ?? ghost(old);
  });
  body.append(...rows, ...fresh.values());
});

function ghost(row) {
  row.classList.add("gone");
  row.inert = true;
  return row;
}

// Nobody is in the table any more: the greyed rows leave with the next look.
document.addEventListener("pointerout", (event) => {
  const region = regionOf(event.target);
  if (region && !region.contains(event.relatedTarget) && region.querySelector(".gone")) refresh("board");
});

document.addEventListener("htmx:after:swap", (event) => {
  const dialog = event.detail.ctx?.target;
  if (!dialog?.matches?.("dialog.assigning") || dialog.open) return;
  dialog.showModal();
  dialog.querySelector("input[type=radio]:checked, .primary")?.focus();
});
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-ends]")) event.target.closest("dialog")?.close();
  const all = event.target.closest("[data-show-all]")?.form;
  if (!all) return;
  for (const select of all.querySelectorAll("select")) if (select.name !== "order") select.value = "";
  all.dispatchEvent(new Event("change", { bubbles: true }));
});
document.addEventListener("htmx:after:request", (event) => {
  const { sourceElement: form, response } = event.detail.ctx;
  if (!form.matches?.("form[data-assigns]")) return;
  form.closest("dialog")?.close();
  if (response?.status === 200) refresh("board", "work");
});
