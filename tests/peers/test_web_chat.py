"""Microsoft's Web Chat, unmodified, in Chromium on a page of another origin: a patient's whole way, and its files."""

import io
from collections.abc import AsyncIterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, ClassVar

import msgspec
import pytest
from PIL import Image
from playwright.async_api import Page, async_playwright, expect

from sportello.administration.testing import staff_member
from sportello.conversations.posting import say
from sportello.kit.house import House
from sportello.kit.settings import Security, Settings
from sportello.testing import chromium
from tests.peers.direct_line import agent_takes, said_by_patient, token, until
from tests.peers.running import WEB_CHAT

_PAGE = b"""<!doctype html><html lang="it"><title>Ospedale</title><div id="chat" style="height:600px"></div>
<script src="/webchat.js"></script><script>
const asked = new URLSearchParams(location.hash.slice(1));
WebChat.renderWebChat({ locale: "it-IT", directLine: WebChat.createDirectLine({ domain: asked.get("domain"),
  token: asked.get("token"), conversationStartProperties: { locale: "it-IT" } }) }, document.getElementById("chat"));
</script></html>"""


class _Site(BaseHTTPRequestHandler):
    """The hospital's own site, elsewhere, as it would carry Web Chat."""

    files: ClassVar[dict[str, bytes]] = {}

    def do_GET(self) -> None:
        content = WEB_CHAT.read_bytes() if self.path == "/webchat.js" else _PAGE
        self.send_response(200)
        self.send_header("content-type", "text/javascript" if self.path == "/webchat.js" else "text/html")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *words: Any) -> None:
        """Quiet."""


@pytest.fixture
def site() -> Any:
    """The address of a page that carries Web Chat."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Site)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture
def settings(settings: Settings, site: str) -> Settings:
    """The page's site may carry the chat."""
    return msgspec.structs.replace(settings, security=Security(widget_origins=(site,)))


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    """A phone's page that remembers what it asked the network for."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(**chromium())
        yield await (await browser.new_context(locale="it-IT")).new_page()
        await browser.close()


def shown(page: Page, text: str) -> Any:
    """The bubbles of a text, without what only screen readers are told."""
    return page.locator(".webchat__bubble__content").filter(has_text=text)


async def test_a_patient_on_web_chat_is_a_patient_like_any_other(
    house: House, server: str, site: str, page: Page
) -> None:
    elena = await staff_member(house)
    bearer, conversation = await token(house, server)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await page.goto(f"{site}/#domain={server}/v3/directline&token={bearer}")
    await expect(shown(page, "assistente automatico di Ospedale San Luca")).to_have_count(1, timeout=15_000)

    box = page.locator("textarea, input[data-id=webchat-sendbox-input]").first
    await box.fill("Buongiorno")
    await box.press("Enter")
    await expect(shown(page, "In cosa posso aiutarla?")).to_have_count(1)
    await box.fill("vorrei parlare con un operatore")
    await box.press("Enter")
    await agent_takes(house, conversation, elena, "Sono Elena, mi dica pure.")
    await expect(shown(page, "Sono Elena, mi dica pure.")).to_have_count(1)
    await expect(shown(page, "Elena Conti")).to_have_count(1)

    offered = [{"text": "Orari", "payload": "hours.start"}]
    await house.db.run(lambda tx: say(house, tx, conversation, "Scelga", sender="bot", buttons=offered))
    await page.locator(".webchat__suggested-action, .webchat__suggested-actions button").first.click()
    await expect(shown(page, "Orari")).to_have_count(1)

    async def pressed() -> bool:
        events = await house.streams.since(f"conversation:{conversation}", 0)
        return events[-1].body == {"text": "Orari", "payload": "hours.start"}

    await until(pressed, "the button's payload")

    made = io.BytesIO()
    Image.new("RGB", (40, 30), "navy").save(made, "PNG")
    chosen = {"name": "impegnativa.png", "mimeType": "image/png", "buffer": made.getvalue()}
    await page.locator("input[type=file]").first.set_input_files([chosen])  # type: ignore[list-item]
    await expect(page.locator(".webchat__attachment-icon--checked")).to_have_count(1)
    await box.fill("Ecco la mia impegnativa")
    await box.press("Enter")

    async def has_file() -> bool:
        events = await house.streams.since(f"conversation:{conversation}", 0)
        return any((e.body.get("attachment") or {}).get("name") == "impegnativa.png" for e in events)

    await until(has_file, "the file", 10)
    await expect(page.get_by_text("Invio non riuscito")).to_have_count(0)
    await expect(shown(page, "Ecco la mia impegnativa")).to_have_count(1)
    await expect(shown(page, "vorrei parlare con un operatore")).to_have_count(1)
    assert (await said_by_patient(house, conversation))[:2] == ["Buongiorno", "vorrei parlare con un operatore"]
    foreign = [
        url for url in asked if not url.startswith((site, server, server.replace("http", "ws"), "blob:", "data:"))
    ]
    assert not foreign, "nothing is asked of anybody else"
