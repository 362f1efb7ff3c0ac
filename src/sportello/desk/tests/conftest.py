"""The desk's tests: a browser that complains of every error, and conversations brought to a state."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest
from playwright.async_api import Browser, Page, expect

from sportello.administration.actor import Actor
from sportello.administration.identifying import COOKIE
from sportello.administration.sessions import open_session
from sportello.administration.testing import staff_member
from sportello.conversations.handover import escalate
from sportello.conversations.moves import move
from sportello.conversations.opening import open_conversation
from sportello.conversations.states import State
from sportello.conversations.store import Conversation
from sportello.kit.house import House

Open = Callable[..., Awaitable[Page]]
Begin = Callable[..., Awaitable[Conversation]]


@pytest.fixture
def rooms() -> tuple[str, ...]:
    """Without the bot, which would answer by itself."""
    return (
        "kit", "web", "administration", "fhir", "record", "knowledge", "scheduling", "conversations", "routing",
        "scripts", "desk",
    )  # fmt: skip


@pytest.fixture
async def elena(house: House) -> Actor:
    return await staff_member(house, "agent", "elena", "Elena Conti")


@pytest.fixture
async def davide(house: House) -> Actor:
    return await staff_member(house, "agent", "davide", "Davide Greco")


@pytest.fixture
async def marta(house: House) -> Actor:
    return await staff_member(house, "supervisor", "marta", "Marta Ricci")


@pytest.fixture
def begin(house: House) -> Begin:
    """Opens Giulia's conversation and gives it to an agent; without one it waits in the queue."""

    async def begin(agent: Actor | None = None, name: str = "Giulia Ferri", **more: Any) -> Conversation:
        talk = await house.db.run(lambda tx: open_conversation(house, tx, visitor_name=name, language="it", **more))
        summary = {"it": "Vuole spostare la visita.", "en": "Wants to move the visit."}
        talk = await house.db.run(
            lambda tx: escalate(house, tx, talk.id, reason="asked", summary=summary, topic="Visita")
        )
        if agent is None:
            return talk
        given = {"agent": UUID(agent.id), "agent_name": agent.name}
        return await house.db.run(
            lambda tx: move(house, tx, talk.id, State.ACTIVE, expected=State.QUEUED, by=agent, **given)
        )

    return begin


@pytest.fixture
async def opened(house: House, server: str, browser: Browser) -> AsyncIterator[Open]:
    """Opens a page as a member of staff; any script error or refusal of the policy fails the test at its end."""
    complaints: list[str] = []

    async def open_page(actor: Actor, path: str = "/desk", language: str = "en", **options: Any) -> Page:
        await _set_language(house, actor, language)
        session = await open_session(house, UUID(actor.id))
        context = await browser.new_context(**({"viewport": {"width": 1366, "height": 768}} | options))
        await context.add_cookies([{"name": COOKIE, "value": session.token, "url": server}])
        page = await context.new_page()
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: complaints.append(f"{error.message}\n{error.stack}"))
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        await page.goto(server + path)
        return page

    yield open_page
    # A refused request is told by the page; the browser's own line about it is no fault of ours.
    faults = [one for one in complaints if "Failed to load resource" not in one and "WebSocket connection" not in one]
    assert not faults, faults


async def connected(page: Page) -> None:
    """Waits until the line is live."""
    await expect(page.locator("line-status[data-state=good]")).to_be_visible(timeout=15_000)


async def _set_language(house: House, actor: Actor, language: str) -> None:
    from sportello.administration import store

    async with house.db.transaction() as tx:
        await store.set_language(tx, UUID(actor.id), language)
