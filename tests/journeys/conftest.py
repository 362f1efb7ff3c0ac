"""A demo hospital served by a real process, and real browsers that walk through it."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from sportello.testing import chromium
from tests.launching.running import Running, copied, running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One for each module: a browser driven without await holds an event loop, which other tests need."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(**chromium())
        yield started
        started.close()


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A hospital of this module's own, as `bin/demo` serves it."""
    with running(copied(tmp_path_factory)) as server:
        yield server


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Function) -> None:
    """Whoever tries again begins in a fresh hospital: what the first trial left there would fail the second."""
    if getattr(item, "execution_count", 1) > 1:
        for definitions in item._fixtureinfo.name2fixturedefs.values():
            for definition in definitions:
                if definition.scope == "module":
                    definition.finish(item._request)


class Visitor:
    """One person at one browser: a context of its own, and whatever the console complained of."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.context = context
        self.url = url
        self.complaints: list[str] = []
        self.page = self.open()

    def open(self, path: str = "") -> Page:
        page = self.context.new_page()
        page.on("console", lambda message: self._heard(message.type, message.text))
        page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        if path:
            page.goto(self.url + path)
        return page

    def _heard(self, kind: str, text: str) -> None:
        # A refused or lost request is part of some journeys; scripts and policy are never.
        expected = ("Failed to load resource", "WebSocket connection", "Failed to fetch")
        if kind in {"error", "warning"} and not any(words in text for words in expected):
            self.complaints.append(f"{kind}: {text}")


@pytest.fixture
def visitor(browser: Browser, demo: Running, request: pytest.FixtureRequest) -> Iterator[Callable[..., Visitor]]:
    """Makes people; at the end nobody's console may hold an error or a report of the policy."""
    people: list[Visitor] = []

    def make(language: str = "it", *, width: int = 1366, height: int = 768, **more: Any) -> Visitor:
        locale = {"it": "it-IT", "en": "en-GB"}[language]
        context = browser.new_context(locale=locale, viewport={"width": width, "height": height}, **more)
        context.set_default_timeout(15_000)
        people.append(Visitor(context, demo.url))
        return people[-1]

    yield make
    complaints = [complaint for person in people for complaint in person.complaints]
    kept = Path(os.environ.get("SPORTELLO_PICTURES", ""))
    for number, person in enumerate(people):
        if os.environ.get("SPORTELLO_PICTURES"):
            for page in person.context.pages:
                page.screenshot(path=kept / f"{request.node.name}-{number}-{len(page.url)}.png")
        person.context.close()
    assert not complaints, complaints
