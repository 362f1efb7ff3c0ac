"""The desk by keyboard alone, the palette, presence, and what is not linked to a patient yet."""

from playwright.async_api import expect

from sportello.administration.actor import Actor
from sportello.conversations import posting, store
from sportello.conversations.states import State
from sportello.desk.tests.conftest import Begin, Open, connected
from sportello.kit.house import House
from sportello.kit.ids import uuid7
from sportello.record.tests.cast import GIULIA, admit


async def test_the_whole_part_by_keyboard(house: House, opened: Open, begin: Begin, elena: Actor) -> None:
    """Accept, answer, open and close a tab, look at the other session, end, note, close: no pointer."""
    await begin(elena, "Marco Bianchi")
    page = await opened(elena)
    await connected(page)
    talk = await begin(None)
    await page.locator("[data-offer]").wait_for()
    keys = page.keyboard
    await keys.press("Alt+a")
    box = page.get_by_role("textbox", name="Message to Giulia Ferri")
    await expect(box).to_be_focused()
    await keys.type("Buongiorno")
    await keys.press("Shift+Enter")
    await keys.type("come posso aiutarla?")
    await keys.press("Enter")
    await expect(page.get_by_role("log").get_by_text("Buongiorno\ncome posso aiutarla?")).to_have_count(1)
    await keys.press("F6")
    await expect(page.get_by_role("tab", selected=True)).to_be_focused()
    await keys.press("Alt+t")
    await keys.type("my work")
    await keys.press("ArrowDown")
    await keys.press("ArrowUp")
    await keys.press("Enter")
    tab = page.get_by_role("tab", name="My work")
    await expect(tab).to_be_focused()
    await keys.press("Alt+w")
    await expect(tab).to_have_count(0)
    await keys.press("Alt+1")
    await expect(page.get_by_role("heading", level=1, name="Marco Bianchi")).to_be_visible()
    await keys.press("Alt+2")
    await expect(box).to_be_focused()
    end = page.get_by_role("button", name="End the conversation").locator("visible=true")
    for _ in range(12):
        if await end.evaluate("one => one === document.activeElement"):
            break
        await keys.press("Shift+Tab")
    await keys.press("Enter")
    note = page.get_by_role("textbox", name="Wrap-up note")
    await expect(note).to_be_focused()
    await keys.type("Richiesta chiarita.")
    await keys.press("Tab")
    await keys.press("Enter")
    await expect(page.get_by_role("heading", level=1, name="Home")).to_be_visible()
    closed = await store.get(house.db, talk.id)
    assert closed is not None
    assert closed.state is State.CLOSED


async def test_the_palette_finds_sessions_parts_and_patients(
    house: House, opened: Open, begin: Begin, elena: Actor
) -> None:
    await admit(house)
    await begin(elena, "Marco Bianchi")
    page = await opened(elena)
    await connected(page)
    await page.keyboard.press("Control+k")
    field = page.get_by_role("combobox", name="Search sessions, patients")
    await expect(field).to_be_focused()
    await field.fill("marco")
    await expect(page.get_by_role("option").first).to_contain_text("Marco Bianchi")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1, name="Marco Bianchi")).to_be_visible()
    await page.keyboard.press("Control+k")
    await field.fill("giulia fer")
    await expect(page.get_by_role("option").first).to_contain_text("Giulia Ferri")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("tab", name="Giulia Ferri")).to_have_attribute("aria-selected", "true")


async def test_an_unknown_visitor_is_linked_to_a_patient(
    house: House, opened: Open, begin: Begin, elena: Actor
) -> None:
    await admit(house)
    talk = await begin(elena, "Visitor 3F2A")
    page = await opened(elena, f"/desk/sessions/{talk.id}")
    await connected(page)
    await page.evaluate(
        """id => document.dispatchEvent(new CustomEvent("desk:open-tab",
        {detail: {url: `/desk/patient/${id}`, title: "Giulia Ferri"}}))""",
        GIULIA,
    )
    await page.get_by_label("Date of birth, as the patient tells it").fill("1990-01-01")
    await page.get_by_role("button", name="Compare and link").click()
    await expect(page.get_by_text("This is not the date of birth in the record.")).to_be_visible()
    await page.get_by_label("Date of birth, as the patient tells it").fill("1984-03-12")
    await page.get_by_role("button", name="Compare and link").click()
    await expect(page.get_by_role("button", name="Compare and link")).to_have_count(0)
    linked = await store.get(house.db, talk.id)
    assert linked is not None
    assert linked.patient_id == GIULIA


async def test_presence_is_chosen_in_the_bar(opened: Open, elena: Actor) -> None:
    page = await opened(elena)
    await connected(page)
    await page.get_by_role("button", name="Presence: Available").click()
    await page.get_by_role("button", name="Do not disturb").click()
    await expect(page.get_by_role("button", name="Presence: Do not disturb")).to_be_visible()


async def test_new_words_do_not_move_who_reads_above(house: House, opened: Open, begin: Begin, elena: Actor) -> None:
    talk = await begin(elena)
    for number in range(60):
        await posting.post(house, talk.id, {"text": f"riga {number}"}, sender="patient", client_id=uuid7())
    page = await opened(elena, f"/desk/sessions/{talk.id}")
    await connected(page)
    log = page.get_by_role("log")
    assert await log.locator("li").count() == 40
    await expect(log.get_by_text("riga 59", exact=True)).to_be_in_viewport()
    await log.evaluate("one => { one.scrollTop = 0; }")
    await log.get_by_text("riga 0", exact=True).wait_for(state="attached")
    await log.evaluate("one => { one.scrollTop = 200; }")
    before = await log.evaluate("one => one.scrollTop")
    await posting.post(house, talk.id, {"text": "nuova"}, sender="patient", client_id=uuid7())
    newer = page.get_by_role("button", name="New messages: 1")
    await newer.wait_for()
    assert abs(await log.evaluate("one => one.scrollTop") - before) < 2
    await newer.click()
    await expect(log.get_by_text("nuova", exact=True)).to_be_in_viewport()
