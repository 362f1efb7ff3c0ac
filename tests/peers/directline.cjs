// Microsoft's Direct Line client, unmodified, in node: says what it gets. `DIRECTLINE_MODE` is ws or poll.
const { WebSocket } = require("ws");
global.WebSocket = WebSocket;
global.XMLHttpRequest = require("xhr2");
const { ConnectionStatus, DirectLine } = require("botframework-directlinejs");

const line = new DirectLine({
  domain: process.env.DIRECTLINE_DOMAIN,
  token: process.env.DIRECTLINE_TOKEN,
  webSocket: process.env.DIRECTLINE_MODE === "ws",
  pollingInterval: 200,
  conversationStartProperties: { locale: "it-IT" },
});
const got = [];
const states = [];
const posted = [];
line.connectionStatus$.subscribe((state) => states.push(ConnectionStatus[state]));
line.activity$.subscribe((activity) => got.push(activity), fail);

function fail(why) {
  console.error(String((why && why.stack) || why), states);
  process.exit(1);
}

async function until(wanted, what) {
  const end = Date.now() + 20000;
  while (!wanted()) {
    if (Date.now() > end) return fail(`waited in vain for ${what}: ${JSON.stringify(got.map((a) => a.text || a.type))}`);
    await new Promise((again) => setTimeout(again, 30));
  }
}

function post(activity) {
  return new Promise((done, no) => line.postActivity({ from: { id: "forged" }, ...activity }).subscribe((id) => { posted.push(id); done(id); }, no));
}

async function talk() {
  await until(() => got.some((a) => a.from.role === "bot" && a.type === "message"), "a welcome");
  await post({ type: "message", text: "Buongiorno", channelData: { clientActivityID: "one" } });
  await until(() => got.some((a) => a.channelData && a.channelData.clientActivityID === "one"), "the echo");
  await post({ type: "typing" });
  await post({ type: "message", text: "vorrei parlare con un operatore", channelData: { clientActivityID: "two" } });
  await until(() => got.some((a) => a.type === "event" && a.name === "handoff.status"), "the handover");
  await until(() => got.some((a) => a.text === "Sono Elena, mi dica pure."), "the agent's words");
  await post({ type: "endOfConversation" });
  await until(() => got.some((a) => a.type === "endOfConversation"), "the end");
  const ids = got.map((a) => a.id).filter(Boolean);
  console.log(JSON.stringify({ conversation: line.conversationId, ids, posted, states, texts: got.map((a) => a.text || a.type), users: got.filter((a) => a.from.role === "user").map((a) => a.from.id) }));
  process.exit(0);
}
talk().catch(fail);
