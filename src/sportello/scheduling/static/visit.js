/* A virtual visit's waiting page: asks whether the other side is there, and lets camera and microphone be tried. */
const EVERY = 4000;
const live = document.querySelector("#visit-live");

async function ask() {
  try {
    const answer = await fetch(live.dataset.ask, { headers: { accept: "application/json" } });
    if (answer.ok) tell(await answer.json());
  } catch {
    // No connection for a moment: the next question will tell.
  }
  setTimeout(ask, EVERY);
}

function tell(told) {
  if (told.state !== live.dataset.state) {
    location.reload();
    return;
  }
  const said = `${told.said} ${told.starts}`;
  const place = live.querySelector("[data-said]");
  if (place.textContent !== said) place.textContent = said;
  if ("waits" in told) live.firstElementChild.className = `notice ${told.waits ? "ok" : "plain"}`;
}

async function tryCamera() {
  const said = document.querySelector("#camera-said");
  const shown = document.querySelector("#camera-shown");
  for (const [wanted, word] of [[{ video: true, audio: true }, "both"], [{ audio: true }, "sound"]]) {
    try {
      shown.srcObject = await navigator.mediaDevices.getUserMedia(wanted);
      shown.hidden = word !== "both";
      if (word === "both") await shown.play();
      said.textContent = said.dataset[word];
      return;
    } catch {
      // Without a camera the microphone alone may do.
    }
  }
  said.textContent = said.dataset.none;
}

document.querySelector("#camera-try")?.addEventListener("click", tryCamera);
if (live) ask();
