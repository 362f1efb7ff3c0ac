// The widget's end of the line: one conversation, known by its token.
import { Line } from "../../../web/static/line.js";
import { HOUSE, speaking } from "./words.js";

const STATUS = { connecting: "connecting", live: "online", polling: "polling", offline: "offline" };

export class Wire {
  // `hears`: {event(event), typing(by), seen(by, n), status(word), lost()}
  constructor(token, stream, hears) {
    this.stream = stream;
    const options = { base: HOUSE.base, token, language: speaking(), as: "patient" };
    options.onStatus = (status) => (status === "signed-out" ? hears.lost() : hears.status(STATUS[status]));
    this.line = new Line(options);
    this.line.follow(stream, 0, {
      onEvent: (event) => hears.event(event),
      onSignal: (frame) => (frame.t === "seen" ? hears.seen(frame.by, frame.n) : frame.t === "typing" && hears.typing(frame.by)),
      onRefused: () => hears.lost(),
    });
  }

  // Resolves when the server has the message or has refused it; without a network it waits.
  post(message) {
    const body = { text: message.text, ...(message.payload ? { payload: message.payload } : {}) };
    return this.line.post(this.stream, "message", body, message.id).then(
      () => ({ ok: true }),
      ({ code, text }) => ({ ok: false, code, text }),
    );
  }

  typing() {
    this.line.signal("typing", this.stream);
  }

  // It arrived at this device, whether or not anybody looks; one word for all that came together.
  got(n) {
    clearTimeout(this.telling);
    this.telling = setTimeout(() => this.line.signal("got", this.stream, n), 200);
  }

  seen(n) {
    this.line.signal("seen", this.stream, n);
  }

  stop() {
    this.line.close();
  }
}
