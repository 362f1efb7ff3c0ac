// The talk behind the transcript: opens a conversation at the first word, sends over the line, takes what comes.
// Every message has an id of this browser's own and stays in the outbox until the server has it, so a reload or a
// lost network sends it again and the server counts it once.
import { openChat, endChat } from "./door.js";
import { Wire } from "./wire.js";
import { rowFor } from "./rows.js";
import { forget, keep, newId, release, remember, remembered, whenChangedElsewhere } from "./memory.js";
import { happening } from "./happening.js";
import { callingBack } from "./calling.js";
import { speaking } from "./words.js";

const TYPING_EVERY = 3000; // milliseconds

export class Talk {
  // `shown` is the transcript; `tell`: {status(word), state(new | begun | over | shut), restart()}
  constructor(shown, tell) {
    Object.assign(this, { shown, tell, conversation: "", last: 0, sending: null });
    whenChangedElsewhere((memory) => {
      if (memory.conversation !== this.conversation) this.adopt(memory);
    });
  }

  resume() {
    const { stream, outbox } = remembered();
    for (const message of outbox) this.shown.row(rowFor(message));
    if (stream) this.follow();
    if (outbox.length) this.deliver();
  }

  // Whoever began unnamed has signed in: the conversation is opened again in their name, under a new token.
  async claim() {
    const opened = await openChat(remembered().key, speaking());
    if (opened.ok) this.opened(opened);
    this.resume();
  }

  // Another tab of this site began, or left, a conversation.
  adopt(memory) {
    this.stop();
    this.tell.restart();
    this.tell.state("new");
    if (memory.stream) this.resume();
  }

  follow() {
    const { conversation, stream, token } = remembered();
    Object.assign(this, { conversation, token, last: 0 });
    this.tell.state("begun");
    this.wire = new Wire(token, stream, {
      event: (event) => this.take(event),
      typing: (by) => by !== "patient" && this.shown.typing(true),
      seen: (by, n) => by !== "patient" && this.wasSeen(n),
      status: (word) => this.tell.status(word),
      lost: () => this.lost(),
    });
  }

  take(event) {
    if (event.n <= this.last) return;
    this.last = event.n;
    if (event.k === "message") this.message(event);
    if (event.k === "redacted") this.shown.removed(event.b.id);
    if (event.k === "callback-offered") this.shown.ask("call", callingBack(this.token, "call"));
    const { line, state, kept } = happening(event);
    if (line) this.shown.note(kept || event.n, line);
    if (state) this.tell.state(state);
    this.shown.looked();
    this.wire?.got(event.n);
  }

  message(event) {
    if (event.by === "patient") release(event.id);
    const state = event.n <= remembered().read ? "seen" : "sent";
    this.shown.row({ id: event.id || event.n, n: event.n, by: event.by, at: event.at, body: event.b, state });
  }

  // The hospital has read up to `n`; kept, for the line tells it only once.
  wasSeen(n) {
    if (n > remembered().read) remember({ read: n });
    this.shown.wasSeen(n);
  }

  // The token no longer opens the conversation. Another tab may hold a newer one; if not it has expired, and we
  // begin anew with what was not sent.
  lost() {
    const { outbox, token } = remembered();
    if (token && token !== this.token) return this.adopt(remembered());
    this.anew();
    this.tell.restart();
    this.tell.state("new");
    for (const message of outbox) {
      keep(message);
      this.shown.row(rowFor(message, "failed"));
      this.shown.mark(message.id, "failed");
    }
  }

  // `payload` is what a button of the bot stands for; the text is what the patient sees.
  say(text, payload) {
    const message = { id: newId(), text, at: new Date().toISOString() };
    if (payload && payload !== text) message.payload = payload;
    keep(message);
    this.shown.row(rowFor(message));
    this.deliver();
  }

  // One after the other, so that order is kept.
  deliver() {
    if (!this.sending) {
      this.sending = this.emptyOutbox().finally(() => {
        this.sending = null;
      });
    }
    return this.sending;
  }

  async emptyOutbox() {
    const tried = new Set();
    for (;;) {
      const message = remembered().outbox.find((kept) => !kept.failed && !tried.has(kept.id));
      if (!message) return;
      tried.add(message.id);
      const answer = (await this.begun()) || (await this.wire.post(message));
      if (answer.ok) {
        release(message.id);
      } else {
        keep({ ...message, failed: true });
        this.shown.mark(message.id, "failed", answer.text);
        if (answer.code === "closed") this.tell.state("shut");
      }
    }
  }

  // Nothing when a conversation is open, else the reason why none could be opened.
  async begun() {
    if (remembered().stream && this.wire) return null;
    if (!remembered().key) remember({ key: newId() });
    this.tell.status("connecting");
    const opened = await openChat(remembered().key, speaking());
    if (!opened.ok) {
      this.tell.status("offline");
      return opened;
    }
    this.opened(opened);
    this.follow();
    return null;
  }

  opened({ conversation, stream, token }) {
    remember({ conversation, stream, token });
  }

  again(id) {
    const message = remembered().outbox.find((kept) => kept.id === id);
    if (!message) return this.files?.again(id);
    keep({ ...message, failed: false });
    this.shown.mark(id, "sending");
    this.deliver();
  }

  discard(id) {
    release(id);
    this.files?.discard(id);
  }

  typing() {
    const now = Date.now();
    if (!this.wire || now - (this.typedAt || 0) < TYPING_EVERY) return;
    this.typedAt = now;
    this.wire.typing();
  }

  seen() {
    if (!this.wire || this.last <= (this.told || 0)) return;
    this.told = this.last;
    remember({ seen: Math.max(remembered().seen, this.last) });
    this.wire.seen(this.last);
  }

  async end() {
    const ended = await endChat(remembered().token);
    if (ended.ok) this.tell.state("over");
    else this.tell.status("offline");
  }

  anew() {
    this.stop();
    forget();
  }

  stop() {
    this.wire?.stop();
    Object.assign(this, { wire: null, conversation: "", last: 0, told: 0 });
    this.tell.status("none");
  }
}
