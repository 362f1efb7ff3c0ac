"""How work is told, in a real browser: several offers by keyboard, one's own sound, presence that changes by itself."""

from datetime import timedelta
from uuid import UUID

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import expect

from sportello.administration.actor import Actor
from sportello.bots.monitoring import OwnBotBack, OwnBotDown
from sportello.desk.tests.conftest import Begin, Open, connected
from sportello.kit.house import House
from sportello.routing.idling import watch_input
from sportello.routing.plan.parts import Notice, OwnPresence
from sportello.routing.plan.words import Text
from sportello.routing.tests.cast import published


async def test_of_several_offers_the_keyboard_answers_the_one_it_stands_on(
    opened: Open, begin: Begin, elena: Actor
) -> None:
    page = await opened(elena)
    await connected(page)
    for name in ("Anna Bruni", "Bruno Corsi", "Carla Dotti"):
        await begin(None, name)
    offers = page.get_by_role("group", name="Incoming request")
    await expect(offers).to_have_count(3)
    voice = await page.locator("#offer-voice").text_content()
    assert voice == "Incoming request: Carla Dotti. Alt+A accepts. Alt+R rejects."
    await offers.nth(0).get_by_role("button", name="Accept").focus()
    await page.keyboard.press("ArrowDown")
    await expect(offers.nth(1).get_by_role("button", name="Accept")).to_be_focused()
    found = await Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    await page.keyboard.press("Alt+r")
    await expect(offers).to_have_count(2)
    await expect(page.get_by_role("group", name="Bruno Corsi")).to_have_count(0)
    await page.keyboard.press("Alt+a")
    await expect(page.get_by_role("heading", name="Anna Bruni", level=1)).to_be_visible()


async def test_an_agent_chooses_a_sound_and_hears_it(house: House, opened: Open, elena: Actor) -> None:
    page = await opened(elena)
    await connected(page)
    await page.evaluate(
        """() => { window.tones = 0; const made = AudioContext.prototype.createOscillator;
        AudioContext.prototype.createOscillator = function () { window.tones += 1; return made.call(this); }; }"""
    )
    await page.get_by_role("button", name="Notifications").click()
    dialog = page.get_by_role("dialog", name="Notifications")
    await expect(dialog.get_by_role("radio", name="As the workstream says")).to_be_focused()
    await dialog.get_by_role("button", name="Test Chime").click()
    assert await page.evaluate("() => window.tones") == 3
    found = await Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    await dialog.get_by_role("radio", name="Knock").check()
    await dialog.get_by_role("checkbox", name="Ring until somebody answers").uncheck()
    await dialog.get_by_role("button", name="Save").click()
    await expect(dialog).to_be_hidden()
    await expect(page.locator("offer-alert")).to_have_attribute("data-sound", "knock")
    await page.reload()
    await expect(page.locator("offer-alert")).to_have_attribute("data-sound", "knock")
    await expect(page.locator("offer-alert")).to_have_attribute("data-repeats", "no")


async def test_the_hospital_s_own_bot_is_down_and_back(house: House, opened: Open, marta: Actor) -> None:
    page = await opened(marta)
    await connected(page)
    await page.evaluate(
        """() => { window.tones = 0; const made = AudioContext.prototype.createOscillator;
        AudioContext.prototype.createOscillator = function () { window.tones += 1; return made.call(this); }; }"""
    )
    await page.keyboard.press("Shift")  # no page sounds before it was touched

    async def tell(news: OwnBotDown | OwnBotBack) -> None:
        async with house.db.transaction() as tx:
            await house.news.announce(tx, news)

    await tell(OwnBotDown("unreachable"))
    await expect(page.locator("#toasts .danger")).to_contain_text("The hospital's own bot is down")
    await expect(page.locator("#offer-voice")).to_contain_text("The hospital's own bot is down")
    loud = await page.evaluate("() => window.tones")
    assert loud > 0
    await page.locator("[data-silence]").click()
    await tell(OwnBotBack(61))
    await expect(page.locator("#toasts .ok")).to_contain_text("answers again")
    assert await page.evaluate("() => window.tones") == loud, "silent stays silent"


async def test_who_touches_nothing_is_away_until_a_key_is_touched(house: House, opened: Open, elena: Actor) -> None:
    lunch = OwnPresence("lunch", Text("Pausa pranzo", "Lunch break"), "away")
    await published(house, presences=(lunch,), idle_away_seconds=600)
    page = await opened(elena)
    await connected(page)
    button = page.locator("#presence-button")
    await expect(button).to_contain_text("Available")
    for _ in range(2):  # also somebody who has touched the desk a moment ago is seen the next time
        await house.db.execute(
            "update routing.presence set since = since - $1::interval, input_at = input_at - $1::interval",
            timedelta(minutes=11),
        )
        await watch_input(house, [])
        await expect(button).to_contain_text("Away")
        await expect(page.locator("#toasts")).to_contain_text("Touch any key")
        await page.keyboard.press("Shift")
        await expect(button).to_contain_text("Available", timeout=10_000)
    await button.click()
    await page.get_by_role("button", name="Lunch break").click()
    await expect(button).to_contain_text("Lunch break")
    row = await house.db.fetchrow("select presence, own from routing.presence where staff = $1", UUID(elena.id))
    assert tuple(row) == ("away", "lunch")


async def test_what_needs_no_answer_is_said_and_cannot_be_rejected(
    house: House, opened: Open, begin: Begin, elena: Actor
) -> None:
    await published(house, notice=Notice(auto_accept=True))
    page = await opened(elena)
    await connected(page)
    await begin(None)
    await expect(page.get_by_role("link", name="Giulia Ferri").first).to_be_visible()
    await expect(page.locator("#toasts")).to_contain_text("New conversation: Giulia Ferri.")
    await published(house, notice=Notice(may_reject=False))
    await begin(None, "Anna Bruni")
    offer = page.get_by_role("group", name="Anna Bruni")
    await expect(offer.get_by_role("button", name="Accept")).to_be_visible()
    await expect(offer.get_by_role("button", name="Reject")).to_have_count(0)
