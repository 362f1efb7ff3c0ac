// The call of an incoming offer: a short sound made here, once or until the offer is gone. Browsers allow sound only
// after the person has touched the page; the choice to be silent stays in this browser.
const KEY = "sportello.silent";
const EVERY = 4000; // milliseconds
// Tones as [frequency in Hz, start and length in seconds, loudness, shape].
const SOUNDS = {
  bell: [[660, 0, 0.25, 0.2, "sine"], [880, 0.2, 0.35, 0.2, "sine"]],
  chime: [[523, 0, 0.5, 0.14, "triangle"], [659, 0.16, 0.5, 0.14, "triangle"], [784, 0.32, 0.7, 0.14, "triangle"]],
  knock: [[150, 0, 0.09, 0.5, "square"], [120, 0.18, 0.11, 0.5, "square"]],
  none: [],
};
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

const wake = () => (audio ??= window.AudioContext && new AudioContext());
for (const gesture of ["pointerdown", "keydown"]) addEventListener(gesture, wake, { once: true });

function tone([frequency, start, length, loudness, shape], now) {
  const source = audio.createOscillator();
  const volume = audio.createGain();
  source.type = shape;
  source.frequency.value = frequency;
  volume.gain.setValueAtTime(0, now + start);
  volume.gain.linearRampToValueAtTime(loudness, now + start + 0.02);
  volume.gain.exponentialRampToValueAtTime(0.001, now + start + length);
  source.connect(volume).connect(audio.destination);
  source.start(now + start);
  source.stop(now + start + length);
}

// Plays a sound by name, also in silence when it is only tried.
export function play(name, { test = false } = {}) {
  if (test) wake();
  if (!audio || (silent() && !test)) return false;
  audio.resume();
  for (const one of SOUNDS[name] ?? SOUNDS.bell) tone(one, audio.currentTime);
  return true;
}

export function ring(name, repeats = true) {
  if (ringing) return;
  play(name);
  ringing = setInterval(() => repeats && play(name), EVERY);
}

export function hush() {
  clearInterval(ringing);
  ringing = null;
}
