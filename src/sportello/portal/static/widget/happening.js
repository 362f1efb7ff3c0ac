// What a conversation tells beside messages: a line for the patient, and whether it goes on.
import { say } from "./words.js";

const OVER = ["wrap_up", "closed"];
const PARTY = { joined: "also", left: "gone" };

export function happening({ k, b }) {
  if (k === "party") return { line: PARTY[b.event] && say(PARTY[b.event], { name: b.name }) };
  if (k === "place") return { line: placeLine(b), kept: "place" };
  if (k !== "moved") return {};
  const state = OVER.includes(b.to) ? "over" : "begun";
  if (b.to === "queued") return { line: say("queued"), state };
  if (b.to === "active" && b.agent_name) return { line: say("joined", { name: b.agent_name }), state };
  return { state };
}

// The place in the queue, and the wait when the hospital knows enough to say it.
function placeLine({ place, minutes }) {
  return say((place === 1 ? "next" : "place") + (minutes ? "_wait" : ""), { place, minutes });
}
