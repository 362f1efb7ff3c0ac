// Tells the desk's own stream, now and then, that somebody types or points here: whoever works is not inactive.
import { signal } from "./live.js";

const EVERY = 20_000; // milliseconds
let told = 0;

export function watch(stream) {
  const touched = () => {
    if (Date.now() - told < EVERY) return;
    told = Date.now();
    signal(stream);
  };
  for (const kind of ["keydown", "pointerdown", "pointermove", "wheel"]) {
    addEventListener(kind, touched, { passive: true, capture: true });
  }
}

// After the server has taken the presence back, the next touch counts at once.
export function forget() {
  told = 0;
}
