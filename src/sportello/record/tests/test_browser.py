"""The record in Chromium: nothing for axe to find in either language, and everything within reach of the keyboard."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from unittest.mock import AsyncMock

import httpx
import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page

from sportello.administration.identifying import COOKIE
from sportello.kit.house import House
from sportello.record.ports import Away, ClinicalRecord
from sportello.record.tests.cast import GIULIA, RECORD, admit, of

Desk = Callable[..., Awaitable[Page]]
TEAM = of("CareTeam", "t", status="active", name="Équipe", participant=[
    {"role": [{"text": "Dietista"}], "member": {"display": "Luca Neri"}},
    {"member": {"display": "Rosa Gallo"}, "period": {"end": "2020"}}])  # fmt: skip
PLAN = of("CarePlan", "p", status="active", intent="plan", title="Piano diabete", goal=[{"display": "Camminare"}],
          activity=[{"detail": {"code": {"text": "Dieta"}, "status": "in-progress"}}])  # fmt: skip


@pytest.fixture
async def desk(
    house: House, server: str, browser: Browser, client: httpx.AsyncClient, sign_in: Callable[..., Awaitable[Any]]
) -> AsyncIterator[Desk]:
    """Opens a page as Elena; afterwards no script may have failed and no policy been broken."""
    complaints: list[str] = []

    async def open_page(path: str, language: str = "it", role: str = "agent", **options: Any) -> Page:
        await sign_in(client, role, f"{role}-{language}", language=language)
        context = await browser.new_context(**options)
        await context.add_cookies([{"name": COOKIE, "value": str(client.cookies[COOKIE]), "url": server}])
        page = await context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda one: complaints.append(one.text) if one.type == "error" else None)
        await page.goto(server + path)
        return page

    yield open_page
    # A refused request is part of some tests; scripts and policy never are.
    assert not [one for one in complaints if not one.startswith("Failed to load resource")], complaints


@pytest.mark.parametrize("language", ["en"])
async def test_axe_finds_nothing(house: House, desk: Desk, language: str) -> None:
    await admit(house, *RECORD, TEAM, PLAN)
    scheme = "dark" if language == "en" else "light"
    for path in (
        *(f"/desk/patient/{GIULIA}?part={part}" for part in ("timeline", "plan", "team")),
        "/desk/patients?q=ferri",
    ):
        page = await desk(path, language, color_scheme=scheme, viewport={"width": 1000, "height": 800})
        for folded in reversed(await page.locator("main details:not([open]) > summary").all()):
            await folded.click()
        found = await Axe().run(page)
        assert found.violations_count == 0, f"{path}: {found.generate_report()}"
        await page.close()


async def test_tabs_filters_and_older_entries_by_keyboard(house: House, desk: Desk) -> None:
    many = [of("Procedure", f"p{n:02}", status="completed", code={"text": f"Prestazione {n}"},
               performedDateTime=f"20{n:02}-01-01") for n in range(9, 23)]  # fmt: skip
    await admit(house, *RECORD, *many, TEAM, PLAN)
    page = await desk(f"/desk/patient/{GIULIA}")
    older = page.get_by_role("button", name="Mostra le voci precedenti")
    await older.focus()
    await page.keyboard.press("Enter")
    await page.get_by_text("Prestazione 9", exact=True).wait_for()
    headings = await page.locator(".record-year").all_inner_texts()
    ahead, *years, undated = headings
    assert (ahead, undated) == ("In arrivo", "Senza data")
    assert years == sorted(set(years), reverse=True), "each year has one heading, newest first"

    box = page.get_by_role("checkbox", name="Vaccinazioni")
    await box.focus()
    await page.keyboard.press("Space")
    await page.get_by_text("Prestazione 9", exact=True).wait_for(state="detached")
    assert await box.evaluate("one => one === document.activeElement"), "the filter keeps the focus"
    assert await page.locator(".record-card").count() == 1

    await page.get_by_text("Parole e date").press("Enter")
    await box.uncheck()
    await page.get_by_role("searchbox", name="Parole").fill("prestazione 21")
    await page.keyboard.press("Enter")
    await page.get_by_text("Vaccino antinfluenzale").wait_for(state="detached")
    assert await page.locator(".record-card").count() == 1

    await page.get_by_role("link", name="Équipe di cura").press("Enter")
    await page.get_by_text("Luca Neri").wait_for()
    assert await page.get_by_role("link", name="Équipe di cura").get_attribute("aria-current") == "page"


async def test_a_patient_is_sought_and_opened(house: House, desk: Desk) -> None:
    await admit(house)
    page = await desk("/desk/patients")
    await page.get_by_role("searchbox").fill("giulia fer")
    await page.keyboard.press("Enter")
    await page.get_by_role("link", name="Giulia Ferri").click()
    await page.get_by_role("heading", name="Giulia Ferri").wait_for()
    assert "q=" not in page.url


async def test_a_search_says_that_the_hospitals_server_is_away(
    house: House, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = await desk("/desk/patients")
    box = page.get_by_role("searchbox")
    await box.fill("giulia")
    monkeypatch.setattr(house.port(ClinicalRecord), "find_patients", AsyncMock(side_effect=Away))
    await page.keyboard.press("Enter")
    await page.locator("#toasts").get_by_text("Il server dell'ospedale non è raggiungibile").wait_for()
    assert await box.input_value() == "giulia", "nothing is lost"


@pytest.mark.parametrize("width", [320, 640, 1400])
async def test_nothing_sticks_out_at_any_width(house: House, desk: Desk, width: int) -> None:
    await admit(house, *RECORD, TEAM, PLAN)
    for part in ("timeline", "plan", "team"):
        page = await desk(f"/desk/patient/{GIULIA}?part={part}", viewport={"width": width, "height": 800})
        assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), part
        if folder := os.environ.get("SPORTELLO_PICTURES"):
            await page.screenshot(path=f"{folder}/record-{part}-{width}.png")
        await page.close()
