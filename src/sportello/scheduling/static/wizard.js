// What scripts add to the booking wizard: the held time is renewed while the wizard is open and given back when its
// tab goes, arrow keys move among times, Enter on a choice goes on. Without them every step still works as a form.
import { span } from "../web/clocks.js";
import { send } from "../web/requests.js";

const RENEW_EVERY = 60_000;
const SOON = 120_000;

// <slot-hold data-renew data-left data-soon data-ended>; seconds are counted from now, since computers' clocks differ.
class SlotHold extends HTMLElement {
  connectedCallback() {
    this.until = performance.now() + Number(this.dataset.left) * 1000;
    this.renewing = setInterval(() => this.renew(), RENEW_EVERY);
    this.ticking = setInterval(() => this.tick(), 1000);
    this.warned = this.until - performance.now() < SOON;
  }

  disconnectedCallback() {
    clearInterval(this.renewing);
    clearInterval(this.ticking);
  }

  tick() {
    const left = this.until - performance.now();
    const time = this.querySelector("time");
    if (time) time.textContent = span(left);
    if (left < SOON && !this.warned) {
      this.warned = true;
      this.say(this.dataset.soon);
    }
    if (left <= 0) this.ended();
  }

  say(text) {
    const place = this.querySelector("[data-says]");
    if (place) place.textContent = text;
  }

  async renew() {
    try {
      const response = await send("POST", this.dataset.renew);
      if (response.status === 410) this.ended();
    } catch {
      // No connection: the server keeps the time for some minutes more, and the next minute tries again.
    }
  }

  ended() {
    this.disconnectedCallback();
    this.classList.add("ended");
    const text = this.querySelector("p");
    if (text) text.textContent = this.dataset.ended;
    this.say(this.dataset.ended);
  }
}
customElements.define("slot-hold", SlotHold);

// <slot-picker>: one stop for Tab; arrows move by time (left, right) and by day (up, down).
class SlotPicker extends HTMLElement {
  connectedCallback() {
    this.slots = [...this.querySelectorAll("button[name=slot]")];
    this.slots.forEach((slot, index) => (slot.tabIndex = index ? -1 : 0));
    this.addEventListener("keydown", (event) => this.key(event));
    this.addEventListener("focusin", (event) => this.stop(event.target));
  }

  stop(slot) {
    if (!this.slots.includes(slot)) return;
    for (const other of this.slots) other.tabIndex = other === slot ? 0 : -1;
  }

  key(event) {
    const here = this.slots.indexOf(event.target);
    if (here < 0) return;
    let next;
    if (event.key === "ArrowRight") next = this.slots[here + 1];
    else if (event.key === "ArrowLeft") next = this.slots[here - 1];
    else if (event.key === "Home") next = this.slots[0];
    else if (event.key === "End") next = this.slots.at(-1);
    else if (event.key === "ArrowDown") next = this.ofDay(event.target, "nextElementSibling");
    else if (event.key === "ArrowUp") next = this.ofDay(event.target, "previousElementSibling");
    else return;
    event.preventDefault();
    next?.focus();
  }

  // The same place in the list of the next or previous day.
  ofDay(slot, direction) {
    const day = slot.closest(".scheduling-day");
    const place = [...day.querySelectorAll("button")].indexOf(slot);
    const others = day[direction]?.querySelectorAll?.("button") ?? [];
    return others[Math.min(place, others.length - 1)];
  }
}
customElements.define("slot-picker", SlotPicker);

// Enter in a field with a button of its own presses that one; on a choice it goes on.
document.addEventListener("keydown", (event) => {
  const form = event.key === "Enter" && event.target.matches?.("input") && event.target.closest(".scheduling-step");
  if (!form) return;
  const own = form.querySelector(`[data-enter="${CSS.escape(event.target.name)}"]`);
  const on = event.target.type === "radio" && event.target.name !== "part" && form.querySelector(".button.primary");
  const button = own || on;
  if (!button) return;
  event.preventDefault();
  button.click();
});

// A part of the day is chosen: show its times at once.
document.addEventListener("change", (event) => {
  if (!event.target.matches?.('.scheduling-parts input[name="part"]')) return;
  const form = event.target.closest("form");
  form.requestSubmit(form.querySelector('button[value="search"]'));
});

// The wizard's tab was closed: others may have the time. A reload keeps it, so that the booking can be gone on with.
function gone(nodes) {
  for (const node of nodes) {
    if (!(node instanceof Element)) continue;
    const wizard = node.matches("[data-wizard][data-open]") ? node : node.querySelector("[data-wizard][data-open]");
    if (!wizard) continue;
    const { wizard: id } = wizard.dataset;
    setTimeout(() => {
      if (!document.querySelector(`[data-wizard="${CSS.escape(id)}"]`)) send("POST", `/desk/scheduling/wizard/${id}/leave`);
    }, 500);
  }
}
new MutationObserver((changes) => changes.forEach((change) => gone(change.removedNodes))).observe(document.body, {
  childList: true,
  subtree: true,
});

