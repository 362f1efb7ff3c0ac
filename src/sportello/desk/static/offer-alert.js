// <offer-alert data-region="offers">: an incoming conversation. It sounds, flashes the title, tells the desktop and
// the screen reader once, and never takes the focus from what the agent is typing.
import { hush, ring, setSilent, silent } from "./sound.js";
import { refresh } from "./regions.js";
import { show } from "./stage.js";
import { tick } from "../web/clocks.js";

class OfferAlert extends HTMLElement {
  connectedCallback() {
    this.told = new Set();
    this.addEventListener("region:refreshed", () => this.look());
    this.addEventListener("click", (event) => this.chosen(event));
    this.addEventListener("keydown", (event) => this.walk(event));
    this.timer = setInterval(() => this.count(), 500);
    this.title = "";
    this.look();
  }

  disconnectedCallback() {
    clearInterval(this.timer);
    hush();
    this.flash(false);
  }

  get offers() {
    return [...this.querySelectorAll("[data-offer]")];
  }

  look() {
    const offers = this.offers;
    for (const offer of offers) {
      if (!this.told.has(offer.dataset.offer)) this.announce(offer);
      this.told.add(offer.dataset.offer);
    }
    document.querySelector("[data-silence]")?.setAttribute("aria-pressed", String(silent()));
    if (offers.length && !silent()) ring(this.dataset.sound || offers[0].dataset.sound || "bell", this.dataset.repeats !== "no");
    else hush();
    this.flash(offers.length > 0);
    this.count();
  }

  announce(offer) {
    document.getElementById("offer-voice").textContent = offer.dataset.announcement;
    const { desktop } = offer.dataset;
    if (this.dataset.wantsDesktop === "no" || desktop === "never" || (desktop !== "always" && document.hasFocus())) return;
    if (!("Notification" in window) || Notification.permission !== "granted") return;
    // No name and no topic: this may show on a locked screen.
    const note = new Notification(this.dataset.desktopTitle, { body: this.dataset.desktopText, tag: offer.dataset.offer });
    note.addEventListener("click", () => window.focus());
  }

  flash(on) {
    clearInterval(this.flashing);
    if (!on) {
      if (this.plainTitle) document.title = this.plainTitle;
      this.plainTitle = "";
      return;
    }
    this.plainTitle ||= document.title;
    let loud = false;
    this.flashing = setInterval(() => {
      loud = !loud;
      document.title = loud ? this.dataset.desktopTitle : this.plainTitle;
    }, 1000);
  }

  count() {
    if (!this.offers.length) return;
    tick(this);
    for (const offer of this.offers) {
      const left = Date.parse(offer.dataset.until) - Date.now();
      const bar = offer.querySelector("progress");
      if (bar) bar.value = Math.max(0, left / 1000);
      // The server ends an offer by itself; this only clears a screen that has not heard of it.
      if (left < -3000) refresh("offers");
    }
  }

  chosen(event) {
    if (event.target.closest("[data-accept], [data-reject]")) hush();
  }

  // Among several offers the arrows walk; Alt+A and Alt+R answer the one with the focus, else the oldest.
  walk(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const offers = this.offers;
    const here = offers.indexOf(event.target.closest("[data-offer]"));
    if (!step || here < 0) return;
    event.preventDefault();
    offers[(here + step + offers.length) % offers.length].querySelector("[data-accept]").focus();
  }

  press(which) {
    const offer = document.activeElement.closest?.("[data-offer]") ?? this.offers[0];
    offer?.querySelector(which)?.click();
    return this.offers.length > 0;
  }
}

customElements.define("offer-alert", OfferAlert);

document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-silence]")) return;
  setSilent(!silent());
  document.querySelector("offer-alert")?.look();
});

// Accepted, or taken out of the queue: the answer names the conversation, its session is shown at once.
document.addEventListener("htmx:after:request", (event) => {
  const { ctx } = event.detail;
  if (!ctx.sourceElement.matches("form[data-takes], offer-alert form")) return;
  refresh("offers", "sessions", "work");
  if (ctx.response.status === 200 && ctx.sourceElement.matches("[data-takes]")) show(JSON.parse(ctx.text).conversation);
});
