// Files to the patient: by the button, pasted into the field, or dropped on the talk. Each is one message; the row
// shows how far it is, and offers to try again under the same id when it did not go.
import { newId } from "../web/line-outbox.js";
import { csrf } from "../web/requests.js";
import { toast } from "../web/toasts.js";

const MOST_AT_ONCE = 10;
const waiting = new Map(); // id -> {file, composer}

const logOf = (composer) => (composer.closest(".session") ?? composer.parentElement).querySelector("message-log");

function take(composer, files) {
  // A note carries no file: what was meant for colleagues alone would reach the patient.
  if (composer.dataset.kind === "note") return toast(composer.querySelector("[data-attach]")?.dataset.notInNotes, "warn");
  for (const file of [...files].slice(0, MOST_AT_ONCE)) {
    const id = newId();
    waiting.set(id, { file, composer });
    const body = { name: composer.dataset.name, text: "", attachment: { name: file.name, size: file.size } };
    logOf(composer)?.pending({ id, kind: "message", by: "agent", body });
    send(id);
  }
}

function send(id) {
  const { file, composer } = waiting.get(id);
  const log = logOf(composer);
  const request = new XMLHttpRequest();
  request.open("POST", `/desk/conversations/${composer.dataset.conversation}/files`);
  request.setRequestHeader("Content-Type", "application/octet-stream");
  request.setRequestHeader("X-CSRF-Token", csrf());
  request.setRequestHeader("HX-Request", "true");
  request.setRequestHeader("X-File-Id", id);
  request.setRequestHeader("X-File-Name", encodeURIComponent(file.name));
  request.upload.onprogress = ({ loaded, total }) => {
    const bar = document.getElementById(`m-${id}`)?.querySelector("progress");
    if (bar) bar.value = (100 * loaded) / total;
  };
  const failed = (text) => log?.outcome(id, "failed", { failed: text || log.dataset.failed });
  request.onerror = () => failed("");
  request.onload = () => {
    if (request.status === 200) {
      waiting.delete(id);
      return log?.outcome(id, "sent");
    }
    if (request.status === 401) {
      document.dispatchEvent(new CustomEvent("session:expired", { detail: { again: () => send(id) } }));
    }
    let text = "";
    try {
      text = JSON.parse(request.responseText).error;
    } catch {
      // No sentence of ours: a gateway in between.
    }
    return failed(text);
  };
  request.send(file);
}

document.addEventListener("talk:retry", (event) => waiting.has(event.detail.id) && send(event.detail.id));
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-attach]");
  button?.parentElement.querySelector("[data-files]").click();
});
document.addEventListener("change", (event) => {
  if (!event.target.matches("[data-files]")) return;
  const composer = event.target.closest("message-composer");
  take(composer, event.target.files);
  event.target.value = "";
  composer.querySelector("textarea").focus();
});
document.addEventListener("paste", (event) => {
  const composer = event.target.closest?.("message-composer");
  if (!composer?.querySelector("[data-attach]") || !event.clipboardData?.files.length) return;
  event.preventDefault();
  take(composer, event.clipboardData.files);
});

const overTalk = (event) => {
  const talk = event.target.closest?.(".talk");
  const composer = talk?.querySelector("message-composer");
  return composer?.querySelector("[data-attach]") && [...event.dataTransfer.types].includes("Files") ? { talk, composer } : null;
};
document.addEventListener("dragover", (event) => {
  const place = overTalk(event);
  if (!place) return;
  event.preventDefault();
  place.talk.dataset.over = "";
});
document.addEventListener("dragleave", (event) => delete event.target.closest?.(".talk")?.dataset.over);
document.addEventListener("drop", (event) => {
  const place = overTalk(event);
  if (!place) return;
  event.preventDefault();
  delete place.talk.dataset.over;
  take(place.composer, event.dataTransfer.files);
});
