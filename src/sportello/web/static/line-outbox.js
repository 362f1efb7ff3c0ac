export function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  // Plain http on a hospital's own network: the browser then hides randomUUID, though not its random numbers.
  const hex = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, "$1-$2-4$3-8$4-$5");
}

// Posts that the server has not acknowledged, in order, under the caller's own ids. With a name to keep them under
// they outlive a reload of the tab (not a sign-out: the name must belong to one person).
export class Outbox {
  constructor(keep) {
    this.place = keep && `line:${keep}`;
    this.posts = new Map();
    if (!this.place) return;
    try {
      for (const frame of JSON.parse(sessionStorage.getItem(this.place) ?? "[]")) this.posts.set(frame.id, { frame });
    } catch { /* storage is not allowed here: unsent posts live as long as the page */ }
  }

  put(frame) {
    return new Promise((resolve, reject) => {
      this.posts.set(frame.id, { frame, resolve, reject });
      this.save();
    });
  }

  frame(id) {
    return this.posts.get(id)?.frame;
  }

  frames() {
    return [...this.posts.values()].map(({ frame }) => frame);
  }

  settle(id, how, answer) {
    const post = this.posts.get(id);
    if (!post) return;
    this.posts.delete(id);
    this.save();
    post[how]?.(answer);
  }

  save() {
    if (!this.place) return;
    try {
      if (this.posts.size) sessionStorage.setItem(this.place, JSON.stringify(this.frames()));
      else sessionStorage.removeItem(this.place);
    } catch { /* as above */ }
  }
}
