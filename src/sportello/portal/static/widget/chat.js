// <sportello-chat>: the hospital's chat on any page. Opens and closes, keeps the draft, joins the talk (what goes over
// the line) and the transcript (what is shown).
import { belongTo, remember, remembered } from "./memory.js";
import { Talk } from "./talk.js";
import { Transcript } from "./transcript.js";
import { Files } from "./files.js";
import { frame, style } from "./view.js";
import { HOUSE, say, speak } from "./words.js";

class SportelloChat extends HTMLElement {
  connectedCallback() {
    if (this.shadowRoot) return;
    speak(this.getAttribute("language"));
    const root = this.attachShadow({ mode: "open" });
    style(root, HOUSE.css, HOUSE.base);
    this.view = frame();
    root.append(this.view.region);
    this.transcript = new Transcript(this.view, root, {
      say: (label, payload) => this.talk.say(label, payload),
      again: (id) => this.talk.again(id),
      discard: (id) => this.talk.discard(id),
      seen: () => this.talk.seen(),
    });
    this.talk = new Talk(this.transcript, {
      status: (word) => this.status(word),
      state: (state) => this.state(state),
      restart: () => this.transcript.fresh(),
    });
    this.files = new Files(this.talk, this.transcript, this.view);
    this.listen();
    this.start();
  }

  disconnectedCallback() {
    this.talk.stop();
  }

  start() {
    const named = this.hasAttribute("session") && belongTo(this.getAttribute("session"));
    const { draft, open } = remembered();
    this.view.text.value = draft;
    this.grow();
    this.transcript.fresh();
    this.state("new");
    if (named) this.talk.claim();
    else this.talk.resume();
    const roomy = matchMedia("(min-width: 481px)").matches;
    if (this.hasAttribute("open") || (open && roomy)) this.open(false);
  }

  listen() {
    const { view } = this;
    view.launcher.addEventListener("click", () => this.open());
    view.close.addEventListener("click", () => this.close());
    view.panel.addEventListener("keydown", (event) => event.key === "Escape" && this.close());
    view.again.addEventListener("click", () => this.anew());
    view.leave.addEventListener("click", () => this.talk.end());
    view.composer.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
    view.text.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.submit();
    });
    view.text.addEventListener("input", () => {
      this.grow();
      remember({ draft: view.text.value });
      this.talk.typing();
    });
    document.addEventListener("click", (event) => {
      const opener = event.target.closest?.("[data-opens-chat]");
      if (!opener) return;
      event.preventDefault();
      this.open();
      this.opener = opener;
    });
  }

  open(focus = true) {
    const { view } = this;
    view.panel.hidden = false;
    view.launcher.hidden = true;
    view.launcher.setAttribute("aria-expanded", "true");
    remember({ open: true });
    this.transcript.toEnd();
    if (focus) (view.composer.hidden ? view.again : view.text).focus();
  }

  close() {
    const { view } = this;
    view.panel.hidden = true;
    view.launcher.hidden = false;
    view.launcher.setAttribute("aria-expanded", "false");
    remember({ open: false });
    (this.opener || view.launcher).focus();
    this.opener = null;
  }

  submit() {
    const { text } = this.view;
    const words = text.value.trim();
    if (!words) return;
    text.value = "";
    this.grow();
    remember({ draft: "" });
    this.talk.say(words);
  }

  anew() {
    this.talk.anew();
    this.transcript.fresh();
    this.state("new");
    this.view.text.focus();
  }

  // As many lines as the text needs, up to five.
  grow() {
    const { value } = this.view.text;
    const lines = value.split("\n").reduce((sum, line) => sum + 1 + Math.floor(line.length / 34), 0);
    this.view.text.rows = Math.min(5, lines);
  }

  status(word) {
    this.view.status.textContent = say(word);
    this.view.status.dataset.status = word;
  }

  // new: nothing said yet; begun: under way; over: ended, writing again goes on with it; shut: for good.
  state(state) {
    const { view } = this;
    const shut = state === "shut";
    const over = shut || state === "over";
    const hadFocus = shut && view.composer.contains(this.shadowRoot.activeElement);
    view.ended.hidden = !over;
    view.composer.hidden = shut;
    view.ended.firstChild.textContent = say(shut ? "ended" : "resting");
    view.leave.hidden = state !== "begun";
    if (!over) return;
    this.transcript.choose([]);
    this.transcript.typing(false);
    if (hadFocus) view.again.focus();
  }
}

customElements.define("sportello-chat", SportelloChat);

// The script alone is enough: it adds the element unless the page placed one itself.
function place() {
  if (!document.querySelector("sportello-chat")) document.body.append(document.createElement("sportello-chat"));
}
if (document.readyState === "loading") addEventListener("DOMContentLoaded", place);
else place();
