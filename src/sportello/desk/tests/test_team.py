"""The team's screen: who is at the desks, as it changes; a presence that a supervisor sets; one person's day."""

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import expect

from sportello.administration.actor import Actor
from sportello.desk.tests.conftest import Open, connected
from sportello.kit.house import House
from sportello.routing.presence import set_presence
from sportello.routing.rules import Presence


async def test_a_supervisor_sees_the_team_and_sets_a_presence(
    house: House, opened: Open, elena: Actor, davide: Actor, marta: Actor
) -> None:
    for one in (elena, davide):
        await house.db.run(lambda tx, one=one: set_presence(house, tx, one, Presence.AVAILABLE))  # type: ignore[misc]
    desk = await opened(elena)
    await connected(desk)
    page = await opened(marta, "/desk/team")
    await connected(page)
    row = page.get_by_role("row", name="Elena Conti")
    await expect(row).to_contain_text("Available")
    await expect(row).to_contain_text("0 of 5")
    await row.get_by_role("combobox", name="Presence of Elena Conti").select_option("away")
    await row.get_by_role("button", name="Set the presence of Elena Conti").click()
    await expect(desk.locator("#presence-button")).to_contain_text("Away")
    await page.get_by_role("heading", name="Team").click()
    await expect(row).to_contain_text("set by a supervisor", timeout=10_000)
    await row.get_by_role("button", name="Elena Conti", exact=True).click()
    await expect(page.locator("#team-day li").first).to_contain_text("Marta Ricci")
    found = await Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    refused = await desk.request.get(page.url)
    assert refused.status == 403
