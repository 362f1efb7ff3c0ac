"""The agent's talk in a real browser: words both ways, nothing lost, nothing doubled."""

from sportello.administration.actor import Actor
from sportello.conversations import posting
from sportello.desk.tests.conftest import Begin, Open
from sportello.kit.house import House
from sportello.kit.ids import uuid7


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
