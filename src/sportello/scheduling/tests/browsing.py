"""A real Chromium before a running server: signed in, judged by axe, moved through by keyboard."""

import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page

from sportello.administration.actor import Actor
from sportello.administration.identifying import COOKIE
from sportello.administration.sessions import open_session
from sportello.administration.testing import staff_member
from sportello.kit.house import House

SHOTS = os.environ.get("SPORTELLO_SHOTS", "")
Open = Callable[..., Awaitable[Page]]


@pytest.fixture
async def enter(house: House, server: str, browser: Browser) -> Open:
    """Opens a page of the server as an agent, or in another role."""

    async def opened(
        path: str, language: str = "en", login: str = "elena", role: str = "agent", **context: Any
    ) -> Page:
        actor: Actor = await staff_member(house, role, login, login.title(), language)
        session = await open_session(house, UUID(actor.id))
        tab = await browser.new_context(**context)
        await tab.add_cookies([{"name": COOKIE, "value": session.token, "url": server}])
        tab.set_default_timeout(15_000)
        page = await tab.new_page()
        page.on("pageerror", lambda error: pytest.fail(f"script error: {error}"))
        await page.goto(server + path)
        return page

    return opened


async def judged(page: Page, name: str) -> None:
    """axe finds nothing; with SPORTELLO_SHOTS a picture is kept."""
    if SHOTS:
        await page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)
    found = await Axe().run(page)
    assert not found.response["violations"], (name, found.generate_report())


async def tab_to(page: Page, selector: str) -> None:
    for _ in range(60):
        await page.keyboard.press("Tab")
        if await page.evaluate("s => document.activeElement.matches(s)", selector):
            return
    raise AssertionError(f"the keyboard does not reach {selector}")
