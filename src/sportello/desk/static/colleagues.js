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

// Somebody came, left, was asked or answered: told by the conversation itself.
document.addEventListener("talk:party", (event) => {
  const id = event.target.closest(".session")?.dataset.conversation;
  if (id) refresh(`parties-${id}`, `foot-${id}`, `head-${id}`);
});

// What a colleague answered is said where the agent looks, whatever session is on the stage.
export function answered({ why, what, name }) {
  const words = dialog?.dataset[`${what}${why[0].toUpperCase()}${why.slice(1)}`] ?? "";
  toast(words.replace("%(name)s", name), why === "accepted" ? "ok" : "warn");
}
