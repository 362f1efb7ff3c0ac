"""Two supervisors reach for the same conversation: one has it, the other is told by whom, and both boards agree."""

import subprocess
import sys
from collections.abc import Callable
from os import environ

import pytest
from playwright.sync_api import Page, expect

from tests.launching.running import ROOT, Running

from .conftest import Visitor
from .test_shift import patient

PASSWORD = "quattro-gatti-sul-tetto-2026"


@pytest.fixture(scope="module")
def rita(demo: Running) -> str:
    """A second supervisor, made by the operator while the server runs."""
    subprocess.run(
        [sys.executable, "-m", "sportello", "staff", "add", "rita", "--name", "Rita Moro", "--role", "supervisor",
         "--ask", "--data", str(demo.data)],
        input=f"{PASSWORD}\n{PASSWORD}\n", text=True, check=True, capture_output=True, timeout=60,
        cwd=ROOT, env=environ | {"PYTHONPATH": str(ROOT / "src")},
    )  # fmt: skip
    return "rita"


def board(person: Visitor) -> Page:
    page = person.page
    page.goto(f"{person.url}/desk/board")
    expect(page.locator("line-status[data-state=good]")).to_be_visible()
    return page


def test_one_of_two_supervisors_has_it(visitor: Callable[..., Visitor], demo: Running, rita: str) -> None:
    marta, other = visitor(), visitor()
    marta.context.request.post(f"{demo.url}/demo/staff/marta")
    other.page.goto(f"{demo.url}/desk")
    other.page.locator("[name=login]").fill(rita)
    other.page.locator("[name=password]").fill(PASSWORD)
    other.page.keyboard.press("Enter")
    expect(other.page).to_have_url(f"{demo.url}/desk")
    chat = patient(visitor)
    first, second = board(marta), board(other)
    for page in (first, second):
        page.locator("[data-assign]").click()
        expect(page.locator("[data-assigns]").first).to_be_visible()

    first.locator("[data-assigns] .primary").first.click()
    expect(first.locator("tr", has_text="Marta Ricci")).to_have_count(1)
    second.locator("[data-assigns] .primary").first.click()
    expect(second.get_by_role("alert").or_(second.get_by_role("status")).filter(has_text="Marta Ricci")).to_be_visible()
    for page in (first, second):
        expect(page.locator("tr", has_text="Marta Ricci")).to_have_count(1)
        expect(page.locator("tr", has_text="Rita Moro")).to_have_count(0)

    # What is taken over deliberately changes hands once, and whoever had it is told.
    desk = marta.open("/desk")
    expect(desk.locator("session-list a[data-session]:not([data-session=home])")).to_have_count(1)
    second.locator("tr", has_text="Marta Ricci").locator("th button").click()
    second.locator(".supervise summary").first.click()
    second.locator("[data-takes] .primary").click()
    expect(second.locator(".session:not([hidden]) message-composer textarea")).to_be_visible()
    expect(desk.get_by_text("Rita Moro ha preso in carico la conversazione").first).to_be_visible()
    expect(first.locator("tr", has_text="Rita Moro")).to_have_count(1)
    expect(first.locator("tr", has_text="Marta Ricci")).to_have_count(0)
    expect(chat.get_by_text("Rita Moro").first).to_be_visible()
