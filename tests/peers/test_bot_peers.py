"""Microsoft's clients and kits, unmodified, against a server started by the command line: directlinejs by socket and by
polling, Web Chat in Chromium on another site's page, and bots on two kits as the hospital's own.
"""

import asyncio
import io
import json
import socket
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from PIL import Image
from playwright.async_api import Browser, Page, expect

from sportello.adapters.outside_bots.connection import DEFAULT_RULES
from tests.live.patients import Patient
from tests.peers.hospital import Hospital, until
from tests.peers.running import bot, node

HERE = Path(__file__).parent
AGENT = "Sono Elena, mi dica pure."
KITS = [
    ("agents", "Benvenuta dal bot su Agents SDK", "Agents ha sentito: buongiorno (it-IT)", "Vuole una persona"),
    ("botbuilder", "Benvenuta dal bot su botbuilder", "Botbuilder ha sentito: buongiorno", "Riassunto riservato"),
]


@pytest.mark.parametrize("mode", ["ws", "poll"])
async def test_a_patient_on_directlinejs_meets_the_bot_then_a_person(hospital: Hospital, mode: str) -> None:
    bearer, conversation = await hospital.token()
    asked = {"DIRECTLINE_DOMAIN": f"{hospital.url}/v3/directline", "DIRECTLINE_TOKEN": bearer, "DIRECTLINE_MODE": mode}
    async with asyncio.TaskGroup() as at_once:
        at_once.create_task(hospital.agent_takes(conversation, AGENT))
        patient = at_once.create_task(node(HERE / "directline.cjs", seconds=40, **asked))
    said = json.loads(patient.result().splitlines()[-1])
    assert said["conversation"] == str(conversation)
    assert len(said["ids"]) == len(set(said["ids"])), "nothing comes twice"
    assert set(said["posted"][:1]) <= set(said["ids"]), "the echo has the id of the answer"
    assert set(said["users"]) == {"dl_rosa"}, "a forged sender is put right"
    assert any("Elena Conti" in text for text in said["texts"])
    assert await hospital.said_by_patient(conversation) == ["Buongiorno", "vorrei parlare con un operatore"]
    assert "ExpiredToken" not in said["states"]
    assert "FailedToConnect" not in said["states"]


@pytest.fixture
async def page(browser: Browser) -> Page:
    return await (await browser.new_context(locale="it-IT")).new_page()


def shown(page: Page, text: str) -> Any:
    """The bubbles of a text, without what only screen readers are told."""
    return page.locator(".webchat__bubble__content").filter(has_text=text)


async def test_a_patient_on_web_chat_is_a_patient_like_any_other(hospital: Hospital, site: str, page: Page) -> None:
    bearer, conversation = await hospital.token()
    server, asked = hospital.url, list[str]()
    page.on("request", lambda request: asked.append(request.url))
    await page.goto(f"{site}/#domain={server}/v3/directline&token={bearer}")
    await expect(shown(page, "assistente automatico di Ospedale San Luca")).to_have_count(1, timeout=15_000)

    title = "Spostare una visita"
    await page.get_by_role("button", name=title).first.click()
    await expect(shown(page, title)).to_have_count(1)

    async def pressed() -> bool:
        said = await hospital.messages(conversation, "patient")
        return bool(said) and said[-1].get("text") == title and bool(said[-1].get("payload"))

    await until(pressed, "the button's payload")
    box = page.locator("textarea, input[data-id=webchat-sendbox-input]").first
    await box.fill("vorrei parlare con un operatore")
    await box.press("Enter")
    await hospital.agent_takes(conversation, AGENT)
    await expect(shown(page, AGENT)).to_have_count(1)
    await expect(shown(page, "Elena Conti")).to_have_count(1)

    made = io.BytesIO()
    Image.new("RGB", (40, 30), "navy").save(made, "PNG")
    chosen = {"name": "impegnativa.png", "mimeType": "image/png", "buffer": made.getvalue()}
    await page.locator("input[type=file]").first.set_input_files([chosen])  # type: ignore[list-item]
    await expect(page.locator(".webchat__attachment-icon--checked")).to_have_count(1)
    await box.fill("Ecco la mia impegnativa")
    await box.press("Enter")

    async def has_file() -> bool:
        said = await hospital.messages(conversation, "patient")
        return any((body.get("attachment") or {}).get("name") == "impegnativa.png" for body in said)

    await until(has_file, "the file", 10)
    await expect(page.get_by_text("Invio non riuscito")).to_have_count(0)
    await expect(shown(page, "Ecco la mia impegnativa")).to_have_count(1)
    await expect(shown(page, "vorrei parlare con un operatore")).to_have_count(1)
    assert (await hospital.said_by_patient(conversation))[:2] == [title, "vorrei parlare con un operatore"]
    own = (site, server, server.replace("http", "ws"), "blob:", "data:")
    assert not [url for url in asked if not url.startswith(own)], "nothing is asked of anybody else"


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


async def employ(hospital: Hospital, **terms: str) -> None:
    """On the administrator's screen, in force at once."""
    async with hospital.as_("administrator") as desk:
        answer = await desk.post("/desk/own-bot", data={"hold": "5", "patience": "15", "fallback": "person", **terms})
        assert answer.status_code == 303, answer.text


@pytest.mark.parametrize(("kit", "welcome", "answer", "summary"), KITS)
async def test_a_bot_on_its_own_server_is_the_hospitals(
    hospital: Hospital, kit: str, welcome: str, answer: str, summary: str
) -> None:
    port = free_port()
    async with bot(kit, HERE / f"{kit}_bot.py", str(port), ready="ready"), httpx.AsyncClient() as http:
        await employ(hospital, kind="connector", base_url=f"http://127.0.0.1:{port}/api/messages", rules=DEFAULT_RULES)
        rosa, ugo = Patient(http), Patient(http)
        for one in (rosa, ugo):
            await one.comes(hospital.url)
        await reads(rosa, hospital, welcome)
        await rosa.write(hospital.url, "buongiorno")
        await reads(rosa, hospital, answer)
        await rosa.write(hospital.url, "voglio rompi tutto")  # the bot fails in the middle of it
        await reads(rosa, hospital, "qualcosa non ha funzionato")
        await ugo.write(hospital.url, "vorrei spostare la mia visita")
        await ugo.until(hospital.url, lambda event: event["k"] == "moved" and event["b"]["to"] == "queued")
        for patient in (rosa, ugo):
            events = await patient.events(hospital.url)
            seen = [e["b"]["text"] for e in events if e["k"] == "message" and e["by"] == "bot"]
            assert len(seen) == len(set(seen)), seen
            assert not any(bad in one for one in seen for bad in ("bot failure", "Exception", "Riassunto")), seen
    await employ(hospital, kind="embedded")
    assert (await hospital.talk(talk_of(rosa)))["reason"] == "bot-error"
    talk = await hospital.talk(talk_of(ugo))
    assert (talk["reason"], talk["summary"]) == ("bot-asked", summary)
    assert talk["topic"] == ("Visite" if kit == "agents" else "Esami")


def talk_of(patient: Patient) -> UUID:
    return UUID(patient.stream.removeprefix("conversation:"))


async def reads(patient: Patient, hospital: Hospital, text: str) -> None:
    await patient.until(hospital.url, lambda event: text in str(event["b"].get("text")))
