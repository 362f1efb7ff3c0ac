"""What helps while typing, by keyboard alone: quick replies, emoji, colleagues called; axe finds nothing."""

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect

from sportello.administration.actor import Actor
from sportello.administration.testing import staff_member
from sportello.conversations import replies, safekeeping
from sportello.conversations.replies import Written
from sportello.desk.tests.conftest import Begin, Open, connected
from sportello.kit.house import House
from sportello.record.tests.cast import admit

BORN = "1984-03-12"


async def _faultless(page: Page) -> None:
    violations = (await Axe().run(page)).response["violations"]
    assert [(one["id"], [node["html"][:150] for node in one["nodes"]]) for one in violations] == []


async def test_a_reply_is_found_filled_and_sent(house: House, opened: Open, begin: Begin, elena: Actor) -> None:
    for shortcut, tags, text in (
        ("saluto", "inizio", "Buongiorno, sono {agent.name} di {clinic.name}."),
        ("visita", "orari", "La Sua visita è {appointment.start}. A presto"),
    ):
        written = Written(shortcut=shortcut, tags=tags, text_it=text, text_en="English text")
        await house.db.run(lambda tx, written=written: replies.save(house, tx, elena, written))
    talk = await begin(elena)
    page = await opened(elena, f"/desk/sessions/{talk.id}")
    await connected(page)
    box = page.get_by_role("textbox", name="Message to Giulia Ferri")
    await box.focus()
    assert await box.get_attribute("lang") == "it"
    await page.keyboard.type("/sal")
    await expect(page.get_by_role("option", name="/saluto")).to_be_visible()
    await _faultless(page)
    await page.keyboard.press("Enter")
    await expect(box).to_have_value("Buongiorno, sono Elena Conti di Ospedale San Luca.")
    await page.keyboard.press("Enter")
    log = page.get_by_role("log")
    await expect(log.get_by_text("Buongiorno, sono Elena Conti di Ospedale San Luca.")).to_be_visible()
    await page.keyboard.type("/#or")
    await expect(page.get_by_role("option", name="/visita")).to_be_visible()
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Write what stands for {appointment.start} before you send.")).to_be_visible()
    await page.keyboard.type("giovedì")  # the place was marked
    await page.keyboard.press("Enter")
    await expect(log.get_by_text("La Sua visita è giovedì. A presto")).to_be_visible()
    await page.keyboard.type("/zzz")
    await expect(page.get_by_text("Nothing was found.")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.locator(".suggestions")).to_have_count(0)


async def test_an_emoji_by_its_name(opened: Open, begin: Begin, elena: Actor) -> None:
    talk = await begin(elena)
    page = await opened(elena, f"/desk/sessions/{talk.id}", language="it")
    await connected(page)
    await page.locator("[data-emoji]").click()
    await page.keyboard.type("grazie")
    await expect(page.get_by_role("option", name="grazie")).to_have_count(1)
    await _faultless(page)
    await page.keyboard.press("Enter")
    await expect(page.locator("message-composer textarea")).to_have_value("🙏")
    await expect(page.locator("message-composer textarea")).to_be_focused()


async def test_a_colleague_is_called_and_comes(opened: Open, begin: Begin, elena: Actor, davide: Actor) -> None:
    talk = await begin(elena)
    his = await opened(davide)
    await connected(his)
    page = await opened(elena, f"/desk/sessions/{talk.id}")
    await connected(page)
    await page.get_by_label("Note for colleagues only").check()
    await page.keyboard.type("@dav")
    await page.get_by_role("option", name="@Davide Greco").wait_for()
    await page.keyboard.press("Enter")
    await page.keyboard.type("sai a chi passarla?")
    await page.keyboard.press("Enter")
    await expect(his.get_by_text("Elena Conti mentions you: Giulia Ferri")).to_be_visible()
    await _faultless(his)
    await his.get_by_role("link", name="Open Giulia Ferri").click()
    await expect(his.get_by_text("@Davide Greco sai a chi passarla?")).to_be_visible()
    await expect(his.get_by_text("mentions you")).to_have_count(0)
    await expect(his.get_by_role("textbox", name="Message to Giulia Ferri")).to_have_count(0)


