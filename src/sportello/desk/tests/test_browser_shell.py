"""The shell in a real browser: tabs change places, "+" finds, links are copied, two supervisors act at once."""

from playwright.async_api import expect

from sportello.administration.actor import Actor
from sportello.administration.testing import staff_member
from sportello.conversations import store
from sportello.desk.tests.conftest import Begin, Open, connected
from sportello.kit.house import House
from sportello.routing.presence import arrive


async def test_tabs_change_places_by_keys_and_by_hand(opened: Open, begin: Begin, elena: Actor) -> None:
    talk = await begin(elena)
    page = await opened(elena, f"/desk/sessions/{talk.id}")
    await connected(page)
    keys, tabs = page.keyboard, page.locator(".session:not([hidden]) [role=tablist]").get_by_role("tab")
    for name in ("Articles", "My work"):
        await keys.press("Alt+t")
        await keys.type(name)
        await keys.press("Enter")
        await expect(page.get_by_role("tab", name=name)).to_be_focused()
    await expect(tabs).to_have_text(["Script", "Articles", "My work"])
    async with page.expect_response(lambda answer: answer.url.endswith("/tabs/order")):
        await keys.press("Control+Shift+ArrowLeft")
    await expect(tabs).to_have_text(["Script", "My work", "Articles"])
    await expect(page.get_by_role("tab", name="My work")).to_be_focused()
    await expect(page.get_by_text("Tab moved to place 2 of 3.")).to_have_count(1)
    first, last = await tabs.first.bounding_box(), await tabs.last.bounding_box()
    assert first
    assert last
    async with page.expect_response(lambda answer: answer.url.endswith("/tabs/order")):
        await page.mouse.move(last["x"] + 20, last["y"] + 10)
        await page.mouse.down()
        for x in (last["x"] - 30, first["x"] + 40, first["x"] + 4):
            await page.mouse.move(x, first["y"] + 10)
        await page.mouse.up()
    await expect(tabs).to_have_text(["Articles", "Script", "My work"])
    await page.reload()
    await expect(tabs).to_have_text(["Articles", "Script", "My work"])
    await page.locator(".session:not([hidden]) [data-tab-more]").click()
    await page.get_by_role("button", name="Close the other tabs").click()
    await expect(tabs).to_have_count(1)


async def test_a_page_of_administration_stays_in_its_tab(house: House, opened: Open) -> None:
    sara = await staff_member(house, "administrator", "sara", "Sara Villa")
    page = await opened(sara, "/desk?session=home&tab=/desk/wait-levels&kind=wait-levels")
    await connected(page)
    panel = page.locator("[role=tabpanel]:visible")
    await panel.get_by_label("Seconds until a wait is too long").fill("10")
    await panel.get_by_role("button", name="Save").click()
    await expect(panel.get_by_role("alert")).to_be_focused()
    await panel.get_by_label("Seconds until a wait is too long").last.fill("240")
    await panel.get_by_role("button", name="Save").click()
    await expect(panel.get_by_text("Saved.")).to_be_visible()
    await expect(page.locator("desk-app")).to_be_visible()
    assert page.url.endswith("/desk")


async def test_two_supervisors_assign_at_once(
    house: House, opened: Open, begin: Begin, elena: Actor, davide: Actor, marta: Actor
) -> None:
    for agent in (elena, davide):
        await house.db.run(lambda tx, agent=agent: arrive(house, tx, agent))
    nadia = await staff_member(house, "supervisor", "nadia", "Nadia Bruni")
    desks = [await opened(agent) for agent in (elena, davide)]
    for desk in desks:
        await connected(desk)
        await desk.locator("#presence-button").click()
        await desk.locator("#presence-menu [value=busy]").click()
    talk = await begin(None)
    boards = [await opened(one, "/desk/board") for one in (marta, nadia)]
    for board, name in zip(boards, ("Elena Conti", "Davide Greco"), strict=True):
        await connected(board)
        await board.get_by_role("button", name="Assign the conversation of Giulia Ferri").click()
        await board.get_by_role("dialog", name="Assign").get_by_label(name).check()
    for board in boards:
        await board.get_by_role("dialog", name="Assign").get_by_role("button", name="Assign", exact=True).click()
    await expect(boards[1].get_by_text("Meanwhile this conversation went to Elena Conti.")).to_be_visible()
    await expect(boards[1].locator("tr[data-row]").get_by_text("Elena Conti")).to_be_visible()
    held = await store.get(house.db, talk.id)
    assert held is not None
    assert held.agent_name == "Elena Conti"
    await expect(desks[0].get_by_role("link", name="Giulia Ferri").first).to_be_visible()


async def test_no_row_moves_under_the_pointer(opened: Open, begin: Begin, house: House, marta: Actor) -> None:
    from sportello.routing.supervising import force_close

    first = await begin(None, "Giulia Ferri")
    await begin(None, "Mario Bassi")
    page = await opened(marta, "/desk/board")
    await connected(page)
    rows = page.locator("tr[data-row] th")
    await expect(rows).to_have_text(["Giulia Ferri", "Mario Bassi"])
    await page.locator("tr[data-row]").last.hover()
    await house.db.run(lambda tx: force_close(house, tx, first.id, marta, "prova"))
    await expect(page.locator("tr.gone")).to_have_count(1)
    await expect(rows).to_have_text(["Giulia Ferri", "Mario Bassi"])
    await page.mouse.move(5, 5)
    await expect(rows).to_have_text(["Mario Bassi"])
