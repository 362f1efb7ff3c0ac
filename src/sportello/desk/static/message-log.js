// <message-log data-stream data-after>: a live transcript. Pages of 40, a window of about 200 rows, older pages on
// scrolling up, a "new messages" button when the reader is not at the end. The log is never morphed, only added to.
import { follow, seen, waitingFor } from "./live.js";
import { Past } from "./log-past.js";
import { mark, rowId, rowOf, takeAway } from "./rows.js";

const WINDOW = 200;
const KEPT = 160;
const SHOWN_KINDS = new Set(["message", "note", "moved", "party"]);

class MessageLog extends HTMLElement {
  connectedCallback() {
    this.box = this.querySelector('[role="log"]');
    this.list = this.box.querySelector("ol");
    this.newer = this.querySelector(".newer");
    this.template = document.getElementById("message-template");
    this.unseen = 0;
    this.past = new Past(this);
    this.arrived = [];
    this.last = Number(this.dataset.after) || 0;
    this.leave = follow(this.dataset.stream, this.last, {
      event: (event) => this.take(event),
      typing: (frame) => this.typing(frame),
      got: (frame) => this.came(frame, "delivered", ["sent"]),
      seen: (frame) => this.came(frame, "seen", ["sent", "delivered"]),
      gap: () => this.reload(),
    });
    this.box.addEventListener("scroll", () => this.scrolled(), { passive: true });
    this.newer?.addEventListener("click", () => (this.past.shown ? this.reload() : this.toEnd()));
    document.addEventListener("visibilitychange", this.look = () => this.looked());
    document.addEventListener("desk:shown", this.look);
    for (const message of waitingFor(this.dataset.stream)) {
      if (!document.getElementById(rowId(message.id))) this.pending(message);
    }
    this.toEnd();
    // What grows below takes room from the log: whoever read the end goes on reading the end.
    this.sizes = new ResizeObserver(() => this.wasAtEnd && this.toEnd());
    this.sizes.observe(this.box);
  }

  disconnectedCallback() {
    this.sizes?.disconnect();
    this.leave?.();
    document.removeEventListener("visibilitychange", this.look);
    document.removeEventListener("desk:shown", this.look);
  }

  get atEnd() {
    return this.box.scrollHeight - this.box.scrollTop - this.box.clientHeight < 48;
  }

  take(event) {
    this.last = Math.max(this.last, event.n);
    if (event.kind === "moved") this.dispatchEvent(new CustomEvent("talk:moved", { bubbles: true, detail: event.body }));
    if (event.kind === "party") this.dispatchEvent(new CustomEvent("talk:party", { bubbles: true, detail: event.body }));
    if (event.kind === "redacted" || event.kind === "redaction") takeAway(event.body.id, this.template, event.body);
    if (!SHOWN_KINDS.has(event.kind)) return;
    this.arrived.push(event);
    // All that arrives between two pictures is laid out once; what nobody sees, once a second.
    if (this.arrived.length > 1) return;
    if (document.hidden || !this.offsetParent) setTimeout(() => this.draw(), 1000);
    else requestAnimationFrame(() => this.draw());
  }

  draw() {
    if (!this.arrived.length) return;
    if (this.past.shown) return this.past.missed(this.arrived.splice(0));
    const rows = this.arrived.splice(0).map((event) => {
      if (event.by === "patient") this.typing(null);
      const row = rowOf(event, this.template);
      if (row.dataset.sender === "agent" && event.kind === "message") mark(row, "sent", this.dataset);
      return row;
    });
    this.place(rows);
    this.tellSeen();
  }

  // A row whose id is known is replaced where it stands; new ones go to the end.
  place(rows) {
    const stays = this.atEnd || rows.some((row) => row.dataset.state === "sending");
    let added = 0;
    for (const row of rows) {
      const known = document.getElementById(row.id);
      if (known) known.replaceWith(row);
      else added += 1;
      if (!known) this.list.append(row);
    }
    if (!stays) return added && this.count(this.unseen + added);
    this.trim();
    this.toEnd();
  }

