// <message-composer data-conversation>: Enter sends, Shift+Enter makes a line; the row appears at once and is
// settled by the server's answer; a refused message keeps its text.
import { post, typing } from "./live.js";
import { keepDraft, onDraft, stored } from "./drafts.js";
import { keep, release, waitingFor } from "./outbox.js";

const TYPING_EVERY = 3000;

class MessageComposer extends HTMLElement {
  connectedCallback() {
    this.area = this.querySelector("textarea");
    this.form = this.querySelector("form");
    this.conversation = this.dataset.conversation;
    this.area.value = stored(this.conversation) ?? this.area.value;
    this.form.addEventListener("submit", (event) => this.submit(event));
    this.area.addEventListener("keydown", (event) => this.key(event));
    this.area.addEventListener("input", () => this.typed());
    this.querySelector("[name=kind]")?.addEventListener("change", (event) => this.choose(event.target.checked));
    this.panel.addEventListener("talk:retry", this.retry = (event) => this.again(event.detail.id));
    this.leave = onDraft(this.conversation, (text) => {
      if (document.activeElement !== this.area) this.area.value = text;
    });
    for (const message of waitingFor(this.conversation)) {
      this.log?.pending(message);
      this.deliver(message);
    }
  }

  disconnectedCallback() {
    this.leave?.();
  }

  get panel() {
    return this.closest(".session") ?? this.parentElement;
  }

  get log() {
    return this.panel.querySelector("message-log");
  }

  choose(note) {
    this.dataset.kind = note ? "note" : "message";
    this.area.focus();
  }

  key(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.form.requestSubmit();
  }

  typed() {
    keepDraft(this.conversation, this.area.value);
    this.refuse("");
    if (this.dataset.kind === "note" || Date.now() - (this.told ?? 0) < TYPING_EVERY) return;
    this.told = Date.now();
    typing(this.dataset.stream);
  }

  submit(event) {
    event.preventDefault();
    const text = this.area.value.trim();
    if (!text) return;
    if (text.length > Number(this.dataset.most)) return this.refuse(this.dataset.tooLong);
    const kind = this.dataset.kind ?? "message";
    const message = { id: crypto.randomUUID?.() ?? randomId(), kind, by: "agent", body: { text, name: this.dataset.name } };
    this.area.value = "";
    keepDraft(this.conversation, "");
    keep(this.conversation, message);
    this.log?.pending(message);
    this.deliver(message);
  }

  async deliver(message) {
    const answer = await post(this.dataset.stream, message.kind, { text: message.body.text }, message.id);
    if (answer.ok) {
      release(this.conversation, message.id);
      this.log?.outcome(message.id, "sent");
    } else if (answer.final) {
      this.log?.outcome(message.id, "failed", { failed: answer.text });
    } else {
      this.log?.outcome(message.id, "failed");
    }
  }

  again(id) {
    const message = waitingFor(this.conversation).find((kept) => kept.id === id);
    if (message) this.deliver(message);
  }

  refuse(text) {
    const place = this.querySelector(".refusal");
    place.hidden = !text;
    place.textContent = text;
  }
}

// crypto.randomUUID is missing on plain http pages of other machines.
function randomId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, "$1-$2-$3-$4-$5");
}

customElements.define("message-composer", MessageComposer);
