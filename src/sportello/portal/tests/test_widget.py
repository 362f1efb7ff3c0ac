"""The widget in Chromium, on a phone and in both languages, while the other side is played by the test."""

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import expect

from sportello.administration.actor import SYSTEM
from sportello.app import ROOMS
from sportello.conversations.ending import end
from sportello.portal.tests.browsing import BLOCKED, visit

__all__ = ["visit"]


@pytest.fixture
def rooms():
    """Without the bot: what patients hear is said by the tests."""
    return tuple(room for room in ROOMS[: ROOMS.index("portal") + 1] if room != "bots")


async def test_the_first_words_are_sent_and_answered(visit):
    async with visit() as giulia:
        await giulia.open()
        await expect(giulia.log).to_contain_text("assistente automatico")
        await giulia.write("Vorrei spostare la mia visita <b>del 3</b>")
        await expect(giulia.page.locator("sportello-chat .mine")).to_have_attribute("data-state", "sent")
        await giulia.hears("Buongiorno! Quale visita?", buttons=[{"text": "Cardiologia", "payload": "cardio"}])
        await giulia.page.get_by_role("button", name="Cardiologia").click()
        await expect(giulia.page.locator("sportello-chat .mine").last).to_have_attribute("data-state", "sent")
        rows = await giulia.rows()
        assert rows == ["Vorrei spostare la mia visita <b>del 3</b>", "Buongiorno! Quale visita?", "Cardiologia"]
        kept = await giulia.house.streams.since(f"conversation:{await giulia.conversation()}", 0)
        said = [event.body for event in kept if event.sender == "patient"]
        assert [one["text"] for one in said] == [rows[0], "Cardiologia"]
        assert said[1].get("payload") == "cardio"


async def test_a_reload_loses_nothing(visit):
    async with visit() as giulia:
        await giulia.open()
        await giulia.write("Prima")
        await giulia.write("Seconda")
        await expect(giulia.page.locator('sportello-chat .mine[data-state="sent"]')).to_have_count(2)
        await giulia.hears("Risposta")
        await giulia.page.get_by_role("textbox", name="messag").fill("una bozza")
        before = await giulia.rows()
        await giulia.page.reload()
        await giulia.open()
        await expect(giulia.page.get_by_role("textbox", name="messag")).to_have_value("una bozza")
        await expect(giulia.page.locator("sportello-chat .row")).to_have_count(3)
        assert await giulia.rows() == before


async def test_without_a_network_words_wait_and_stand_once(visit):
    async with visit() as giulia:
        await giulia.open()
        await giulia.write("Con la rete")
        await expect(giulia.page.locator("sportello-chat .mine")).to_have_attribute("data-state", "sent")
        await giulia.page.context.set_offline(True)
        await giulia.page.evaluate("document.querySelector('sportello-chat').talk.wire.line.socket?.close()")
        await giulia.write("Senza la rete")
        await expect(giulia.page.locator("sportello-chat .status")).to_contain_text("Nessuna connessione")
        await expect(giulia.page.locator("sportello-chat .mine").last).to_have_attribute("data-state", "sending")
        await giulia.hears("Intanto detto")
        await giulia.page.context.set_offline(False)
        await expect(giulia.page.locator('sportello-chat .mine[data-state="sent"]')).to_have_count(2, timeout=20_000)
        await expect(giulia.log).to_contain_text("Intanto detto")
        texts = await giulia.rows()
        assert sorted(texts) == ["Con la rete", "Intanto detto", "Senza la rete"]


async def test_where_sockets_are_blocked_it_polls(visit):
    async with visit("/articles") as giulia:
        await giulia.page.add_init_script(BLOCKED)
        await giulia.page.goto(giulia.page.url.replace("/articles", "/portal"))
        await giulia.open()
        await giulia.write("Con le interrogazioni")
        await expect(giulia.page.locator("sportello-chat .mine")).to_have_attribute(
            "data-state", "sent", timeout=20_000
        )
        await giulia.hears("Risposta")
        await expect(giulia.log).to_contain_text("Risposta", timeout=10_000)
        await expect(giulia.page.locator("sportello-chat .status")).to_contain_text("brevi ritardi")


