"""Scripts and articles in Chromium: nothing for axe in either language, and a script followed by keyboard alone."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page

from sportello.administration.identifying import COOKIE
from sportello.kit.house import House
from sportello.scripts.tests.conftest import Giving

Desk = Callable[..., Awaitable[Page]]


@pytest.fixture
async def desk(server: str, browser: Browser, client: httpx.AsyncClient) -> AsyncIterator[Desk]:
    """Opens pages with the client's session; afterwards no script may have failed and no policy been broken."""
    complaints: list[str] = []

    async def open_page(path: str, **options: Any) -> Page:
        context = await browser.new_context(**options)
        await context.add_cookies([{"name": COOKIE, "value": str(client.cookies[COOKIE]), "url": server}])
        page = await context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda one: complaints.append(one.text) if one.type == "error" else None)
        await page.goto(server + path)
        return page

    yield open_page
    assert not complaints, complaints


@pytest.mark.parametrize(("language", "scheme"), [("en", "dark")])
async def test_axe_finds_nothing(
    hospital: House, client: Any, sign_in: Any, desk: Desk, conversation_of: Giving, language: str, scheme: str
) -> None:
    elena = await sign_in(client, "agent", f"elena-{language}", language=language)
    talk = await conversation_of(elena)
    await client.post(
        f"/desk/conversations/{talk}/script/steps/greet/done",
        data={"script": "move-visit"},
        headers={"hx-request": "true"},
    )
    for path in (
        f"/desk/conversations/{talk}/script",
        f"/desk/knowledge?conversation={talk}",
        f"/desk/knowledge/opening-hours?conversation={talk}",
        "/articles",
        "/articles/opening-hours",
    ):
        page = await desk(path, color_scheme=scheme, viewport={"width": 900, "height": 900})
        found = await Axe().run(page)
        assert found.violations_count == 0, f"{path}: {found.generate_report()}"
        await page.close()


async def test_a_script_is_followed_by_keyboard(
    hospital: House, client: Any, sign_in: Any, desk: Desk, conversation_of: Giving
) -> None:
    elena = await sign_in(client, "agent")
    talk = await conversation_of(elena)
    page = await desk(f"/desk/conversations/{talk}/script")
    await page.evaluate(
        "addEventListener('desk:open-tab', (event) => { document.title = 'opens ' + event.detail.url; })"
    )
    await page.get_by_role("button", name="Segna come fatto: Passo greet").press("Enter")
    await page.get_by_text("Passi completati: 1 di 6").wait_for()
    await page.get_by_role("button", name="Esegui: Passo plan").press("Enter")
    await page.get_by_text("La pianificazione guidata è aperta nella sua scheda.").wait_for()
    assert await page.title() == f"opens /desk/scheduling/wizard?patient=giulia&conversation={talk}"
    again = page.get_by_role("button", name="Esegui: Passo plan")
    assert await again.evaluate("one => one === document.activeElement"), "the focus stays at the step"
    await page.get_by_role("combobox", name="Copione").select_option("general")
    await page.get_by_role("button", name="Mostra").press("Enter")
    await page.get_by_role("heading", name="Copione general").wait_for()


async def test_articles_are_sought_and_sent_by_keyboard(
    hospital: House, client: Any, sign_in: Any, desk: Desk, conversation_of: Giving
) -> None:
    elena = await sign_in(client, "agent")
    talk = await conversation_of(elena)
    page = await desk(f"/desk/knowledge?conversation={talk}")
    await page.get_by_role("searchbox").fill("dove lascio la macchina, c'è parcheggio?")
    await page.keyboard.press("Enter")
    await page.get_by_text("articolo trovato").or_(page.get_by_text("articoli trovati")).wait_for()
    await page.get_by_role("button", name="Invia al paziente").first.press("Enter")
    await page.get_by_text("Inviato").wait_for()
    kinds = [e.body.get("article", {}).get("slug") for e in await hospital.streams.since(f"conversation:{talk}", 0)]
    assert kinds.count("parking") == 1