async def test_replies_are_written_on_their_screen(opened: Open, marta: Actor) -> None:
    page = await opened(marta, "/desk/replies")
    await page.get_by_label("Shortcut").fill("Buon giorno!")
    await page.get_by_label("Text in Italian").fill("Buongiorno {patient.given}")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("Write a shortcut: small letters").first).to_be_visible()
    await expect(page.get_by_label("Text in Italian")).to_have_value("Buongiorno {patient.given}")
    await page.get_by_label("Shortcut").fill("buongiorno")
    await page.get_by_label("For everybody").check()
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("cell", name="/buongiorno", exact=True)).to_be_visible()
    await _faultless(page)
    await page.get_by_role("link", name="Change /buongiorno").click()
    await expect(page.get_by_label("For everybody")).to_be_checked()
    await page.get_by_role("button", name="Remove /buongiorno").click()
    await expect(page.get_by_text("There are no quick replies yet.")).to_be_visible()


async def test_files_and_masking_have_a_screen(house: House, opened: Open) -> None:
    sara = await staff_member(house, "administrator", "sara", "Sara Villa")
    page = await opened(sara, "/desk/safekeeping")
    await expect(page.get_by_text("no scanner is set up on this server")).to_be_visible()
    await _faultless(page)
    await page.get_by_label("Largest file, in MB").fill("7")
    for kind in ("PDF document", "Picture (JPEG)", "Picture (PNG)", "Picture (WebP)"):
        await page.get_by_label(kind).uncheck()
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("Choose at least one kind of file.").first).to_be_visible()
    await expect(page.get_by_label("Largest file, in MB")).to_have_value("7")
    await page.get_by_label("PDF document").check()
    await page.get_by_role("group", name="Italian fiscal codes").get_by_label("In the patient's messages").uncheck()
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("Saved.")).to_be_visible()
    rules = await safekeeping.rules_of(house)
    assert (rules.file_megabytes, rules.file_types, rules.fiscal_patient) == (7, ("application/pdf",), False)
    assert rules.card_patient
    assert rules.check_first


async def test_a_visitor_is_identified_and_the_transcript_taken(
    house: House, opened: Open, begin: Begin, elena: Actor
) -> None:
    await admit(house)
    talk = await begin(elena, "Visitor 3F2A")
    page = await opened(elena, f"/desk/sessions/{talk.id}")
    await connected(page)
    await page.get_by_role("link", name="Customer").click()
    panel = page.locator(".customer")
    await expect(panel).to_contain_text("Not identified")
    await panel.get_by_label("Name, or part of it").fill("ferri")
    await page.keyboard.press("Enter")
    await panel.get_by_role("radio", name="Giulia Ferri").check()
    assert BORN not in await page.content(), "the answer is not on the page"
    await _faultless(page)
    for said in ("1990-01-01", BORN):
        await panel.get_by_label("Check question").fill(said)
        await panel.get_by_role("button", name="Compare and link").click()
        if said != BORN:
            await expect(page.get_by_text("This is not the date of birth in the record.")).to_be_visible()
    await expect(page.get_by_role("tab", name="Patient")).to_be_visible()  # the record opens by itself
    await page.get_by_role("tab", name="Customer").click()
    await expect(panel.get_by_text("Identified", exact=True)).to_be_visible()
    await expect(page.get_by_role("heading", name="Giulia Ferri", level=1)).to_be_visible()
    async with page.expect_download() as arrived:
        await panel.get_by_role("link", name="As PDF", exact=True).click()
    assert (await arrived.value).suggested_filename == "Conversation with Giulia Ferri.pdf"
    await panel.get_by_role("combobox", name="Language of the patient").select_option("en")
    await panel.get_by_role("button", name="Set", exact=True).click()
    await expect(page.locator("message-composer textarea")).to_have_attribute("lang", "en")
    await _faultless(page)
    await panel.get_by_role("button", name="Unlink from the patient").click()
    await expect(panel).to_contain_text("Not identified")
