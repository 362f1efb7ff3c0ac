// After a patient was identified or unlinked: the tab that shows who writes, and the head of the session, are renewed.
import { htmx } from "../web/requests.js";
import { refresh } from "./regions.js";

// On a small screen the tab lies behind the talk: it comes to the front.
document.addEventListener("click", (event) => {
  const choice = event.target.closest("[data-customer]")?.closest(".session").querySelector("[data-pane-choice=apps]");
  if (choice?.checkVisibility?.()) choice.click();
});

document.addEventListener("htmx:after:request", (event) => {
  const { ctx } = event.detail;
  const form = ctx.sourceElement;
  if (!form.matches?.("[data-renews]") || ctx.response.status !== 200) return;
  const { conversation } = JSON.parse(ctx.text);
  const panel = form.closest(".customer").parentElement;
  refresh(`head-${conversation}`, "sessions");
  htmx.ajax("GET", `/desk/conversations/${conversation}/customer`, { source: panel, target: panel, swap: "innerHTML" });
});
