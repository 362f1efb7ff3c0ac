// The line by plain requests, where a network blocks sockets: asks every few seconds until a socket opens after all.
const EVERY = 2_500;

export class Polling {
  constructor(line) {
    this.line = line;
    this.on = false;
  }

  start() {
    if (this.on) return;
    this.on = true;
    this.ask();
  }

  stop() {
    this.on = false;
    clearTimeout(this.timer);
  }

  async ask() {
    const asked = new URLSearchParams();
    for (const [name, { after }] of this.line.streams) {
      asked.append("s", name);
      asked.append("n", after);
    }
    const frames = await this.fetch(`/line/since?${asked}`);
    if (!this.on) return;
    for (const frame of frames) this.line.take(frame);
    if (this.line.status === "polling") for (const frame of this.line.outbox.frames()) await this.line.deliver(frame);
    if (this.on) this.timer = setTimeout(() => this.ask(), EVERY);
  }

  post(frame) {
    return this.fetch("/line/post?", frame);
  }

  async fetch(path, frame) {
    const { base, options } = this.line;
    const headers = frame ? { "Content-Type": "application/json" } : {};
    if (options.token) headers.Authorization = `Bearer ${options.token}`;
    const address = `${base}${path}${options.as ? `&as=${options.as}` : ""}`;
    const method = frame ? "POST" : "GET";
    try {
      const answer = await fetch(address, { method, headers, body: frame && JSON.stringify(frame), cache: "no-store" });
      if (!this.on) return [];
      if (answer.status === 401) this.line.signedOut();
      else if (answer.status < 500) {
        this.line.tell("polling");
        return await answer.json();
      }
    } catch {
      if (this.on) this.line.tell("offline");
    }
    return [];
  }
}
