"""A patient at a browser, for tests of what patients see."""

from contextlib import asynccontextmanager
from uuid import UUID

import pytest

from sportello.conversations.posting import say

PHONE = {"width": 390, "height": 844}
HARMLESS = ("Failed to load resource", "WebSocket connection", "ERR_INTERNET_DISCONNECTED")

BLOCKED = """window.WebSocket = class {
  static OPEN = 1;
  constructor() { setTimeout(() => this.onclose({ code: 1006 })); }
  close() {}
}"""


class Visitor:
    """A patient at one browser."""

    def __init__(self, page, house):
        self.page, self.house = page, house
        self.log = page.get_by_role("log")

    async def open(self):
        await self.page.locator("sportello-chat button.launcher").click()

    async def write(self, text):
        await self.page.get_by_role("textbox", name="messag").fill(text)
        await self.page.keyboard.press("Enter")

    async def conversation(self):
        found = await self.page.evaluate("JSON.parse(localStorage.getItem('sportello.chat')).conversation")
        return UUID(found)

    async def rows(self):
        return await self.page.locator("sportello-chat .row .bubble").all_inner_texts()

    async def hears(self, text, **more):
        talk = await self.conversation()
        await self.house.db.run(lambda tx: say(self.house, tx, talk, text, sender="bot", **more))


@pytest.fixture
async def visit(house, server, browser):
    """`async with visit("/portal") as giulia`; at the end no script failed and no policy was broken."""
    complaints = []

    @asynccontextmanager
    async def visiting(path="/portal", language="it-IT", **options):
        options = {"viewport": PHONE, "locale": language, **options}
        context = await browser.new_context(**options)
        page = await context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda one: _heard(one, complaints))
        await page.goto(server + path)
        yield Visitor(page, house)
        await context.close()

    yield visiting
    assert not complaints, complaints


def _heard(message, complaints):
    if message.type in ("error", "warning") and not any(one in message.text for one in HARMLESS):
        complaints.append(message.text)
