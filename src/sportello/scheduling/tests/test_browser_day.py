"""A day of the calendar in a real Chromium, in both languages: who comes and who does not, time that is closed, and a
visit that needs another time because of it."""

import re

import pytest
from playwright.async_api import Page, expect

from sportello.administration.actor import Actor
from sportello.kit.clock import FixedClock
from sportello.kit.house import House
from sportello.scheduling.tests.browsing import Open, judged, tab_to
from sportello.scheduling.tests.conftest import slot_at
from sportello.scheduling.tests.test_booking import booked, stored


@pytest.fixture
def rooms() -> tuple[str, ...]:
    """With outreach, whose letters stand on a visit's page."""
    return ("kit", "web", "administration", "fhir", "record", "scheduling", "outreach")


SIZE = {"width": 1280, "height": 900}


async def say(page: Page, status: str) -> None:
    """What becomes of the visit, by keyboard alone."""
    await page.locator(f"form:has([name=status][value={status}])").wait_for()
    await tab_to(page, f"form:has([name=status][value={status}]) button")
    await page.keyboard.press("Enter")
    await expect(page.locator(f"form:has([name=status][value={status}])")).to_have_count(0)


@pytest.mark.parametrize("language", ["it", "en"])
async def test_who_comes_and_who_does_not(
    house: House,
    enter: Open,
    elena: Actor,
    clock: FixedClock,
    language: str,
) -> None:
    comes = await booked(house, elena, await slot_at(house, "2026-11-23 09:30"))
    not_here = await booked(house, elena, await slot_at(house, "2026-11-23 10:30"), "marco")
    day = "/desk/scheduling/calendar?day=2026-11-23&location=centro"
    page = await enter(day, language, viewport=SIZE)
    base = page.url.partition("/desk")[0]
    await page.locator(f"[data-visit='{comes.id}']").focus()
    await page.keyboard.press("Enter")
    await say(page, "arrived")
    await judged(page, f"{language}-visit-arrived")
    await say(page, "checked-in")
    clock.advance(not_here.starts - clock.now())  # type: ignore[operator]
    await page.reload()
    await say(page, "fulfilled")
    await expect(page.locator("tbody tr")).to_have_count(4)
    await judged(page, f"{language}-visit-took-place")
    await page.goto(f"{base}/desk/scheduling/calendar/visit/{not_here.id}")
    await say(page, "noshow")
    await judged(page, f"{language}-visit-did-not-come")
    assert (await stored(house, comes)).status == "fulfilled"
    assert (await stored(house, not_here)).status == "noshow"
    await page.goto(base + day)
    await expect(page.locator(f"[data-visit='{comes.id}'] .badge.ok")).to_be_visible()
    await judged(page, f"{language}-calendar-of-the-day")


@pytest.mark.parametrize("language", ["it", "en"])
async def test_time_is_closed_and_a_visit_finds_another(
    house: House,
    enter: Open,
    elena: Actor,
    language: str,
) -> None:
    one = await booked(house, elena, await slot_at(house, "2026-11-24 09:30"))
    page = await enter("/desk/scheduling/closures", language, "bruno", "supervisor", viewport=SIZE)
    await page.locator("main .button.primary").click()
    await expect(page.locator(".error-summary")).to_be_visible()
    await judged(page, f"{language}-closing-refused")
    for field, said in {"from_day": "2026-11-24", "to_day": "2026-11-24", "reason": "Corso"}.items():
        await page.locator(f"[name={field}]").fill(said)
    await page.locator("[name=practitioner]").select_option("bassi")
    await page.locator("main .button.primary").click()
    await judged(page, f"{language}-closed")
    await page.locator(".notice.ok a").click()
    await judged(page, f"{language}-conflict")
    await page.locator(f"a[href$='{one.id}']").click()
    await page.locator("a[href*='moving=']").click()
    if not await page.locator("td.target").count():  # the whole week of this practitioner may be gone: the next
        await page.locator("nav.calendar-steps a").last.click()
    await page.locator("td.target a").first.click()
    await judged(page, f"{language}-conflict-moving")
    await page.locator(".scheduling-step button.primary").click()
    await expect(page.locator(".notice.ok")).to_be_visible()
    moved = await stored(house, one)
    assert moved.starts
    assert moved.starts.date() != one.starts.date()  # type: ignore[union-attr]
    base = page.url.partition("/desk")[0]
    await page.goto(f"{base}/desk/scheduling/conflicts")
    await expect(page.locator("main li a")).to_have_count(0)
    await page.goto(f"{base}/desk/scheduling/closures")
    await page.locator("form[action$='/lift'] button").click()
    await expect(page).to_have_url(re.compile("lifted"))
    await judged(page, f"{language}-open-again")