async def test_closed_it_counts_and_the_page_gives_the_focus_back(visit):
    async with visit() as giulia:
        await giulia.page.get_by_role("button", name="Ci scriva").first.click()
        await giulia.write("Buongiorno")
        await expect(giulia.page.locator("sportello-chat .mine")).to_have_attribute("data-state", "sent")
        await giulia.page.keyboard.press("Escape")
        await expect(giulia.page.locator("sportello-chat .panel")).to_be_hidden()
        await giulia.hears("Uno")
        await giulia.hears("Due")
        await expect(giulia.page.locator("sportello-chat .launcher")).to_contain_text("2 messaggi non letti")
        await giulia.page.locator("sportello-chat .launcher").click()
        await giulia.page.keyboard.press("Escape")
        await expect(giulia.page.locator("sportello-chat .unread")).to_be_hidden()
        await expect(giulia.page.locator("sportello-chat .launcher")).to_be_focused()


async def test_ended_it_offers_a_new_conversation(visit):
    async with visit() as giulia:
        await giulia.open()
        await giulia.write("Grazie")
        await expect(giulia.page.locator("sportello-chat .mine")).to_have_attribute("data-state", "sent")
        first = await giulia.conversation()
        await giulia.house.db.run(lambda tx: end(giulia.house, tx, first, SYSTEM))
        await giulia.page.get_by_role("button", name="Inizia una nuova conversazione").click()
        await expect(giulia.page.locator("sportello-chat .row")).to_have_count(1)
        await giulia.write("Ancora una cosa")
        await expect(giulia.page.locator("sportello-chat .mine")).to_have_attribute("data-state", "sent")
        assert await giulia.conversation() != first


async def test_too_long_is_refused_and_can_be_discarded(visit):
    async with visit() as giulia:
        await giulia.open()
        await giulia.page.evaluate("document.querySelector('sportello-chat').talk.say('a'.repeat(10000))")
        await expect(giulia.page.locator("sportello-chat .mine")).to_have_attribute("data-state", "failed")
        await giulia.page.get_by_role("button", name="Elimina").click()
        await expect(giulia.page.locator("sportello-chat .mine")).to_have_count(0)


@pytest.mark.parametrize(("language", "scheme"), [("it-IT", "light"), ("en-GB", "dark")])
async def test_axe_finds_nothing(visit, language, scheme):
    async with visit(language=language, color_scheme=scheme) as giulia:
        found = [await Axe().run(giulia.page)]
        await giulia.open()
        await giulia.write("Buongiorno 👋 مرحبا")
        await expect(giulia.page.locator("sportello-chat .mine")).to_have_attribute("data-state", "sent")
        card = {"title": "Orari di apertura", "excerpt": "Dalle 7:30", "url": "/articles/opening-hours"}
        await giulia.hears("Ecco", buttons=[{"text": "Sì", "payload": "si"}], article=card)
        await giulia.page.get_by_role("button", name="Sì").wait_for()
        found.append(await Axe().run(giulia.page))
        await giulia.page.goto(giulia.page.url + "/sign-in")
        found.append(await Axe().run(giulia.page))
        for one in found:
            assert one.violations_count == 0, one.generate_report()


async def test_nothing_is_wider_than_a_phone(visit):
    async with visit(viewport={"width": 320, "height": 568}) as giulia:
        await giulia.open()
        await giulia.write("parola" * 60)
        await expect(giulia.page.locator("sportello-chat .mine")).to_have_attribute("data-state", "sent")
        wide = await giulia.page.evaluate("document.documentElement.scrollWidth")
        inner = await giulia.page.locator("sportello-chat .log").evaluate("one => one.scrollWidth - one.clientWidth")
        assert wide <= 320
        assert inner <= 0
