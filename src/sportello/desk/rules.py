"""What a tab is and which addresses it may show; pure, so that every refusal is a table in a test."""

import re
from collections.abc import Sequence

from msgspec import Struct

MOST_TABS = 12
MOST_TITLE = 80
_LOCAL = re.compile(r"/desk(/[A-Za-z0-9_\-.~]+)+(\?[A-Za-z0-9_\-.~=&%+:]*)?")
# The desk's own pages are frames, not parts: a tab showing one would show a desk within the desk.
_FRAMES = ("/desk/view", "/desk/sessions", "/desk/home")


class Tab(Struct, frozen=True):
    """One application tab of a session; `kind` names a known tab whose title is translated, else `title` is shown."""

    id: str
    url: str
    kind: str = ""
    title: str = ""


def may_show(url: str) -> bool:
    """Whether an address is a part of the desk: local, plain, no way out of `/desk`, none of its frames."""
    if len(url) > 400 or not _LOCAL.fullmatch(url):
        return False
    path = url.partition("?")[0]
    return ".." not in path.split("/") and not path.startswith(_FRAMES)


def with_tab(tabs: tuple[Tab, ...], tab: Tab) -> tuple[tuple[Tab, ...], Tab]:
    """The tabs with one more, and the tab to look at: the one already showing this address is not doubled."""
    for known in tabs:
        if known.url == tab.url:
            return tabs, known
    if len(tabs) >= MOST_TABS:
        tabs = tabs[1:]
    return (*tabs, tab), tab


def without_tab(tabs: tuple[Tab, ...], tab_id: str, current: str) -> tuple[tuple[Tab, ...], str]:
    """The tabs without one, and which to look at: its right neighbour, else its left one."""
    place = next((index for index, tab in enumerate(tabs) if tab.id == tab_id), None)
    if place is None:
        return tabs, current
    left = tabs[:place] + tabs[place + 1 :]
    if current != tab_id:
        return left, current
    return left, left[min(place, len(left) - 1)].id if left else ""


def in_order(tabs: tuple[Tab, ...], wanted: Sequence[str]) -> tuple[Tab, ...]:
    """The tabs as somebody arranged them; one that another window opened meanwhile stays, at the end."""
    places = {tab_id: place for place, tab_id in reversed(list(enumerate(wanted)))}
    return tuple(sorted(tabs, key=lambda tab: places.get(tab.id, len(wanted))))


def known_tab(tabs: tuple[Tab, ...], tab_id: str) -> bool:
    """Whether the session has this tab."""
    return any(tab.id == tab_id for tab in tabs)