  pending(message) {
    const row = rowOf({ ...message, state: "sending" }, this.template);
    mark(row, "sending", this.dataset);
    if (this.past.shown) this.reload();
    else this.place([row]);
  }

  outcome(id, state, words) {
    const row = document.getElementById(rowId(id));
    if (!row || row.dataset.seq) return;
    mark(row, state, words ?? this.dataset);
    if (state === "failed") this.offerRetry(row, id);
    else row.querySelector(".again")?.remove();
  }

  offerRetry(row, id) {
    if (row.querySelector(".again")) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button small again";
    button.textContent = this.dataset.retry;
    button.addEventListener("click", () => {
      button.remove();
      mark(row, "sending", this.dataset);
      this.dispatchEvent(new CustomEvent("talk:retry", { bubbles: true, detail: { id } }));
    });
    row.append(button);
  }

  trim() {
    if (this.list.childElementCount <= WINDOW) return;
    while (this.list.childElementCount > KEPT) this.list.firstElementChild.remove();
    delete this.dataset.complete;
  }

  async scrolled() {
    this.wasAtEnd = this.atEnd && !this.past.shown;
    if (this.past.shown && this.atEnd) this.past.onwards();
    if (this.wasAtEnd) {
      this.count(0);
      this.tellSeen();
    }
    if (this.box.scrollTop > 80 || this.fetching || this.dataset.complete || !this.dataset.older) return;
    this.fetching = true;
    const first = this.list.querySelector("[data-seq]");
    const url = `${this.dataset.older}?before=${first?.dataset.seq ?? this.last + 1}`;
    try {
      const { htmx } = await import("../web/requests.js");
      const height = this.box.scrollHeight;
      const before = this.list.childElementCount;
      await htmx.ajax("GET", url, { source: this.list, target: this.list, swap: "afterbegin" });
      if (this.list.childElementCount === before) this.dataset.complete = "yes";
      this.box.scrollTop += this.box.scrollHeight - height;
    } finally {
      this.fetching = false;
    }
  }

  reload() {
    this.dispatchEvent(new CustomEvent("talk:stale", { bubbles: true }));
  }

  toEnd() {
    if (this.past.shown) return;
    this.box.scrollTop = this.box.scrollHeight;
    this.wasAtEnd = true;
    this.count(0);
  }

  count(unseen) {
    this.unseen = unseen;
    if (!this.newer) return;
    this.newer.hidden = !unseen;
    this.newer.querySelector("[data-number]").textContent = String(unseen);
  }

  looked() {
    if (this.offsetParent) this.draw();
    this.tellSeen();
  }

  tellSeen() {
    const looked = !document.hidden && this.offsetParent && this.atEnd && !this.past.shown;
    if (!looked || this.told === this.last || this.dataset.quiet) return;
    // At most one mark in half a second, and always the last one.
    this.told = this.last;
    clearTimeout(this.telling);
    this.telling = setTimeout(() => seen(this.dataset.stream, this.told), 300);
  }

  typing(frame) {
    const place = this.closest(".talk")?.querySelector(".typing");
    if (!place || (frame && frame.by !== "patient")) return;
    clearTimeout(this.typingTimer);
    place.textContent = frame ? place.dataset.words : "";
    if (frame) this.typingTimer = setTimeout(() => this.typing(null), 6000);
  }

  // The patient's device has all up to `n`, or the patient has read it.
  came({ by, n }, state, before) {
    if (by !== "patient") return;
    for (const row of this.list.querySelectorAll('[data-kind="message"][data-sender="agent"][data-seq]')) {
      if (before.includes(row.dataset.state) && Number(row.dataset.seq) <= n) mark(row, state, this.dataset);
    }
  }
}

customElements.define("message-log", MessageLog);
