// The list of sessions: arrows move in it, unread counts and waiting times are the server's figures.
import { drop } from "./stage.js";
import { judge } from "./waits.js";

class SessionList extends HTMLElement {
  connectedCallback() {
    this.addEventListener("keydown", (event) => this.move(event));
    this.addEventListener("region:refreshed", () => this.settle());
    document.addEventListener("desk:shown", (event) => this.read(event.detail.id));
    this.settle();
  }

  get links() {
    return [...this.querySelectorAll("a[data-session]")];
  }

  // After a refresh: what is shown stays marked; sessions that have ended leave the stage.
  settle() {
    const panels = [...document.querySelectorAll("#stage > .session")];
    const known = new Set(this.links.map((link) => link.dataset.session));
    for (const panel of panels) {
      const id = panel.id.replace("session-", "");
      if (!known.has(id)) drop(id);
    }
    const current = panels.find((panel) => !panel.hidden && panel.isConnected)?.id.replace("session-", "");
    for (const link of this.links) {
      if (link.dataset.session === current) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    // Being read right now: the server hears of it a moment later.
    if (!document.hidden) this.read(current);
    judge(this);
  }

  read(id) {
    this.links.find((link) => link.dataset.session === id)?.querySelector(".count")?.remove();
  }

  move(event) {
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    const links = this.links;
    const here = links.indexOf(document.activeElement);
    if (here < 0) return;
    let next = step ? links[(here + step + links.length) % links.length] : null;
    if (event.key === "Home") next = links[0];
    if (event.key === "End") next = links.at(-1);
    if (!next) return;
    event.preventDefault();
    next.focus();
  }
}

customElements.define("session-list", SessionList);
