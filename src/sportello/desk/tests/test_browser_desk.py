"""The desk in a real browser: tabs, drafts, the end of a talk, the board, phones, sizes, and what axe finds."""

import gzip
import sys
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import expect

from sportello.administration.actor import Actor
from sportello.conversations import posting, store
from sportello.conversations.states import State
from sportello.desk.tests.conftest import Begin, Open, connected
from sportello.kit.house import House
from sportello.kit.ids import uuid7

MOST_BYTES = 120 * 1024


async def test_tabs_stay_and_every_window_shows_them(opened: Open, begin: Begin, elena: Actor) -> None:
    talk = await begin(elena)
    page = await opened(elena, f"/desk/sessions/{talk.id}")
    other = await opened(elena, f"/desk/sessions/{talk.id}")
    await connected(page)
    await connected(other)
    await page.keyboard.press("Alt+t")
    await page.get_by_role("option", name="Articles").click()
    tab = page.get_by_role("tab", name="Articles")
    await expect(tab).to_have_attribute("aria-selected", "true")
    await expect(other.get_by_role("tab", name="Articles")).to_be_visible()
    await page.reload()
    await expect(tab).to_have_attribute("aria-selected", "true")
    await tab.focus()
    await page.keyboard.press("ArrowLeft")
    await expect(page.get_by_role("tab", name="Script")).to_be_focused()
    await page.keyboard.press("ArrowRight")
    await page.keyboard.press("Delete")
    await expect(tab).to_have_count(0)
    await expect(other.get_by_role("tab", name="Articles")).to_have_count(0)


async def test_what_is_typed_survives(house: House, opened: Open, begin: Begin, elena: Actor) -> None:
    talk, second = await begin(elena), await begin(elena, "Marco Bianchi")
    page = await opened(elena, f"/desk/sessions/{talk.id}")
    box = page.get_by_role("textbox", name="Message to Giulia Ferri")
    await box.fill("La richiamo entro le 12")
    await page.get_by_role("link", name="Marco Bianchi").click()
    await expect(page.get_by_role("heading", level=1, name="Marco Bianchi")).to_be_visible()
    await page.keyboard.press("Alt+1")
    await expect(box).to_have_value("La richiamo entro le 12")
    await page.reload()
    await expect(box).to_have_value("La richiamo entro le 12")
    async with page.expect_response(lambda r: r.url.endswith("/draft") and r.status == 204):
        await box.press_sequentially("!")
    crashed = await opened(elena, f"/desk/sessions/{talk.id}")
    await expect(crashed.get_by_role("textbox", name="Message to Giulia Ferri")).to_have_value(
        "La richiamo entro le 12!"
    )
    assert second.id != talk.id


async def test_the_talk_ends_with_a_note(house: House, opened: Open, begin: Begin, elena: Actor) -> None:
    talk = await begin(elena)
    page = await opened(elena, f"/desk/sessions/{talk.id}")
    await connected(page)
    await page.get_by_role("button", name="End the conversation").click()
    note = page.get_by_role("textbox", name="Wrap-up note")
    await note.wait_for()
    await page.get_by_role("button", name="Save the note and close").click()
    await expect(page.get_by_text("Write a note before you close")).to_be_visible()
    await expect(note).to_be_focused()
    await note.fill("Visita spostata a giovedì.")
    await page.get_by_role("button", name="Save the note and close").click()
    await expect(page.get_by_role("heading", level=1, name="Home")).to_be_visible()
    await expect(page.get_by_role("link", name="Giulia Ferri")).to_have_count(0)
    ended = await store.get(house.db, talk.id)
    assert ended is not None
    assert (ended.state, ended.wrap_up_note) == (State.CLOSED, "Visita spostata a giovedì.")


