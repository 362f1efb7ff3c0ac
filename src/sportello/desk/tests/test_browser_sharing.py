"""Colleagues in real browsers, by keyboard: advice that the patient does not see, and a transfer that is accepted."""

from uuid import UUID

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect

from sportello.administration.actor import Actor
from sportello.conversations import store
from sportello.conversations.inviting import accept
from sportello.desk.tests.conftest import Begin, Open, connected
from sportello.kit.house import House
from sportello.routing.colleagues import ask
from sportello.routing.presence import set_presence
from sportello.routing.rules import Presence
from sportello.routing.tests.cast import until


async def faultless(page: Page) -> None:
    found = await Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


async def at_desk(opened: Open, house: House, who: Actor, path: str = "/desk") -> Page:
    page = await opened(who, path)
    await connected(page)
    await house.db.run(lambda tx: set_presence(house, tx, who, Presence.AVAILABLE))
    return page


async def test_advice_is_asked_and_given_by_keyboard(
    house: House, opened: Open, begin: Begin, elena: Actor, davide: Actor
) -> None:
    talk = await begin(elena)
    colleague = await at_desk(opened, house, davide)
    page = await opened(elena, f"/desk/sessions/{talk.id}")
    await connected(page)

    await page.keyboard.press("Control+k")
    await page.keyboard.type("/consult")
    await page.get_by_role("option", name="Ask a colleague for advice").wait_for()
    await expect(page.get_by_role("option")).to_have_count(1)
    await page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Colleagues")
    await expect(dialog.get_by_role("radio", name="Ask for advice")).to_be_focused()
    await faultless(page)
    await page.keyboard.press("Tab")
    await page.keyboard.press("Space")
    await expect(dialog.get_by_role("radio", name="Davide Greco")).to_be_checked()
    await page.keyboard.press("Tab")
    await page.keyboard.type("Serve l'impegnativa?")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(dialog).to_be_hidden()
    parties = page.get_by_role("list", name="Colleagues in this conversation")
    await expect(parties).to_contain_text("Davide Greco")

    ringing = colleague.get_by_role("group", name="Elena Conti asks you for advice")
    await expect(ringing).to_contain_text("Serve l'impegnativa?")
    assert "Elena Conti asks you for advice" in (await colleague.locator("#offer-voice").text_content() or "")
    await faultless(colleague)
    await colleague.keyboard.press("Alt+a")
    whisper = colleague.get_by_role("textbox", name="Whisper to colleagues")
    await whisper.fill("Sì, quella rossa.")
    await whisper.press("Enter")
    await expect(page.get_by_role("log").get_by_text("Sì, quella rossa.", exact=True)).to_be_visible()
    await expect(page.get_by_text("Davide Greco reads along and advises you.")).to_be_visible()
    await faultless(colleague)
    await colleague.get_by_role("button", name="Leave").click()
    await expect(colleague.get_by_role("heading", name="Home", level=1)).to_be_visible()
    await expect(parties).to_have_count(0)
    patients = [e.kind for e in await house.streams.since(talk.stream, 0, audience="all")]
    assert set(patients) == {"moved"}


async def test_a_transfer_is_refused_and_then_accepted(
    house: House, opened: Open, begin: Begin, elena: Actor, davide: Actor
) -> None:
    talk = await begin(elena)
    colleague = await at_desk(opened, house, davide)
    page = await opened(elena, f"/desk/sessions/{talk.id}")
    await connected(page)
    dialog = page.get_by_role("dialog", name="Colleagues")
    for answer in ("Decline", "Accept"):
        await page.get_by_role("button", name="Colleagues", exact=True).click()
        await dialog.get_by_role("radio", name="Transfer to a colleague").check()
        await dialog.get_by_role("button", name="Go on").click()
        await expect(dialog.get_by_role("alert")).to_contain_text("Choose a colleague.")
        await expect(dialog.get_by_role("radio", name="Transfer to a colleague")).to_be_checked()
        await dialog.get_by_role("radio", name="Davide Greco").check()
        await dialog.get_by_role("button", name="Go on").click()
        await (
            colleague.get_by_role("group", name="Elena Conti asks you to take")
            .get_by_role("button", name=answer)
            .click()
        )
        said = "it stays with you" if answer == "Decline" else "has the conversation now"
        await expect(page.locator("#toasts").get_by_text(said)).to_be_visible()
    await expect(colleague.get_by_role("heading", name="Giulia Ferri", level=1)).to_be_visible()
    await expect(page.get_by_role("heading", name="Home", level=1)).to_be_visible()
    found = await store.get(house.db, talk.id)
    assert found
    assert found.agent == UUID(davide.id)


async def test_a_whisper_under_way_stays_one_when_its_writer_may_write_to_the_patient(
    house: House, opened: Open, begin: Begin, elena: Actor, davide: Actor
) -> None:
    talk = await begin(elena)
    colleague = await at_desk(opened, house, davide)
    for kind in ("consult", "join"):
        asked = await house.db.run(
            lambda tx, kind=kind: ask(house, tx, talk.id, kind=kind, staff=UUID(davide.id), actor=elena)  # type: ignore[misc]
        )
        if kind == "join":
            await colleague.get_by_role("textbox", name="Whisper to colleagues").press_sequentially("È difficile")
        await house.db.run(lambda tx, one=asked.id: accept(house, tx, one, davide))  # type: ignore[misc]
        if kind == "consult":
            await colleague.get_by_role("link", name="Giulia Ferri").first.click()
    field = colleague.get_by_role("textbox", name="Message to Giulia Ferri")
    await expect(field).to_be_focused()
    await expect(field).to_have_value("È difficile")
    await expect(colleague.get_by_role("checkbox", name="Note for colleagues only")).to_be_checked()
    await field.press("Enter")
    await expect(field).to_have_value("")
    await expect(colleague.get_by_role("log").get_by_text("È difficile")).to_be_visible()

    async def said() -> list[str]:
        return [e.kind for e in await house.streams.since(talk.stream, 0) if e.body.get("text") == "È difficile"]

    assert await until(said) == ["note"]


async def test_a_supervisor_whispers_and_takes_over(
    house: House, opened: Open, begin: Begin, elena: Actor, marta: Actor
) -> None:
    talk = await begin(elena)
    page = await opened(elena, f"/desk/sessions/{talk.id}")
    await connected(page)
    board = await opened(marta, "/desk/board")
    await board.get_by_role("button", name="Giulia Ferri", exact=True).click()
    whisper = board.get_by_role("textbox", name="Whisper to colleagues")
    await whisper.fill("Proponga il martedì")
    await whisper.press("Enter")
    await expect(page.get_by_role("log").get_by_text("Proponga il martedì")).to_be_visible()
    await board.locator("summary", has_text="Take over").click()
    await board.get_by_label("Why").first.fill("Reclamo")
    await faultless(board)
    await board.get_by_role("button", name="Take the conversation over").click()
    await board.wait_for_url("**/desk/sessions/*")
    await expect(board.get_by_role("textbox", name="Message to Giulia Ferri")).to_be_visible()
    await expect(page.get_by_role("heading", name="Home", level=1)).to_be_visible()
    found = await store.get(house.db, talk.id)
    assert found
    assert found.agent == UUID(marta.id)
    told = [e.body for e in await house.streams.since(talk.stream, 0) if e.kind == "party"]
    assert [(one["event"], one["name"], one["note"]) for one in told] == [("taken-over", "Marta Ricci", "Reclamo")]
