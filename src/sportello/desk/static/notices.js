// The Notifications dialog: sounds are tried, the browser is asked for leave at a click, what is saved counts at once.
import { htmx } from "../web/requests.js";
import { play } from "./sound.js";

const dialog = document.getElementById("notices");
const body = document.getElementById("notices-body");

function showPermission() {
  const words = body.querySelector("[data-permission]");
  const state = "Notification" in window ? Notification.permission : "denied";
  words.textContent = words.dataset[state] ?? "";
  body.querySelector("[data-ask-permission]").hidden = state !== "default";
}

document.addEventListener("click", async (event) => {
  if (event.target.closest("[data-notices]")) {
    await htmx.ajax("GET", "/desk/notices", { source: body, target: body, swap: "innerHTML" });
    if (!body.querySelector("form")) return;
    showPermission();
    dialog.showModal();
    body.querySelector("input:checked")?.focus();
  }
  const test = event.target.closest("[data-test-sound]");
  if (test) play(test.dataset.testSound, { test: true });
  if (event.target.closest("[data-ask-permission]")) {
    await Notification.requestPermission();
    showPermission();
  }
});

document.addEventListener("desk:notices", ({ detail: { sound, repeats, desktop } }) => {
  const alert = document.querySelector("offer-alert");
  Object.assign(alert.dataset, { sound, repeats: repeats ? "yes" : "no", wantsDesktop: desktop ? "yes" : "no" });
  dialog.close();
});