async def test_the_supervisor_watches_and_reads_along(
    house: House, opened: Open, begin: Begin, elena: Actor, marta: Actor
) -> None:
    page = await opened(marta, "/desk/board")
    await connected(page)
    talk = await begin(elena)
    await page.get_by_role("button", name="Giulia Ferri", exact=True).click()
    log = page.get_by_role("log")
    await log.wait_for()
    await posting.post(house, talk.id, {"text": "Ci siete?"}, sender="patient", client_id=uuid7())
    await log.get_by_text("Ci siete?").wait_for()
    await page.get_by_role("textbox", name="Whisper to colleagues").wait_for()


async def test_an_agent_sees_no_board(opened: Open, elena: Actor, house: House) -> None:
    page = await opened(elena, "/desk")
    assert await page.get_by_role("link", name="Board").count() == 0
    answer = await page.request.get(page.url + "/board")
    assert answer.status == 403


async def test_the_session_that_ended_is_renewed_in_place(
    house: House, opened: Open, begin: Begin, elena: Actor
) -> None:
    talk = await begin(elena)
    page = await opened(elena, f"/desk/sessions/{talk.id}")
    await connected(page)
    await page.context.clear_cookies()
    await page.get_by_role("button", name="End the conversation").click()
    dialog = page.get_by_role("dialog", name="Please sign in again")
    await dialog.get_by_label("Name").fill("elena")
    await dialog.get_by_label("Password").fill("sportello-demo-2026")
    await dialog.get_by_role("button", name="Sign in").click()
    await expect(dialog).to_be_hidden()
    await expect(page.get_by_role("textbox", name="Wrap-up note")).to_be_visible()


@pytest.mark.parametrize(("language", "scheme"), [("it", "dark")])
async def test_axe_finds_nothing(
    house: House, opened: Open, begin: Begin, elena: Actor, marta: Actor, language: str, scheme: Any
) -> None:
    talk = await begin(elena)
    await posting.post(house, talk.id, {"text": "Buongiorno"}, sender="patient", client_id=uuid7())
    for actor, path in ((elena, "/desk"), (elena, f"/desk/sessions/{talk.id}"), (marta, "/desk/board")):
        page = await opened(actor, path, language, color_scheme=scheme)
        await connected(page)
        if path == "/desk":
            await begin(None, "Lucia Neri")
            await page.locator("[data-offer]").wait_for()
        await page.wait_for_timeout(300)
        found = await Axe().run(page)
        assert found.violations_count == 0, f"{path}: {found.generate_report()}"
        await page.keyboard.press("?")
        found = await Axe().run(page)
        assert found.violations_count == 0, f"{path} help: {found.generate_report()}"
        await page.close()


@pytest.mark.parametrize("width", [320, 390, 1366, 1920])
async def test_nothing_sticks_out(opened: Open, begin: Begin, elena: Actor, width: int) -> None:
    talk = await begin(elena)
    for path in ("/desk", f"/desk/sessions/{talk.id}"):
        page = await opened(elena, path, "it", viewport={"width": width, "height": 800})
        await connected(page)
        over = await page.evaluate("""() => document.documentElement.scrollWidth <= innerWidth ? "" :
            [...document.querySelectorAll("body *")].filter((one) => one.getBoundingClientRect().right > innerWidth)
                .map((one) => `${one.tagName}.${one.className}`).slice(-6).join(" ")""")
        assert not over, f"{path}: {over}"
        await page.close()


async def test_the_first_load_is_small(opened: Open, begin: Begin, elena: Actor) -> None:
    talk = await begin(elena)
    page = await opened(elena, f"/desk/sessions/{talk.id}")
    await connected(page)
    await page.wait_for_timeout(500)
    loaded = await page.evaluate("performance.getEntriesByType('resource').map((one) => one.name)")
    bodies = {}
    for url in {page.url, *loaded}:
        answer = await page.request.get(url)
        if answer.ok:
            bodies[url] = len(gzip.compress(await answer.body(), 6))
    total = sum(bodies.values())
    sys.stdout.write(f"desk, first load: {total / 1024:.1f} kB compressed in {len(bodies)} files\n")
    assert len(bodies) > 20
    assert total <= MOST_BYTES, sorted(bodies.items(), key=lambda one: -one[1])[:8]
