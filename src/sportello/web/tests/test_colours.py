"""The colours can be read: every pair that the style sheets put together reaches the contrast WCAG 2.2 asks for."""

import re
from pathlib import Path

import pytest

_TOKENS = (Path(__file__).parents[1] / "static" / "tokens.css").read_text()
_GROUNDS = ("page", "surface", "sunken", "hover")
_TEXT = [(ink, ground) for ink in ("ink", "ink-soft") for ground in _GROUNDS] + [
    *[(ink, ground) for ink in ("accent", "danger", "accent-strong") for ground in _GROUNDS],
    *[(f"on-{kind}-soft", f"{kind}-soft") for kind in ("accent", "ok", "warn", "danger")],
    ("on-accent", "accent"),
    ("on-accent", "accent-strong"),
    ("on-danger", "danger"),
    ("on-danger", "danger-strong"),
    ("ok", "surface"),
    ("warn", "surface"),
    ("ink-soft", "warn-soft"),
]
_EDGES = [(edge, ground) for edge in ("line-strong", "focus") for ground in ("page", "surface", "sunken")]


def _block(selector: str) -> dict[str, str]:
    start = _TOKENS.index(selector + " {")
    body = _TOKENS[start : _TOKENS.index("}", start)]
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", body))


LIGHT = _block(":root")
DARK = _block(':root[data-theme="dark"]')


def _brightness(colour: str) -> float:
    def channel(value: int) -> float:
        share = value / 255
        return share / 12.92 if share <= 0.03928 else float(((share + 0.055) / 1.055) ** 2.4)

    red, green, blue = (channel(int(colour[place : place + 2], 16)) for place in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    high, low = sorted((_brightness(one), _brightness(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_black_on_white_is_the_known_measure() -> None:
    assert round(_contrast("#000000", "#ffffff"), 1) == 21.0


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_text_reaches_4_5(colours: dict[str, str]) -> None:
    poor = {pair: round(_contrast(colours[pair[0]], colours[pair[1]]), 2) for pair in _TEXT}
    assert not {pair: ratio for pair, ratio in poor.items() if ratio < 4.5}


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_edges_and_focus_reach_3(colours: dict[str, str]) -> None:
    poor = {pair: round(_contrast(colours[pair[0]], colours[pair[1]]), 2) for pair in _EDGES}
    assert not {pair: ratio for pair, ratio in poor.items() if ratio < 3}


def test_the_two_dark_blocks_are_the_same() -> None:
    assert _block(':root:not([data-theme="light"])') == DARK
    assert set(DARK) == set(LIGHT)
