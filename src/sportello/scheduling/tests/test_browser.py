"""The wizard in a real Chromium: by keyboard alone, in both languages, without scripts, judged by axe."""

from pathlib import Path

import pytest
from playwright.async_api import expect

from sportello.administration.actor import Actor
from sportello.kit.house import House
from sportello.scheduling.tests.browsing import SHOTS, Open, judged, tab_to
from sportello.scheduling.tests.conftest import slot_at, status_of
from sportello.scheduling.tests.test_booking import booked


@pytest.fixture
def rooms() -> tuple[str, ...]:
    """With outreach, whose part about the mail stands at the wizard's end."""
    return ("kit", "web", "administration", "fhir", "record", "scheduling", "outreach")


@pytest.mark.parametrize(("language", "width"), [("en", 1200), ("it", 390)])
async def test_a_visit_is_booked_by_keyboard_alone(house: House, enter: Open, language: str, width: int) -> None:
    page = await enter("/desk/scheduling/wizard?patient=giulia", language, viewport={"width": width, "height": 800})
    shot = f"{language}-{width}"
    heading = page.locator(".scheduling-step h3")
    await judged(page, f"{shot}-1-who")
    await tab_to(page, "input[name=who]")
    await page.keyboard.press("Space")
    await page.keyboard.press("Enter")
    await expect(page.locator("input[name=type]").first).to_be_visible()
    await expect(heading).to_be_focused()
    await judged(page, f"{shot}-2-type")
    await tab_to(page, "input[name=type]")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(page.locator("input[name=place]").first).to_be_visible()
    await judged(page, f"{shot}-3-place")
    await tab_to(page, "input[name=place]")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(page.locator("slot-picker")).to_be_visible()
    await judged(page, f"{shot}-4-time")
    await tab_to(page, "button[name=slot]")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("ArrowRight")
    await page.keyboard.press("Enter")
    await expect(page.locator("slot-hold")).to_contain_text("14:5")
    await expect(page.locator(".scheduling .button.primary")).to_be_focused()
    await judged(page, f"{shot}-4-held")
    await page.keyboard.press("Enter")
    await expect(page.locator("input[name=reason]")).to_be_visible()
    await tab_to(page, "input[name=reason]")
    await page.keyboard.press("Enter")
    await expect(page.locator(".error-summary")).to_be_focused()
    await judged(page, f"{shot}-5-refused")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.locator("input[name=reason]")).to_be_focused()
    await page.keyboard.type("Dolore al petto <b>dopo</b> le scale & affanno 🫀")
    await tab_to(page, "input[name=brings][type=checkbox]")
    await page.keyboard.press("Space")
    await page.keyboard.press("Enter")
    await expect(page.locator(".scheduling-review")).to_contain_text("<b>dopo</b> le scale & affanno 🫀")
    await judged(page, f"{shot}-6-review")
    await tab_to(page, "button[value=schedule]")
    await page.keyboard.press("Enter")
    await expect(page.locator("input[name=mail]").first).to_be_visible()
    await judged(page, f"{shot}-7-confirm")
    await tab_to(page, "button[value=done]")
    await page.keyboard.press("Enter")
    await expect(page.locator(".scheduling-mail")).to_be_visible()
    await judged(page, f"{shot}-8-done")
    await page.get_by_role("link", name="Giulia Ferri").click()
    await expect(page.locator("article.scheduling-card")).to_have_count(1)
    await judged(page, f"{shot}-9-appointments")


async def test_a_virtual_visit_shows_its_link_by_itself(house: House, enter: Open) -> None:
    page = await enter("/desk/scheduling/wizard?patient=giulia")
    for name, value in [("who", "specialty:cardiology"), ("type", "heart-check|virtual"), ("place", "any")]:
        await page.locator(f'input[name={name}][value="{value}"]').check()
        await page.get_by_role("button", name="Continue").click()
    await page.locator("button[name=slot]").first.click()
    await expect(page.locator("slot-hold")).to_be_visible()
    await page.get_by_role("button", name="Continue").click()
    await page.locator("input[name=reason]").fill("Controllo")
    await page.locator("input[name=brings][type=checkbox]").check()
    await page.get_by_role("button", name="Continue").click()
    await page.get_by_role("button", name="Schedule appointment").dblclick()
    await expect(page.locator(".scheduling-status")).to_contain_text("Pending")
    await judged(page, "en-virtual-pending")
    await house.jobs.run_due()
    await expect(page.locator(".scheduling-status")).to_contain_text("Booked")
    assert await house.db.fetchval("select count(*) from scheduling.appointment") == 1
    link = await page.get_by_role("link", name="Meeting link").get_attribute("href")
    assert link
    visit = await enter(link[link.index("/visit/") :], "it", viewport={"width": 390, "height": 800})
    await judged(visit, "it-visit")


