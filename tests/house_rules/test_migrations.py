"""A room's migrations stand in one line: two that follow the same one would leave the order to chance."""

import re
from collections import Counter
from pathlib import Path

ROOMS = Path(__file__).parents[2] / "src" / "sportello"
_FOLLOWS = re.compile(r"^down_revision[^=]*= *(.+)$", re.MULTILINE)


def test_no_two_migrations_of_a_room_follow_the_same_one() -> None:
    forks = {
        folder.parent.name: [before for before, times in follows.items() if times > 1]
        for folder in ROOMS.glob("*/migrations")
        if (follows := Counter(_FOLLOWS.findall("\n".join(f.read_text() for f in sorted(folder.glob("0*.py"))))))
        and max(follows.values()) > 1
    }
    assert not forks, f"chain these one behind the other: {forks}"
