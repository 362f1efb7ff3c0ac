"""The conversation panel in a real browser: ten thousand messages, searching far back, removing, links."""

from playwright.async_api import expect

from sportello.administration.actor import Actor
from sportello.conversations import files, posting
from sportello.conversations.tests.test_files import PDF, photo
from sportello.desk.tests.conftest import Begin, Open, connected
from sportello.kit.house import House
from sportello.kit.ids import uuid7

_MANY = """
with made as (
    insert into kit.event (stream, seq, at, kind, sender, audience, client_id, body)
    select $1, s.last_seq + n, now(), 'message', case when n % 2 = 0 then 'patient' else 'system' end, 'all',
        gen_random_uuid(),
        jsonb_build_object('text', 'riga ' || n || case n when 4321 then ' con il referto' else '' end)
    from generate_series(1, 10000) n, kit.stream s where s.stream = $1
) update kit.stream set last_seq = last_seq + 10000 where stream = $1
"""


async def test_ten_thousand_messages_and_a_word_far_back(
    house: House, opened: Open, begin: Begin, elena: Actor
) -> None:
    talk = await begin(elena)
    await house.db.execute(_MANY, talk.stream)
    page = await opened(elena, f"/desk/sessions/{talk.id}")
    await connected(page)
    log = page.get_by_role("log")
    await expect(log.get_by_text("riga 10000", exact=True)).to_be_visible()
    assert await log.locator("li").count() <= 40
    await page.get_by_role("textbox", name="Message to Giulia Ferri").focus()
    await page.keyboard.press("Control+f")
    await page.get_by_role("searchbox", name="Search in this conversation").fill("il REFERTO")
    await page.get_by_text("1 message found").wait_for()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    found = log.locator("li", has_text="riga 4321 con il referto")
    await expect(found).to_be_focused()
    await expect(found).to_be_in_viewport()
    await posting.post(house, talk.id, {"text": "intanto"}, sender="patient", client_id=uuid7())
    await expect(log.get_by_text("intanto")).to_have_count(0)
    assert await log.locator("li").count() <= 60
    await page.get_by_role("button", name="To the latest messages").click()
    await expect(log.get_by_text("intanto", exact=True)).to_be_visible()


async def test_a_message_is_removed_with_a_reason(house: House, opened: Open, begin: Begin, marta: Actor) -> None:
    talk = await begin(marta)
    page = await opened(marta, f"/desk/sessions/{talk.id}")
    await connected(page)
    log = page.get_by_role("log")
    await posting.post(house, talk.id, {"text": "dati di un altro"}, sender="patient", client_id=uuid7(), name="Giulia")
    row = log.locator("li", has_text="Giulia").last
    await row.get_by_text("dati di un altro").wait_for()
    await log.focus()
    await page.keyboard.press("ArrowUp")
    await page.keyboard.press("Delete")
    dialog = page.get_by_role("dialog", name="Remove a message")
    await expect(dialog).to_contain_text("dati di un altro")
    await page.keyboard.type("Dati di un'altra persona")
    await page.keyboard.press("Enter")
    await expect(dialog).to_be_hidden()
    await expect(log).to_contain_text("Removed by Marta Ricci: Dati di un'altra persona")
    await page.reload()
    await expect(log).to_contain_text("Removed by Marta Ricci: Dati di un'altra persona")
    await expect(page.get_by_text("dati di un altro")).to_have_count(0)


async def test_links_show_where_they_lead(house: House, opened: Open, begin: Begin, elena: Actor) -> None:
    talk = await begin(elena)
    page = await opened(elena, f"/desk/sessions/{talk.id}")
    await connected(page)
    log = page.get_by_role("log")
    said = "guardi https://ospedale.it@evil.example/x, javascript:alert(1)"
    await posting.post(house, talk.id, {"text": said}, sender="patient", client_id=uuid7())
    for _ in range(2):  # live, then from the page
        link = log.get_by_role("link")
        await expect(link).to_have_count(1)
        assert await link.get_attribute("rel") == "noopener noreferrer nofollow"
        await expect(log).to_contain_text("https://ospedale.it@evil.example/x (evil.example), javascript:alert(1)")
        await page.reload()
        await connected(page)


async def test_files_both_ways(house: House, opened: Open, begin: Begin, elena: Actor, davide: Actor) -> None:
    talk = await begin(elena)
    page = await opened(elena, f"/desk/sessions/{talk.id}")
    await connected(page)
    log = page.get_by_role("log")
    await page.locator("[data-files]").set_input_files(
        [
            {"name": "istruzioni.pdf", "mimeType": "application/pdf", "buffer": PDF},
            {"name": "virus.pdf", "mimeType": "application/pdf", "buffer": b"MZ" + bytes(99)},
        ]
    )
    await expect(log.get_by_role("link", name="istruzioni.pdf")).to_be_visible()
    refused = log.locator("li", has_text="virus.pdf")
    await expect(refused).to_contain_text("Files of this kind cannot be sent. Possible are: PDF document")
    await refused.get_by_role("button", name="Try again").click()
    await expect(refused).to_contain_text("Files of this kind cannot be sent.")
    file = uuid7()
    patient = Actor(kind="patient", id="giulia", name="")
    await files.send(house, talk.id, photo("PNG"), file=file, name="IMG_1.png", by=patient, language="it")
    link = log.get_by_role("link", name="IMG_1.png")
    await expect(link.locator("img")).to_have_js_property("complete", True)
    assert await link.locator("img").evaluate("one => one.naturalWidth") > 0
    async with page.expect_download() as arrived:
        await link.click()
    assert (await arrived.value).suggested_filename == "IMG_1.png"
    answer = await page.request.get(f"{page.url.split('/desk')[0]}/desk/files/{file}")
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-disposition"].startswith("attachment")
    stranger = await opened(davide, "/desk")
    assert (await stranger.request.get(answer.url)).status == 404
    assert await house.db.fetchval(
        "select count(*) from administration.audit_event where action = 'conversation.file_read'"
    ) == 2  # fmt: skip
    await page.keyboard.press("Alt+i")
    await expect(page.get_by_role("button", name="Add the note")).to_be_visible()
    await page.locator("[data-files]").set_input_files({"name": "a.pdf", "mimeType": "a/b", "buffer": PDF})
    await expect(page.get_by_text("A note carries no file")).to_be_visible()
    await expect(log.get_by_text("a.pdf")).to_have_count(0)
