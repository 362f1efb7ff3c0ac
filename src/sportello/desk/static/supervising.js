// What a supervisor did with a conversation that is read along: it is shown anew, or, taken over, opened.
import { htmx } from "../web/requests.js";
import { refresh } from "./regions.js";

document.addEventListener("htmx:after:request", (event) => {
  const { ctx } = event.detail;
  const form = ctx.sourceElement;
  if (!form.matches?.(".supervise form") || ctx.response.status !== 200) return;
  refresh("board");
  const { conversation } = JSON.parse(ctx.text);
  const along = form.closest(".read-along");
  if (!form.hasAttribute("data-takes")) {
    htmx.ajax("GET", `/desk/board/${conversation}`, { source: along, target: along, swap: "innerHTML" });
  } else if (!document.querySelector("desk-app")) {
    location.assign(`/desk/sessions/${conversation}`);
  }
});
