// The call of an incoming offer: two soft tones made here, repeated until the offer is gone. Browsers allow sound
// only after the person has touched the page; the choice to be silent stays in this browser.
const KEY = "sportello.silent";
let audio;
let ringing;

export function silent() {
  try {
    return localStorage.getItem(KEY) === "yes";
  } catch {
    return false;
  }
}

export function setSilent(quiet) {
  try {
    localStorage.setItem(KEY, quiet ? "yes" : "no");
  } catch {
    // Then the choice is not remembered.
  }
  if (quiet) hush();
}

for (const gesture of ["pointerdown", "keydown"]) {
  addEventListener(gesture, () => (audio ??= window.AudioContext && new AudioContext()), { once: true });
}

function tone(frequency, start, length) {
  const source = audio.createOscillator();
  const volume = audio.createGain();
  source.frequency.value = frequency;
  volume.gain.setValueAtTime(0, start);
  volume.gain.linearRampToValueAtTime(0.2, start + 0.02);
  volume.gain.exponentialRampToValueAtTime(0.001, start + length);
  source.connect(volume).connect(audio.destination);
  source.start(start);
  source.stop(start + length);
}

export function beep() {
  if (!audio || silent()) return false;
  audio.resume();
  const now = audio.currentTime;
  tone(660, now, 0.25);
  tone(880, now + 0.2, 0.35);
  return true;
}

export function ring() {
  if (ringing) return;
  beep();
  ringing = setInterval(beep, 4000);
}

export function hush() {
  clearInterval(ringing);
  ringing = null;
}
