"""The widget where it is harder: another site under a strict policy, a slow phone, two tabs, after signing in."""

import asyncio
import socket

import msgspec
import pytest
from playwright.async_api import expect

from sportello.app import ROOMS
from sportello.portal import signing_in
from sportello.portal.tests.browsing import BLOCKED, visit

__all__ = ["visit"]


@pytest.fixture
def rooms():
    return tuple(room for room in ROOMS[: ROOMS.index("portal") + 1] if room != "bots")


@pytest.fixture
def town_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@pytest.fixture
def settings(settings, town_port):
    security = msgspec.structs.replace(settings.security, widget_origins=(f"http://127.0.0.1:{town_port}",))
    return msgspec.structs.replace(settings, security=security)


@pytest.fixture
async def town(server, town_port):
    """The address of another site whose only page carries the widget, under the strictest policy that can."""
    policy = (
        f"default-src 'none'; script-src {server}; connect-src {server} {server.replace('http', 'ws')};"
        " require-trusted-types-for 'script'; trusted-types 'none'"
    )
    page = f"<!doctype html><html lang=en><title>Town</title><script src='{server}/widget.js' defer></script>"
    answer = (
        f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Security-Policy: {policy}\r\n"
        f"Content-Length: {len(page)}\r\nConnection: close\r\n\r\n{page}"
    )

    async def serve(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer.encode())
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", town_port):
        yield f"http://127.0.0.1:{town_port}/"


async def test_on_another_site_under_a_strict_policy(visit, town):
    async with visit("/widget.css") as giulia:
        await giulia.page.goto(town)
        await giulia.open()
        await expect(giulia.log).to_contain_text("An automatic assistant answers first")
        await giulia.write("From the town's page")
        await expect(giulia.page.locator("sportello-chat .mine")).to_have_attribute("data-state", "sent")
        await giulia.hears("Heard")
        await expect(giulia.log).to_contain_text("Heard")
        width = await giulia.page.locator("sportello-chat .panel").evaluate("one => one.getBoundingClientRect().width")
        assert width == 390, "the sheet is in force"


async def test_on_another_site_without_sockets(visit, town):
    async with visit("/widget.css") as giulia:
        await giulia.page.add_init_script(BLOCKED)
        await giulia.page.goto(town)
        await giulia.open()
        await giulia.write("By questions alone")
        await expect(giulia.page.locator("sportello-chat .mine")).to_have_attribute(
            "data-state", "sent", timeout=20_000
        )


async def test_a_slow_phone_has_little_to_fetch_before_it_can_write(visit, town):
    """What makes three seconds possible on slow 3G (50 kB/s, 400 ms a round): about 1 s of bytes, and few rounds."""
    async with visit("/widget.css") as giulia:
        devtools = await giulia.page.context.new_cdp_session(giulia.page)
        await devtools.send("Network.enable")
        await devtools.send("Emulation.setCPUThrottlingRate", {"rate": 4})
        asked, came = [], []
        devtools.on("Network.requestWillBeSent", lambda told: asked.append(told["request"]["url"]))
        devtools.on("Network.loadingFinished", lambda told: came.append(told["encodedDataLength"]))
        await giulia.page.goto(town, wait_until="commit")
        await giulia.open()
        await giulia.page.get_by_role("textbox", name="messag").fill("Hello")
        assert sum(came) < 50_000, asked
        assert len(asked) <= 6, asked


async def test_two_tabs_show_one_conversation(visit):
    async with visit() as giulia:
        second = await giulia.page.context.new_page()
        await second.goto(giulia.page.url)
        await second.locator("sportello-chat button.launcher").click()
        await giulia.open()
        await giulia.write("Nella prima scheda")
        await expect(second.get_by_role("log")).to_contain_text("Nella prima scheda")
        await second.get_by_role("textbox", name="messag").fill("Nella seconda")
        await second.keyboard.press("Enter")
        await expect(giulia.log).to_contain_text("Nella seconda")
        await expect(giulia.page.locator("sportello-chat .row")).to_have_count(2)
        await expect(second.locator("sportello-chat .row")).to_have_count(2)


async def test_typing_and_reading_are_shown_and_reading_is_remembered(visit):
    async with visit() as giulia:
        await giulia.open()
        await giulia.write("C'è qualcuno?")
        mine = giulia.page.locator("sportello-chat .mine")
        await expect(mine).to_have_attribute("data-state", "sent")
        stream = f"conversation:{await giulia.conversation()}"
        giulia.house.streams.broadcast(stream, {"t": "typing", "by": "agent"})
        await expect(giulia.page.locator("sportello-chat .typing")).to_have_text("Sta scrivendo…")
        head = await giulia.house.streams.head(stream)
        giulia.house.streams.broadcast(stream, {"t": "seen", "by": "agent", "n": head})
        await expect(mine).to_have_attribute("data-state", "seen")
        await giulia.page.reload()
        await giulia.open()
        await expect(mine).to_have_attribute("data-state", "seen")


async def test_a_stale_token_begins_anew_and_keeps_what_was_not_sent(visit):
    async with visit() as giulia:
        await giulia.open()
        await giulia.write("Prima")
        await expect(giulia.page.locator("sportello-chat .mine")).to_have_attribute("data-state", "sent")
        first = await giulia.conversation()
        await giulia.house.db.execute("update portal.chat set expires_at = now() - interval '1 hour'")
        await giulia.page.reload()
        await giulia.open()
        await expect(giulia.log).to_contain_text("assistente automatico")
        await giulia.write("Dopo una settimana")
        await expect(giulia.page.locator("sportello-chat .mine")).to_have_attribute("data-state", "sent")
        assert await giulia.conversation() != first


async def test_signing_in_names_the_conversation_and_signing_out_hides_it(visit):
    async with visit() as giulia:
        house = giulia.house
        await house.db.run(lambda tx: signing_in.open_account(house, tx, "giulia.ferri", "246810", "giulia"))
        await giulia.open()
        await giulia.write("Sono io")
        await expect(giulia.page.locator("sportello-chat .mine")).to_have_attribute("data-state", "sent")
        talk = await giulia.conversation()
        await giulia.page.goto(giulia.page.url + "/sign-in")
        await giulia.page.get_by_label("Nome utente").fill("giulia.ferri")
        await giulia.page.get_by_label("Codice").fill("246810")
        await giulia.page.locator("main").get_by_role("button", name="Accedi").click()
        await giulia.page.wait_for_url("**/portal")
        await giulia.open()
        await expect(giulia.page.locator("sportello-chat .mine")).to_contain_text("Sono io")
        assert await giulia.conversation() == talk
        linked = await house.db.fetchval("select patient_id from conversations.conversation where id = $1", talk)
        assert linked == "giulia"
        await giulia.page.keyboard.press("Escape")
        await giulia.page.get_by_role("button", name="Esci").click()
        await giulia.open()
        await expect(giulia.log).to_contain_text("assistente automatico")
        await expect(giulia.page.locator("sportello-chat .mine")).to_have_count(0)


async def test_without_storage_the_page_remembers(visit):
    async with visit("/widget.css") as giulia:
        await giulia.page.add_init_script(
            "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no', 'SecurityError') } })"
        )
        await giulia.page.goto(giulia.page.url.replace("/widget.css", "/portal"))
        await giulia.open()
        await giulia.write("Senza memoria")
        await expect(giulia.page.locator("sportello-chat .mine")).to_have_attribute("data-state", "sent")
