// Sharing a conversation: the Colleagues dialog, the strip of those who take part, and what colleagues answered.
import { htmx } from "../web/requests.js";
import { refresh } from "./regions.js";
import { shown } from "./stage.js";
import { toast } from "../web/toasts.js";

const dialog = document.getElementById("colleagues");
const body = document.getElementById("colleagues-body");
const COMMANDS = ["consult", "join", "transfer", "queue"];

async function open(conversation, kind) {
  await htmx.ajax("GET", `/desk/sessions/${conversation}/colleagues?do=${kind}`, { source: body, target: body, swap: "innerHTML" });
  if (!body.querySelector("form")) return;
  if (!dialog.open) dialog.showModal();
  body.querySelector("input:checked")?.focus();
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-colleagues]");
  if (button) open(button.dataset.conversation, button.dataset.colleagues);
});

// From the palette: for the session on the stage, if its agent may share it.
document.addEventListener("desk:command", (event) => {
  const { command } = event.detail;
  const button = shown()?.querySelector("[data-colleagues]");
  if (!COMMANDS.includes(command)) return;
  if (button) open(button.dataset.conversation, command);
  else toast(dialog.dataset.none, "warn");
});

// A long list of colleagues is narrowed by typing.
body?.addEventListener("input", (event) => {
  if (event.target.type !== "search") return;
  const words = event.target.value.toLocaleLowerCase().split(/\s+/);
  for (const choice of body.querySelectorAll(".found .choice")) {
    const name = choice.querySelector(".who").textContent.toLocaleLowerCase();
    choice.hidden = !words.every((word) => name.includes(word));
  }
});

document.addEventListener("desk:shared", (event) => {
  dialog.close();
  body.replaceChildren();
  refresh(`parties-${event.detail.session}`, "sessions", "work", "board");
});

// Who only whispered may write to the patient now: the field changes under their hands. What was begun as a whisper
// stays one, so that it is not sent to the patient.
function renew(panel) {
  const area = panel.querySelector("message-composer[data-yields] textarea");
  if (area?.value.trim()) panel.dataset.whispered = "yes";
}

document.addEventListener("region:refreshed", ({ target }) => {
  const panel = target.closest(".session");
  const note = panel?.querySelector('message-composer [name="kind"]');
  if (!panel?.dataset.whispered || !note) return;
  delete panel.dataset.whispered;
  if (!note.checked && note.form.querySelector("textarea").value.trim()) note.click();
});

document.addEventListener("talk:moved", (event) => {
  const panel = event.target.closest(".session");
  if (!panel) return;
  renew(panel);
  refresh(`parties-${panel.dataset.conversation}`);
});

// Somebody came, left, was asked or answered: told by the conversation itself.
document.addEventListener("talk:party", (event) => {
  const panel = event.target.closest(".session");
  if (panel) renew(panel);
  const id = panel?.dataset.conversation;
  if (id) refresh(`parties-${id}`, `foot-${id}`, `head-${id}`);
});

// What a colleague answered is said where the agent looks, whatever session is on the stage.
export function answered({ why, what, name }) {
  const words = dialog?.dataset[`${what}${why[0].toUpperCase()}${why.slice(1)}`] ?? "";
  toast(words.replace("%(name)s", name), why === "accepted" ? "ok" : "warn");
}
