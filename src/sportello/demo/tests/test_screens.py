"""The demo's and the portal's pages in Chromium with the whole hospital: nothing for axe, nothing too wide."""

import msgspec
import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import expect

from sportello.demo import store
from sportello.demo.opening import open_demo
from sportello.demo.tests.test_demo import ICS
from sportello.portal.tests.browsing import visit

__all__ = ["visit"]


@pytest.fixture
def settings(settings):
    clinic = msgspec.structs.replace(settings.clinic, phone="0532 000 100")
    return msgspec.structs.replace(settings, demo=True, clinic=clinic)


@pytest.mark.parametrize(("language", "scheme"), [("en-GB", "dark")])
async def test_axe_finds_nothing_and_nothing_is_too_wide(house, visit, language, scheme):
    await open_demo(house)
    await house.db.run(
        lambda tx: store.add_mail(tx, house.clock.now(), "a@b.example", ["c@d.example"], "Conferma", "Testo", ICS, b"")
    )
    async with visit("/", language=language, color_scheme=scheme) as somebody:
        page = somebody.page
        await check(page)
        await page.locator('form[action="/demo/patient/giulia.ferri"] button').click()
        await page.wait_for_url("**/portal")
        await page.get_by_text("Giulia Ferri").first.wait_for()
        await check(page)
        for path in ("/demo/mailbox", "/articles", "/articles/opening-hours"):
            await page.goto(page.url.split("/", 3)[0] + "//" + page.url.split("/", 3)[2] + path)
            await check(page)


async def test_the_bot_answers_from_an_article_and_hands_over(house, visit):
    await open_demo(house)
    async with visit("/portal") as somebody:
        await somebody.open()
        await somebody.page.get_by_role("button", name="Vorrei spostare la mia visita").click()
        await expect(somebody.log).to_contain_text("assistente automatico di Ospedale San Luca")
        await somebody.write("A che ora aprite?")
        await expect(somebody.log.get_by_role("link", name="Orari di apertura")).to_be_visible()
        await somebody.write("Vorrei parlare con una persona")
        await expect(somebody.log).to_contain_text("È in coda")
        await check(somebody.page)


async def check(page):
    found = await Axe().run(page)
    assert found.violations_count == 0, f"{page.url}: {found.generate_report()}"
    wide = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0, page.url
