"""An offer in a real browser: it rings, says who and for how long, and takes no letter from what is being typed."""

from playwright.async_api import expect

from sportello.administration.actor import Actor
from sportello.desk.tests.conftest import Begin, Open


async def test_an_offer_rings_and_is_accepted_by_keyboard(opened: Open, begin: Begin, elena: Actor) -> None:
    first = await begin(elena, "Marco Bianchi")
    page = await opened(elena, f"/desk/sessions/{first.id}")
    await page.get_by_role("status").get_by_text("Connected").wait_for()
    box = page.get_by_role("textbox", name="Message to Marco Bianchi")
    await box.fill("Un momento")
    talk = await begin(None, "Giulia Ferri")
    offer = page.get_by_role("group", name="Incoming request")
    await offer.get_by_text("Giulia Ferri").wait_for()
    await expect(box).to_be_focused()
    await box.press_sequentially(", per favore")
    await expect(box).to_have_value("Un momento, per favore")
    assert "Giulia Ferri" in (await page.locator("#offer-voice").text_content() or "")
    await page.keyboard.press("Alt+a")
    await page.get_by_role("heading", name="Giulia Ferri", level=1).wait_for()
    assert page.url.endswith(str(talk.id))
    await expect(offer).to_have_count(0)
    await page.keyboard.press("Alt+1")
    await expect(box).to_have_value("Un momento, per favore")


async def test_a_rejected_offer_leaves(opened: Open, begin: Begin, elena: Actor) -> None:
    page = await opened(elena)
    await page.get_by_role("status").get_by_text("Connected").wait_for()
    await begin(None)
    offer = page.get_by_role("group", name="Incoming request")
    await offer.wait_for()
    await page.keyboard.press("Alt+r")
    await expect(offer).to_have_count(0)
    await expect(page.get_by_role("link", name="Giulia Ferri")).to_have_count(0)
