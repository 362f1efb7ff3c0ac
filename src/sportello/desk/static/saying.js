// What the agent's own stream says in a sentence: a patient who waits, presence that changed by itself, colleagues.
import { forget } from "./activity.js";
import { answered } from "./colleagues.js";
import { play } from "./sound.js";
import { toast } from "../web/toasts.js";

const PRESENCE = { missed: "warn", idle: "warn", input: "ok" };

// What a supervisor did with a conversation that was mine.
const TAKEN = { "taken-to-other": "takenToOther", "taken-to-queue": "takenToQueue", "taken-closed": "takenClosed" };

// `words` are the desk's own sentences, in which "%(name)s" stands for a person.
export function say(words, { kind, body }) {
  const filled = (name) => (words[name] ?? "").replace("%(name)s", body.name ?? "").replace("%(by)s", body.by ?? "");
  if (kind === "presence" && body.cause in PRESENCE) {
    toast(words[body.cause], PRESENCE[body.cause]);
    if (body.cause === "idle") forget();
  } else if (kind === "reminder") {
    toast(filled("reminder"), "warn");
    play("knock");
  } else if (kind === "given") {
    const voice = document.getElementById("offer-voice");
    if (voice) voice.textContent = filled("given");
    toast(filled("given"), "ok");
    play("bell");
  } else if (kind in TAKEN) toast(filled(TAKEN[kind]), "warn");
  else if (kind === "alert") toast(filled("alertMissed"), "warn");
  else if (kind === "glass") toast(filled("glassBroken"), "warn");
  else if (kind === "own-bot") bot(words, body);
  else if (kind === "team-message") toast(filled("teamMessage"), "ok");
  else if (kind === "answered") answered(body);
}

// The hospital's own bot is down, or back: by the sound that this person chose for work, unless they are silent.
function bot(words, { down }) {
  const text = down ? words.ownBotDown : words.ownBotBack;
  toast(text, down ? "danger" : "ok");
  const voice = document.getElementById("offer-voice");
  if (voice) voice.textContent = text;
  play(document.querySelector("offer-alert")?.dataset.sound || (down ? "knock" : "chime"));
}
