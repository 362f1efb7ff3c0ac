// The rows of the conversation and what hangs on them: delivery, choices, unread count, "new messages", typing.
import { make } from "./make.js";
import { remembered } from "./memory.js";
import { mark, noteOf, offerRetry, rowId, rowOf } from "./rows.js";
import { choicesOf, welcome } from "./view.js";
import { HOUSE, say, speaking } from "./words.js";

const WINDOW = 300;

export class Transcript {
  // `asks`: {say(label, payload), again(id), discard(id), seen()}
  constructor(view, root, asks) {
    Object.assign(this, { view, root, asks, unseen: 0 });
    view.log.addEventListener("scroll", () => this.looked(), { passive: true });
    view.newer.addEventListener("click", () => this.toEnd());
    document.addEventListener("visibilitychange", () => this.looked());
  }

  // Before the first word: who answers here, and the usual wishes as buttons.
  fresh() {
    const greeting = welcome();
    const message = { id: "welcome", by: "bot", body: { text: greeting.text } };
    this.view.list.replaceChildren(rowOf(message, speaking(), HOUSE.base));
    this.choose(greeting.buttons);
    this.count(0);
  }

  find(id) {
    return this.root.getElementById(rowId(id));
  }

  row(message) {
    const { list } = this.view;
    const staying = this.atEnd;
    const row = rowOf(message, speaking(), HOUSE.base);
    const known = this.find(message.id);
    if (known) known.replaceWith(row);
    else list.append(row);
    if (message.n) this.begun();
    const mine = message.by === "patient";
    if (mine) this.choose([]);
    else this.said(message);
    while (list.childElementCount > WINDOW) list.firstElementChild.remove();
    if (staying || (mine && !known)) this.toEnd();
  }

  // The assistant greets by itself now. Messages that the server has not taken stand after those it has.
  begun() {
    this.find("welcome")?.remove();
    const waiting = this.view.list.querySelectorAll('[data-state="sending"], [data-state="failed"]');
    this.view.list.append(...waiting);
  }

  said(message) {
    this.typing(false);
    this.choose(message.body.buttons);
    if (message.n > remembered().seen && !this.looking) this.count(this.unseen + 1);
  }

  note(id, text) {
    const staying = this.atEnd;
    // Of the place in the queue only the last is shown.
    if (id === "place") this.find(id)?.remove();
    if (!this.find(id)) this.view.list.append(noteOf(id, text));
    if (staying) this.toEnd();
  }

  // A part of the talk that is filled in; the last of its kind alone.
  ask(id, element) {
    const staying = this.atEnd;
    this.find(id)?.remove();
    this.view.list.append(element);
    if (staying) this.toEnd();
  }

  mark(id, state, why) {
    const row = this.find(id);
    if (!row) return;
    row.querySelector(".again")?.remove();
    mark(row, state, why);
    if (state === "failed") offerRetry(row, () => this.asks.again(id), () => this.discard(id, row));
  }

  // The hospital took a message's words away.
  removed(id) {
    const bubble = this.find(id)?.querySelector(".bubble");
    if (bubble) bubble.replaceChildren(make("p", { class: "removed" }, say("removed")));
  }

  discard(id, row) {
    this.asks.discard(id);
    row.remove();
    this.view.text.focus();
  }

  wasSeen(upTo) {
    for (const row of this.view.list.querySelectorAll('.mine[data-state="sent"][data-n]')) {
      if (Number(row.dataset.n) <= upTo) mark(row, "seen");
    }
  }

  choose(buttons) {
    const made = choicesOf(buttons, (label, payload) => {
      this.choose([]);
      this.asks.say(label, payload);
      this.view.text.focus();
    });
    this.view.choices.replaceChildren(...made);
    this.view.choices.hidden = !made.length;
  }

  typing(on) {
    clearTimeout(this.typingTimer);
    this.view.typing.textContent = on ? say("typing") : "";
    if (on) this.typingTimer = setTimeout(() => this.typing(false), 6000);
  }

  // What the patient has before their eyes

  get atEnd() {
    const { log } = this.view;
    return log.scrollHeight - log.scrollTop - log.clientHeight < 60;
  }

  get looking() {
    return !this.view.panel.hidden && !document.hidden && this.atEnd;
  }

  toEnd() {
    this.view.log.scrollTop = this.view.log.scrollHeight;
    this.looked();
  }

  looked() {
    if (!this.looking) return;
    this.count(0);
    this.asks.seen();
  }

  count(unseen) {
    this.unseen = unseen;
    const { unread, newer, panel } = this.view;
    unread.hidden = !unseen;
    newer.hidden = !unseen || panel.hidden;
    unread.replaceChildren();
    if (!unseen) return;
    const words = say(unseen === 1 ? "unread_one" : "unread_many", { count: unseen });
    unread.append(
      make("span", { "aria-hidden": "true" }, unseen > 99 ? "99+" : String(unseen)),
      make("span", { class: "hidden" }, words),
    );
  }
}
