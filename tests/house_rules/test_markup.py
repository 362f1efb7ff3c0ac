"""The pages keep the strict content security policy: nothing inline."""

import re
from pathlib import Path

ROOMS = Path(__file__).parents[2] / "src" / "sportello"
_INLINE = {
    "a style attribute": re.compile(r"<[^>]*\sstyle\s*=", re.I),
    "an event attribute": re.compile(r"<[^>]*\son[a-z]+\s*=", re.I),
    "an inline script": re.compile(r"<script(?![^>]*\ssrc=)[^>]*>(?!\s*</script>)", re.I),
    "a style element": re.compile(r"<style\b", re.I),
    "hx-on": re.compile(r"\bhx-on\b", re.I),
    "a javascript address": re.compile(r"javascript:", re.I),
}


def test_templates_hold_nothing_inline() -> None:
    found = [
        f"{file.relative_to(ROOMS)}: {what}"
        for file in ROOMS.rglob("templates/**/*.html")
        for what, pattern in _INLINE.items()
        if pattern.search(file.read_text())
    ]
    assert not found, found


def test_scripts_evaluate_no_text() -> None:
    found = [
        str(file.relative_to(ROOMS))
        for file in ROOMS.rglob("static/**/*.js")
        if "vendor" not in file.parts and re.search(r"\beval\(|new Function\(", file.read_text())
    ]
    assert not found, found
