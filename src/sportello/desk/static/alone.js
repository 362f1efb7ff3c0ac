// The board, or one tab of the desk, on a page of its own: live like the desk, without its sessions.
import "../web/app.js";
import "../web/page-part.js";
import "../scheduling/calendar.js";
import "../scheduling/wizard.js";
import "./message-log.js";
import "./board.js";
import "./waits.js";
import "./work.js";
import { follow, onStatus } from "./live.js";
import { refresh } from "./regions.js";
import "./message-composer.js";
import "./emoji.js";
import "./log-search.js";
import "./redacting.js";
import "./suggesting.js";
import "./supervising.js";
import { status } from "./status.js";

onStatus(status);
follow("board", 0, { hint: () => refresh("board"), gap: () => refresh("board") });
// Waiting figures move by themselves; a slow refresh mends what a lost hint left standing.
setInterval(() => refresh("board"), 30000);

// A macro that would open a tab beside opens its part here.
document.addEventListener("desk:open-tab", (event) => {
  location.assign(`/desk/view?url=${encodeURIComponent(event.detail.url)}`);
});
