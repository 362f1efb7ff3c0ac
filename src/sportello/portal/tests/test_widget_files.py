"""Files in the widget: a phone's picture goes, what is refused is explained, what the hospital sends is fetched."""

from playwright.async_api import expect

from sportello.app import ROOMS
from sportello.conversations.tests.test_files import PDF, photo
from sportello.portal.tests.browsing import visit

import pytest  # isort: skip
from axe_playwright_python.async_playwright import Axe

__all__ = ["visit"]


@pytest.fixture
def rooms():
    """Without the bot."""
    return tuple(room for room in ROOMS[: ROOMS.index("portal") + 1] if room != "bots")


async def _pick(giulia, name, content):
    await giulia.page.locator("sportello-chat input[type=file]").set_input_files(
        {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    )


async def test_a_picture_goes_and_comes_back_after_a_reload(visit):
    async with visit() as giulia:
        await giulia.open()
        await _pick(giulia, "IMG_0001.JPG", photo(size=(4000, 3000)))
        card = giulia.page.get_by_role("button", name="IMG_0001.jpg")
        await expect(card.locator("img")).to_have_count(1)
        await expect(giulia.page.locator("sportello-chat .mine").first).to_have_attribute("data-state", "sent")
        await giulia.page.reload()
        await giulia.open()
        async with giulia.page.expect_download() as arrived:
            await card.click()
        got = (await arrived.value).suggested_filename
        assert got == "IMG_0001.jpg"
        violations = (await Axe().run(giulia.page)).response["violations"]
        assert [one["id"] for one in violations] == []


async def test_what_is_refused_is_explained_in_the_patients_language_and_can_be_tried_again(visit):
    async with visit() as giulia:
        await giulia.open()
        await _pick(giulia, "foto.jpg", b"MZ" + bytes(200))
        row = giulia.page.locator("sportello-chat .mine")
        await expect(row).to_contain_text("File di questo tipo non si possono inviare")
        await _pick(giulia, "grande.pdf", PDF + bytes(11 * 1024 * 1024))
        await expect(row.last).to_contain_text("troppo grande: al massimo 10 MB", timeout=20_000)
        await row.last.get_by_role("button", name="Elimina").click()
        await giulia.page.context.set_offline(True)
        await _pick(giulia, "referto.pdf", PDF)
        last = row.filter(has_text="referto.pdf")
        await expect(last).to_contain_text("Non c'è connessione")
        await giulia.page.context.set_offline(False)
        await last.get_by_role("button", name="Riprova").click()
        await expect(last).to_have_attribute("data-state", "sent")
        assert await giulia.house.db.fetchval("select count(*) from conversations.file") == 1


async def test_a_strangers_token_opens_no_file(visit, server):
    async with visit() as giulia, visit() as carlo:
        for one in (giulia, carlo):
            await one.open()
            await one.write("Buongiorno")
            await expect(one.page.locator("sportello-chat .mine")).to_have_attribute("data-state", "sent")
        await _pick(giulia, "referto.pdf", PDF)
        await expect(giulia.page.get_by_role("button", name="referto.pdf")).to_be_visible()
        file = await giulia.house.db.fetchval("select id from conversations.file")
        token = "JSON.parse(localStorage.getItem('sportello.chat')).token"
        for one, status in ((giulia, 200), (carlo, 404)):
            answer = await one.page.request.post(
                f"{server}/portal/chat/file", data={"file": str(file)},
                headers={"authorization": f"Bearer {await one.page.evaluate(token)}"},
            )  # fmt: skip
            assert answer.status == status
        nobody = await carlo.page.request.post(f"{server}/portal/chat/file", data={"file": str(file)})
        assert nobody.status == 401
