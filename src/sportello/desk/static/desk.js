// The desk's boot: its elements, the agent's own stream, and what each of its events refreshes.
import "../web/app.js";
import "../web/page-part.js";
import "../scheduling/calendar.js";
import "../scheduling/wizard.js";
import { watch } from "./activity.js";
import "./app-tabs.js";
import "./notices.js";
import { say } from "./saying.js";
import "./message-log.js";
import "./message-composer.js";
import "./file-sending.js";
import "./customer.js";
import "./emoji.js";
import "./log-search.js";
import "./mentions.js";
import "./redacting.js";
import "./offer-alert.js";
import "./hot-keys.js";
import "./palette.js";
import "./session-list.js";
import "./stage.js";
import "./suggesting.js";
import "./supervising.js";
import "./board.js";
import "./waits.js";
import "./work.js";
import { follow, onStatus } from "./live.js";
import { refresh } from "./regions.js";
import { status } from "./status.js";

// Which region of the page each kind of event makes stale; the server renders it again.
const STALE = {
  offer: ["offers", "work"],
  "offer-ended": ["offers", "work"],
  invitation: ["offers"],
  "invitation-ended": ["offers"],
  work: ["sessions", "work"],
  sessions: ["sessions", "work"],
  "session-opened": ["sessions", "work"],
  mention: ["mentions"],
  "team-message": ["team-messages"],
  "team-read": ["team-messages"],
  presence: ["presence"],
};

class DeskApp extends HTMLElement {
  connectedCallback() {
    this.leave = follow(this.dataset.stream, Number(this.dataset.after), {
      event: (event) => this.take(event),
      gap: () => refresh("offers", "sessions", "work", "presence"),
    });
    this.leaveBoard = follow("board", 0, { hint: () => refresh("board", "work"), gap: () => refresh("board") });
    onStatus(status);
    watch(this.dataset.stream);
  }

  disconnectedCallback() {
    this.leave?.();
    this.leaveBoard?.();
  }

  // Counts change with every word of every patient: at most one look a second.
  count() {
    this.counted = null;
    refresh("sessions");
  }

  take({ kind, body }) {
    refresh(...(STALE[kind] ?? []));
    if (kind === "unread") this.counted ??= setTimeout(() => this.count(), 1000);
    say(this.dataset, { kind, body });
    if (kind === "tabs") document.dispatchEvent(new CustomEvent("desk:tabs", { detail: body }));
  }
}

customElements.define("desk-app", DeskApp);
