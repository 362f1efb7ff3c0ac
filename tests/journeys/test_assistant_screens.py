"""What those who answer for the bot see: its files, its red flags, its pictures, a trial, and how it did; what patients
wrote in vain; a language model that talks nonsense, and a bot of the hospital's own that is down.
"""

from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from playwright.sync_api import expect

from .conftest import Visitor
from .looking import Walk, both
from .test_story import chat_of, say

IN_VAIN = ("zxqv brombolo gnaf", "brtt gnaf")


class _Nonsense(BaseHTTPRequestHandler):
    """A model that answers everything with what nobody asked for."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.end_headers()
        self.wfile.write(b'{"choices": [{"message": {"content": "Certo!"}}]}')

    def log_message(self, *words: Any) -> None:
        """Quiet."""


@pytest.fixture
def model() -> Iterator[str]:
    """The address of such a model."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Nonsense)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/v1"
    server.shutdown()


def test_what_the_authors_of_the_bot_see(visitor: Callable[..., Visitor], model: str) -> None:
    def authors(walk: Walk) -> None:
        walk.enter("sara")
        _ask_the_model(walk, model)
        phone = visitor(walk.language)
        chat = chat_of(phone.open("/portal"))
        for words in IN_VAIN:
            say(chat, words)
        for name, url in {
            "assistant": "", "assistant-file": "/file/visits.yaml", "assistant-flags": "/file/red_flags.yaml",
            "assistant-picture": "/file/welcome.yaml/picture/welcome",
        }.items():  # fmt: skip
            walk.open(name, f"/desk/assistant{url}")
        walk.page.goto(walk.person.url + "/desk/assistant/try")
        walk.page.locator("main [name=text]").fill(
            {"it": "vorrei spostare la visita", "en": "move my visit"}[walk.language]
        )
        walk.page.locator("main [name=text]").press("Enter")
        expect(walk.page.locator(".dry-run .you")).to_have_count(1)
        walk.look("assistant-try")
        walk.open("language-model-asked", "/desk/language-model")
        walk.enter("marta")  # what patients wrote is for those who may read every conversation
        walk.open("assistant-misses", "/desk/assistant/misses")
        assert IN_VAIN[0] in walk.page.locator("[name=phrase]").evaluate_all("all => all.map(one => one.value)")
        walk.open("assistant-measures", "/desk/assistant/measures")
        expect(walk.page.locator(".figures")).not_to_have_count(0)

    both(visitor, authors)


def _ask_the_model(walk: Walk, model: str) -> None:
    page = walk.page
    page.goto(walk.person.url + "/desk/language-model")
    page.locator("[name=address]").fill(model)
    page.locator("[name=model]").fill("trial")
    page.locator("[name=route]").check()
    page.locator("form[action='/desk/language-model'] .button.primary").click()
    if page.locator("[name=on][value=yes]").is_visible():
        page.locator("[name=reason]").fill("Prova" if walk.language == "it" else "A trial")
        page.locator("[name=on][value=yes]").click()


def test_what_is_seen_while_the_hospitals_own_bot_is_down(visitor: Callable[..., Visitor]) -> None:
    def administrator(walk: Walk) -> None:
        walk.enter("sara")
        page = walk.page
        _employ(walk, "generic")
        page.goto(walk.person.url + "/desk")
        board = walk.person.open("/desk/board")
        for phone in [visitor(walk.language) for _ in range(3)]:
            say(chat_of(phone.open("/portal")), {"it": "buongiorno", "en": "good morning"}[walk.language])
        expect(page.locator("#toasts .notice")).to_be_visible(timeout=20_000)
        walk.look("own-bot-down-desk")
        expect(board.locator("main .notice.danger").first).to_be_visible()
        walk.look("own-bot-down-board", board)
        walk.open("own-bot-trouble", "/desk/own-bot")
        expect(page.locator("#bot-trace tbody tr").first).to_be_visible()
        _employ(walk, "embedded")
        walk.enter("marta")
        walk.open("measures-outage", "/desk/assistant/measures")
        expect(page.locator("main")).to_contain_text(
            {"it": "interruzion", "en": "outage"}[walk.language], ignore_case=True
        )

    both(visitor, administrator)


def _employ(walk: Walk, kind: str) -> None:
    """A bot at an address where nothing answers, or none."""
    page = walk.page
    page.goto(walk.person.url + "/desk/own-bot")
    page.locator("[name=kind]").select_option(kind)
    page.locator("[name=base_url]").fill("http://127.0.0.1:9/v3/directline")
    page.locator("[name=secret]").fill("a secret")
    page.locator("[name=hold]").fill("1")
    page.locator("[name=patience]").fill("3")
    page.locator("form[action='/desk/own-bot'] .button.primary").click()
    expect(page.locator(".notice.ok")).to_be_visible()
