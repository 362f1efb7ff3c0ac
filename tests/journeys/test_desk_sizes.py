"""The desk from a phone to a wall screen: axe finds nothing and nothing sticks out, in both languages, light and dark,
in forced colours, at twice the size.
"""

from collections.abc import Callable
from typing import Any, Literal

import pytest
from playwright.sync_api import Page, expect

from tests.launching.running import Running

from .conftest import Visitor
from .judging import Judge
from .test_shift import WISH, agent, patient, sessions

_OVER = "() => document.documentElement.scrollWidth - innerWidth"
Scheme = Literal["light", "dark"]
SIZES: list[tuple[int, int, float]] = [
    (360, 740, 1), (768, 1024, 1), (683, 384, 2), (1366, 768, 1), (1920, 1080, 1), (3840, 2160, 1),
]  # fmt: skip


def everywhere(
    judge: Judge, page: Page, name: str, sizes: list[tuple[int, int, float]], scheme: Scheme, **more: Any
) -> list[str]:
    """Judges one screen at several sizes; at twice the size a window has half the room."""
    wrong = []
    page.emulate_media(color_scheme=scheme, **more)
    for width, height, _ in sizes:
        page.set_viewport_size({"width": width, "height": height})
        judge.settle(page)
        where = f"{name} {scheme} {width} {more or ''}"
        found = judge.wrong(page, f"{scheme}{more}", structure=True, colours="body")
        over = page.evaluate(_OVER)
        wrong += [f"{where}: {one}" for one in found] + ([f"{where}: {over} px too wide"] if over > 0 else [])
    return wrong


@pytest.mark.parametrize(("language", "login"), [("it", "elena"), ("en", "davide")])
def test_the_desk_fits_every_screen(visitor: Callable[..., Visitor], demo: Running, language: str, login: str) -> None:
    person, judge = visitor(language, reduced_motion="reduce"), Judge()
    page = agent(person, demo.url, login, {"it": "Disponibile", "en": "Available"}[language], language)
    patient(visitor, WISH)
    expect(page.locator("[data-offer]")).to_be_visible()
    wrong = everywhere(judge, page, "home with an offer", SIZES[:1] + SIZES[3:4], "light")
    page.keyboard.press("Alt+a")
    expect(sessions(page)).to_have_count(1)
    expect(page.locator(".session:not([hidden]) .log-box li").first).to_be_visible()
    # Half of the sizes in each language's colours, so that each is seen in both.
    first: Scheme = "light" if language == "it" else "dark"
    second: Scheme = "dark" if language == "it" else "light"
    wrong += everywhere(judge, page, "session", SIZES[0::2], first) + everywhere(
        judge, page, "session", SIZES[1::2], second
    )
    wrong += everywhere(judge, page, "session", SIZES[3:4], "light", forced_colors="active")
    page.emulate_media(forced_colors="none")
    for path in ("/desk/dashboards/home", "/desk/work-list/closed", "/desk/work-list/open"):
        page.goto(f"{demo.url}/desk?session=home&tab={path}")
        expect(page.locator("[role=tabpanel]:visible .work-frame")).to_be_visible()
        wrong += everywhere(judge, page, path, SIZES[0:6:2], second) + everywhere(
            judge, page, path, SIZES[1:6:4], first
        )
        wrong += everywhere(judge, page, path, SIZES[3:4], "light", forced_colors="active")
        page.emulate_media(forced_colors="none")
    page.keyboard.press("Alt+t")
    expect(page.locator("#palette [role=option]").first).to_be_visible()
    wrong += everywhere(judge, page, "open a tab", SIZES[0:3:2], first) + everywhere(
        judge, page, "open a tab", SIZES[3:4], second
    )
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("language", ["it", "en"])
def test_the_board_fits_every_screen(visitor: Callable[..., Visitor], demo: Running, language: str) -> None:
    patient(visitor, "A che ora aprite?")
    person, judge = visitor(language, reduced_motion="reduce"), Judge()
    page = agent(person, demo.url, "marta", "", language)
    first: Scheme = "dark" if language == "it" else "light"
    second: Scheme = "light" if language == "it" else "dark"
    wrong = []
    page.goto(demo.url + "/desk/board")
    expect(page.locator("tr[data-row]").first).to_be_visible()
    wrong += everywhere(judge, page, "board", SIZES[0::2], first) + everywhere(
        judge, page, "board", SIZES[1::2], second
    )
    wrong += everywhere(judge, page, "board", SIZES[3:4], "light", forced_colors="active")
    page.emulate_media(forced_colors="none")
    page.locator("[data-assign]").first.click()
    expect(page.locator("dialog.assigning")).to_be_visible()
    wrong += everywhere(judge, page, "assign", SIZES[0:4:3], first)
    page.goto(demo.url + "/desk?session=home&tab=/desk/dashboards/centre")
    expect(page.locator("[role=tabpanel]:visible .cards")).to_be_visible()
    wrong += everywhere(judge, page, "centre", SIZES[0:6:2], second)
    assert not wrong, "\n".join(wrong)
