"""What those who answer for the bot see: its files, its red flags, its pictures, a trial, and how it did."""

from collections.abc import Callable

from .conftest import Visitor
from .looking import Walk, both


def test_what_the_authors_of_the_bot_see(visitor: Callable[..., Visitor]) -> None:
    both(visitor, _authors)


def _authors(walk: Walk) -> None:
    walk.enter("sara")
    for name, url in {
        "assistant": "", "assistant-file": "/file/visits.yaml", "assistant-flags": "/file/red_flags.yaml",
        "assistant-picture": "/file/welcome.yaml/picture/welcome", "assistant-try": "/try",
        "assistant-misses": "/misses", "assistant-measures": "/measures",
    }.items():  # fmt: skip
        walk.open(name, f"/desk/assistant{url}")