async def test_moving_and_cancelling(house: House, enter: Open, elena: Actor) -> None:
    await booked(house, elena, await slot_at(house, "2026-11-24 09:30"))
    page = await enter("/desk/scheduling/appointments?patient=giulia", "it")
    await judged(page, "it-appointments")
    await page.get_by_role("button", name="Sposta").click()
    await expect(page.locator(".scheduling-now")).to_contain_text("09:30")
    await judged(page, "it-move-time")
    await page.locator("button[name=slot]").nth(3).click()
    await expect(page.locator("slot-hold")).to_be_visible()
    await page.get_by_role("button", name="Continua").click()
    await expect(page.locator("textarea[name=details]")).to_be_visible()
    await page.get_by_role("button", name="Continua").click()
    await judged(page, "it-move-review")
    await page.get_by_role("button", name="Sposta appuntamento").click()
    await page.get_by_role("radio", name="No").check()
    await page.get_by_role("button", name="Fine").click()
    await expect(page.get_by_role("heading", name="L'appuntamento è stato spostato")).to_be_focused()
    await judged(page, "it-move-done")
    await page.get_by_role("link", name="Appuntamenti di Giulia Ferri").click()
    await page.get_by_role("link", name="Annulla").click()
    await page.get_by_role("button", name="Annulla appuntamento").click()
    await expect(page.locator(".error-summary")).to_be_focused()
    await judged(page, "it-cancel-refused")
    await page.get_by_label("Lo ha chiesto il paziente").check()
    await page.get_by_role("button", name="Annulla appuntamento").click()
    await expect(page.locator(".scheduling-status")).to_contain_text("Annullato")
    await judged(page, "it-cancelled")


async def test_without_scripts(house: House, enter: Open) -> None:
    page = await enter("/desk/scheduling/wizard?patient=giulia", java_script_enabled=False)
    await page.locator('input[name=who][value="specialty:dermatology"]').check()
    await page.get_by_role("button", name="Continue").click()
    await page.locator("input[name=type]").check()
    await page.get_by_role("button", name="Continue").click()
    await page.locator("input[name=place][value=any]").check()
    await page.get_by_role("button", name="Continue").click()
    await page.locator("button[name=slot]").first.click()
    await expect(page.locator("slot-hold")).to_contain_text("kept for you")
    await page.get_by_role("button", name="Continue").click()
    await page.get_by_role("button", name="Continue").click()
    await expect(page.locator(".error-summary")).to_contain_text("Write the reason")
    await page.locator("input[name=reason]").fill("Controllo nei")
    await page.get_by_role("button", name="Continue").click()
    await page.get_by_role("button", name="Schedule appointment").click()
    await page.get_by_role("button", name="Done").click()
    await expect(page.locator(".scheduling-card")).to_contain_text("Booked")


async def test_a_tab_that_goes_gives_its_time_back(house: House, enter: Open) -> None:
    page = await enter("/desk/scheduling/wizard?patient=giulia")
    for name, value in [("who", "practitioner:bassi"), ("type", "heart-check|in_person"), ("place", "centro")]:
        await page.locator(f'input[name={name}][value="{value}"]').check()
        await page.get_by_role("button", name="Continue").click()
    slot = int(await page.locator("button[name=slot]").first.get_attribute("value") or 0)
    await page.locator("button[name=slot]").first.click()
    await expect(page.locator("slot-hold")).to_be_visible()
    await page.reload()
    await expect(page.locator("slot-hold")).to_be_visible()
    assert await status_of(house, slot) == "busy-tentative"
    async with page.expect_response("**/leave"):
        await page.evaluate("document.querySelector('.scheduling').remove()")
    assert await status_of(house, slot) == "free"


@pytest.mark.parametrize("language", ["it", "en"])
async def test_two_at_the_calendar_see_each_others_moves(
    house: House, enter: Open, elena: Actor, language: str
) -> None:
    one = await booked(house, elena, await slot_at(house, "2026-11-24 09:30"))
    day = "/desk/scheduling/calendar?day=2026-11-24"
    size = {"width": 1280, "height": 900}
    hers = await enter(f"{day}&location=centro", language, "elena", viewport=size)
    his = await enter(
        "/desk/scheduling/calendar?view=week&day=2026-11-24&practitioner=bassi", language, "bruno", viewport=size
    )
    await judged(hers, f"{language}-calendar-day")
    await judged(his, f"{language}-calendar-week")
    there = {page: page.locator(f"[data-visit='{one.id}']") for page in (hers, his)}
    for page in (hers, his):
        await expect(there[page]).to_contain_text("09:30")
    # By dragging, in one browser; the other follows without being touched.
    target = await slot_at(house, "2026-11-24 11:00")
    await there[hers].drag_to(hers.locator(f"td[data-slot='{target}']"))
    await expect(hers.locator(".scheduling-review")).to_contain_text("11:00")
    await judged(hers, f"{language}-calendar-moving")
    await hers.locator(".scheduling-step button.primary").click()
    await expect(there[his]).to_contain_text("11:00")
    # By keyboard alone, in the other.
    await hers.goto(hers.url.partition("/desk")[0] + f"{day}&location=centro")
    await there[his].focus()  # many free times stand before it in the order of tabbing
    await his.keyboard.press("Enter")
    await expect(his.locator(".scheduling-card")).to_be_visible()
    await judged(his, f"{language}-calendar-visit")
    await tab_to(his, "a[href*='moving=']")
    await his.keyboard.press("Enter")
    await expect(his.locator("td.target").first).to_be_visible()
    await judged(his, f"{language}-calendar-targets")
    await his.locator("td.target a").first.focus()
    await his.keyboard.press("Enter")
    await expect(his.locator(".scheduling-review")).to_be_visible()
    await tab_to(his, ".scheduling-step button.primary")
    await his.keyboard.press("Enter")
    await expect(his.locator(".notice.ok")).to_be_visible()
    await expect(there[hers]).not_to_contain_text("11:00")
    # What is printed is the day, without what is for clicking.
    await hers.emulate_media(media="print")
    for gone in (".calendar-filter", ".calendar-head .tabs", "nav.calendar-steps a >> nth=0"):
        await expect(hers.locator(gone)).to_be_hidden()
    await expect(hers.locator(".calendar-day")).to_be_visible()
    if SHOTS:
        await hers.screenshot(path=Path(SHOTS) / f"{language}-calendar-printed.png", full_page=True)
