// The line: one WebSocket per tab for everything live. Streams are followed from a number, so a reconnection
// misses nothing and repeats nothing; posts wait in an outbox under the caller's id until the server has kept them.
//
//   const line = new Line({ onStatus: (status) => ... });      connecting | live | polling | offline | signed-out
//   line.follow("conversation:…", after, { onEvent, onSignal, onLive, onReset, onRefused });
//   const { n } = await line.post("conversation:…", "message", { text }, id);    rejects with { code, text }
//   line.signal("typing", "conversation:…");  line.leave("conversation:…");  line.close();
//
// Options: base (another origin), token, language, as ("staff" or "patient"), keep (a name of this person's own,
// under which unsent posts outlive a reload of the tab).

import { newId, Outbox } from "./line-outbox.js";
import { Polling } from "./line-polling.js";

const FIRST_RETRY = 500, LAST_RETRY = 15_000; // milliseconds, with jitter
const QUIET = 5_000; // after so long a silence the socket is asked whether it lives…
const ANSWER = 3_500; // …and has so long to answer
const POLL_AFTER = 3; // failures
const LATER = 2_000; // a post that the server could not keep yet

export class Line {
  constructor(options = {}) {
    this.options = options;
    this.base = options.base ?? location.origin;
    this.streams = new Map();
    this.outbox = new Outbox(options.keep);
    this.polling = new Polling(this);
    this.status = "";
    this.fails = 0;
    this.wake = () => document.visibilityState === "visible" && this.hurry();
    addEventListener("online", this.wake);
    addEventListener("offline", this.wake);
    document.addEventListener("visibilitychange", this.wake);
    this.beat = setInterval(() => this.heartbeat(), 2_000);
    this.connect();
  }

  // What the page asks

  follow(stream, after, handlers = {}) {
    this.streams.set(stream, { after: Number(after) || 0, handlers });
    if (this.welcomed) this.send({ t: "follow", s: stream, after: Number(after) || 0 });
  }

  leave(stream) {
    if (this.streams.delete(stream) && this.welcomed) this.send({ t: "leave", s: stream });
  }

  // Resolves with the acknowledgement; the same id again is the same post.
  post(stream, kind, body, id = newId()) {
    const kept = this.outbox.put({ t: "post", s: stream, id, k: kind, b: body });
    this.deliver(this.outbox.frame(id));
    return kept;
  }

  // Posts not yet acknowledged, oldest first, as a reloaded page must show them.
  waiting(stream) {
    return this.outbox.frames().filter((frame) => frame.s === stream);
  }

  signal(kind, stream, n) {
    if (this.welcomed) this.send({ t: kind, s: stream, ...(n === undefined ? {} : { n }) });
  }

  close() {
    this.closed = true;
    clearInterval(this.beat);
    clearTimeout(this.timer);
    this.polling.stop();
    removeEventListener("online", this.wake);
    removeEventListener("offline", this.wake);
    document.removeEventListener("visibilitychange", this.wake);
    this.socket?.close();
  }

  // The socket's life

  connect() {
    clearTimeout(this.timer);
    if (this.closed || this.socket) return;
    if (this.status !== "polling") this.tell("connecting");
    const kind = this.options.as ? `?as=${this.options.as}` : "";
    const socket = (this.socket = new WebSocket(`${this.base.replace(/^http/, "ws")}/line${kind}`));
    socket.onopen = () => this.send({ t: "hello", token: this.options.token ?? "", lang: this.options.language ?? "" });
    socket.onmessage = ({ data }) => this.socket === socket && this.hear(data);
    socket.onclose = ({ code }) => this.lost(socket, code);
    this.asked = Date.now(); // the handshake too must be answered
    this.patience = ANSWER * 2;
  }

  lost(socket, code) {
    if (this.socket !== socket) return;
    this.socket = undefined;
    this.welcomed = false;
    if (this.closed) return;
    if (code === 4401) return this.signedOut();
    this.fails += 1;
    if (this.fails >= POLL_AFTER) this.polling.start();
    else this.tell("offline");
    const pause = Math.min(LAST_RETRY, FIRST_RETRY * 2 ** (this.fails - 1));
    this.timer = setTimeout(() => this.connect(), pause * (0.5 + Math.random() / 2));
  }

  signedOut() {
    clearTimeout(this.timer);
    this.polling.stop();
    this.tell("signed-out"); // `connect()` begins anew after signing in
  }

  // Somebody looks, or the network is back: now rather than at the next attempt.
  hurry() {
    if (this.status === "signed-out" || this.closed) return;
    if (!this.socket) this.connect();
    else if (this.welcomed && !this.asked) this.ask();
  }

  ask() {
    this.asked = Date.now();
    this.patience = ANSWER;
    this.send({ t: "ping" });
  }

  heartbeat() {
    if (!this.socket) return;
    const now = Date.now();
    if (this.asked && now - this.asked > this.patience) {
      const dead = this.socket;
      this.lost(dead, 1006); // a half-open socket may take minutes to say so itself
      dead.close();
    } else if (this.welcomed && !this.asked && now - this.heard > QUIET) this.ask();
  }

  send(frame) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(frame));
  }

  // What the server says

  hear(data) {
    this.heard = Date.now();
    this.asked = 0;
    for (const frame of [JSON.parse(data)].flat()) this.take(frame);
  }

  take(frame) {
    const stream = this.streams.get(frame.s);
    if (frame.t === "ev") {
      if (!stream || frame.n <= stream.after) return;
      stream.after = frame.n;
      stream.handlers.onEvent?.(frame);
    } else if (frame.t === "following") {
      if (!stream) return;
      stream.after = Math.max(stream.after, frame.n);
      stream.handlers.onLive?.(frame);
    } else if (frame.t === "ack") this.outbox.settle(frame.id, "resolve", frame);
    else if (frame.t === "no") this.refused(frame, stream);
    else if (frame.t === "gap") stream && this.send({ t: "follow", s: frame.s, after: stream.after });
    else if (frame.t === "reset") this.reset(frame.s, stream);
    else if (frame.t === "welcome") this.welcome();
    else if (frame.t !== "pong" && frame.t !== "bye") stream?.handlers.onSignal?.(frame);
  }

  welcome() {
    this.welcomed = true;
    this.fails = 0;
    this.polling.stop();
    this.tell("live");
    for (const [name, { after }] of this.streams) this.send({ t: "follow", s: name, after });
    for (const frame of this.outbox.frames()) this.send(frame);
  }

  reset(name, stream) {
    if (!stream) return;
    stream.after = 0; // the region is loaded anew by the page, or told again from the start
    if (!stream.handlers.onReset?.(name)) this.send({ t: "follow", s: name, after: 0 });
  }

  refused(frame, stream) {
    if (frame.code === "later") setTimeout(() => this.deliver(this.outbox.frame(frame.id)), LATER);
    else if (frame.id) this.outbox.settle(frame.id, "reject", frame);
    else if (stream) {
      this.streams.delete(frame.s);
      stream.handlers.onRefused?.(frame);
    }
  }

  // Sends a waiting post by the way that is open; without one it waits for the next welcome.
  async deliver(frame) {
    if (!frame) return;
    if (this.welcomed) this.send(frame);
    else if (this.polling.on) for (const answer of await this.polling.post(frame)) this.take(answer);
  }

  tell(status) {
    if (status === this.status) return;
    this.status = status;
    this.options.onStatus?.(status);
  }
}
