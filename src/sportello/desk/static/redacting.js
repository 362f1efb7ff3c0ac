// Removing a message: the row's button (in the log: arrows walk the rows, Delete presses it), then the dialog asks why.
const dialog = document.getElementById("redact");
const form = dialog?.querySelector("form");

function ask(row) {
  const log = row.closest("message-log");
  const conversation = log.dataset.stream.split(":")[1];
  form.setAttribute("hx-post", `/desk/conversations/${conversation}/redact`);
  window.htmx?.process(form);
  form.elements.seq.value = row.dataset.seq;
  form.elements.why.value = "";
  dialog.querySelector("[data-quote]").textContent = row.querySelector('[data-field="text"]').textContent.trim().slice(0, 200);
  dialog.showModal();
  form.elements.why.focus();
}

const removable = (row) => row?.dataset.seq && !("removed" in row.dataset) && ["message", "note"].includes(row.dataset.kind);

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-remove]");
  const row = button?.closest(".message");
  if (form && removable(row)) ask(row);
});
document.addEventListener("talk:redacted", () => dialog.close());

// In a log whose rows can be removed the arrows walk from row to row.
document.addEventListener("keydown", (event) => {
  const box = event.target.closest?.('message-log [role="log"]');
  if (!box || !form || !["ArrowUp", "ArrowDown", "Delete"].includes(event.key) || event.altKey || event.ctrlKey) return;
  const rows = [...box.querySelectorAll(".message[data-seq]")].filter(removable);
  const here = rows.indexOf(event.target.closest(".message"));
  if (event.key === "Delete") {
    if (here >= 0) ask(rows[here]);
    return;
  }
  event.preventDefault();
  const next = here < 0 ? rows.at(-1) : rows[Math.min(rows.length - 1, Math.max(0, here + (event.key === "ArrowUp" ? -1 : 1)))];
  if (!next) return;
  next.tabIndex = -1;
  next.focus();
});
