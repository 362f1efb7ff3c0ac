// <message-composer data-conversation>: Enter sends, Shift+Enter makes a line; the row appears at once and is
// settled by the server's answer; a refused message keeps its text.
import { newId } from "../web/line-outbox.js";
import { keepDraft, onDraft, stored } from "./drafts.js";
import { unfilled } from "./suggesting.js";
import { post, typing, waitingFor } from "./live.js";

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
    this.failed = new Map();
    // Typed before a reload and not yet kept by the server: sent again under the same id.
    for (const message of waitingFor(this.dataset.stream)) {
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
    this.area.placeholder = note ? this.dataset.placeholderNote : this.dataset.placeholder;
    this.querySelector("button[data-send] span").textContent = note ? this.dataset.addNote : this.dataset.send;
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
    const empty = kind === "message" ? unfilled(this.area) : "";
    if (empty) return this.refuse(this.dataset.unfilled.replace("%(place)s", empty));
    const message = { id: newId(), kind, by: "agent", body: { text, name: this.dataset.name } };
    this.area.value = "";
    keepDraft(this.conversation, "", 0);
    this.log?.pending(message);
    this.deliver(message);
  }

  async deliver(message) {
    this.failed.delete(message.id);
    const slow = setTimeout(() => this.log?.outcome(message.id, "waiting"), 4000);
    const answer = await post(this.dataset.stream, message.kind, { text: message.body.text }, message.id);
    clearTimeout(slow);
    if (answer.ok) return this.log?.outcome(message.id, "sent");
    this.failed.set(message.id, message);
    this.log?.outcome(message.id, "failed", answer.text ? { failed: answer.text } : undefined);
  }

  again(id) {
    const message = this.failed.get(id);
    if (message) this.deliver(message);
  }

  refuse(text) {
    const place = this.querySelector(".refusal");
    place.hidden = !text;
    place.textContent = text;
  }
}

customElements.define("message-composer", MessageComposer);
