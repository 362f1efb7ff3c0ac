"""The agent's talk in a real browser: words both ways, nothing lost, nothing doubled."""

import asyncio

import pytest
from playwright.async_api import expect

from sportello.administration.actor import Actor
from sportello.conversations import posting
from sportello.desk.tests.conftest import Begin, Open, connected
from sportello.kit.house import House
from sportello.kit.ids import uuid7
from sportello.kit.streams import Posted, Refused


async def test_words_flow_both_ways(house: House, opened: Open, begin: Begin, elena: Actor) -> None:
    talk = await begin(elena)
    page = await opened(elena, f"/desk/sessions/{talk.id}")
    await page.get_by_role("status").get_by_text("Connected").wait_for()
    await posting.post(house, talk.id, {"text": "Vorrei spostare la visita"}, sender="patient", client_id=uuid7())
    log = page.get_by_role("log")
    await log.get_by_text("Vorrei spostare la visita").wait_for()
    box = page.get_by_role("textbox", name="Message to Giulia Ferri")
    await box.fill("Buongiorno, controllo subito")
    await box.press("Enter")
    row = log.locator("li", has_text="Buongiorno, controllo subito")
    await row.get_by_text("Sent").wait_for()
    assert await box.input_value() == ""
    await page.reload()
    assert await log.get_by_text("Buongiorno, controllo subito").count() == 1
    assert await log.get_by_text("Vorrei spostare la visita").count() == 1


async def test_a_refused_message_keeps_its_text_and_goes_again(
    opened: Open, begin: Begin, elena: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk = await begin(elena)
    page = await opened(elena, f"/desk/sessions/{talk.id}")
    await connected(page)

    async def refuse(*_args: object, **_more: object) -> Posted:
        raise Refused("forbidden", "This conversation is not yours.")

    with monkeypatch.context() as patched:
        patched.setattr(posting, "post", refuse)
        box = page.get_by_role("textbox", name="Message to Giulia Ferri")
        await box.fill("Un attimo")
        await box.press("Enter")
        row = page.get_by_role("log").locator("li", has_text="Un attimo")
        await expect(row).to_contain_text("This conversation is not yours.")
    await row.get_by_role("button", name="Try again").click()
    await expect(row).to_contain_text("Sent")
    await expect(row).to_have_count(1)


async def test_without_network_nothing_is_lost_or_doubled(
    house: House, opened: Open, begin: Begin, elena: Actor
) -> None:
    talk = await begin(elena)
    page = await opened(elena, f"/desk/sessions/{talk.id}")
    await connected(page)
    log = page.get_by_role("log")
    box = page.get_by_role("textbox", name="Message to Giulia Ferri")
    await page.context.set_offline(True)
    await box.fill("scritto senza rete")
    await box.press("Enter")
    await posting.post(house, talk.id, {"text": "intanto"}, sender="patient", client_id=uuid7())
    await expect(page.locator("line-status")).to_have_attribute("data-state", "lost", timeout=20_000)
    await expect(log.locator("li", has_text="scritto senza rete")).to_contain_text("Waiting for the connection")
    await page.context.set_offline(False)
    await expect(log.get_by_text("intanto", exact=True)).to_have_count(1, timeout=20_000)
    await expect(log.locator("li", has_text="scritto senza rete")).to_contain_text("Sent")
    await page.reload()
    await connected(page)
    for text in ("scritto senza rete", "intanto"):
        await expect(log.get_by_text(text, exact=True)).to_have_count(1)


async def test_fifty_events_a_second_leave_what_is_typed_alone(
    house: House, opened: Open, begin: Begin, elena: Actor
) -> None:
    talk = await begin(elena)
    page = await opened(elena, f"/desk/sessions/{talk.id}")
    await connected(page)
    box = page.get_by_role("textbox", name="Message to Giulia Ferri")
    await box.focus()

    async def talk_much() -> None:
        for number in range(400):
            await posting.post(house, talk.id, {"text": f"riga {number}"}, sender="patient", client_id=uuid7())
            await asyncio.sleep(0.015)

    speaking = asyncio.create_task(talk_much())
    text = "Buongiorno signora, controllo subito le disponibilità."
    await box.press_sequentially(text, delay=60)
    await speaking
    await page.get_by_role("log").get_by_text("riga 399", exact=True).wait_for()
    assert await box.input_value() == text
    rows = await page.get_by_role("log").locator("li").count()
    assert rows <= 200, "old rows leave the page"


async def test_markup_in_words_stays_text(house: House, opened: Open, begin: Begin, elena: Actor) -> None:
    talk = await begin(elena)
    page = await opened(elena, f"/desk/sessions/{talk.id}")
    await connected(page)
    for text in ("<img src=x onerror=alert(1)>", "<b>ciao</b>", "שלום 👋 عالم"):
        await posting.post(house, talk.id, {"text": text}, sender="patient", client_id=uuid7())
        await page.get_by_role("log").get_by_text(text, exact=True).wait_for()
    assert await page.locator("[role=log] img, [role=log] b").count() == 0
