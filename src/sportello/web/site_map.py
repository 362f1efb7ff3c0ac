"""The map of everything that can be opened on the desk: rooms put their places on it when they are installed, and the
desk's "+", its palette and its first tabs read it. A room that leaves takes its places along.
"""

from collections.abc import Iterable

from msgspec import Struct

from sportello.kit.house import House
from sportello.kit.i18n import N_

# The headings under which places stand, in their order; a room may add its own after them.
WORK, PATIENT, HELP, WATCH, RUN = N_("Work"), N_("Patient"), N_("Help at hand"), N_("Watch"), N_("Set up")
GROUPS = (WORK, PATIENT, HELP, WATCH, RUN)


class Place(Struct, frozen=True):
    """One place: its key, its title and group (message ids), its icon (of icons.svg), where it leads.

    Of `urls` the first counts whose `{patient}` and `{conversation}` are at hand; with none the place is not offered.
    Whoever has one of `permissions` is offered it, with none named everybody. `words` are further words (a message id)
    by which it is found. A place answers a part to a request with `HX-Request`; pages that extend `web/layout.html`
    do so by themselves.
    """

    key: str
    title: str
    icon: str
    urls: tuple[str, ...]
    group: str = RUN
    permissions: tuple[str, ...] = ()
    words: str = ""

    def url(self, patient: str | None = None, conversation: str | None = None) -> str | None:
        """Where it leads in a session with this patient and conversation."""
        known = {"{patient}": patient, "{conversation}": conversation}
        for url in self.urls:
            if all(value for name, value in known.items() if name in url):
                return url.format(patient=patient, conversation=conversation)
        return None

    def open_to(self, permissions: Iterable[str]) -> bool:
        """Whether somebody with these permissions may open it."""
        return not self.permissions or bool(set(self.permissions) & set(permissions))


class SiteMap:
    """The places of one house, by key."""

    def __init__(self) -> None:
        self._places: dict[str, Place] = {}

    def add(self, *places: Place) -> None:
        """Puts places on the map; a key is taken once."""
        for place in places:
            assert place.key not in self._places, f"{place.key} is on the map already"
            self._places[place.key] = place

    def get(self, key: str) -> Place | None:
        return self._places.get(key)

    def all(self) -> list[Place]:
        """Every place, group by group, within a group as they were put there."""
        groups = [*GROUPS, *(p.group for p in self._places.values() if p.group not in GROUPS)]
        return sorted(self._places.values(), key=lambda place: groups.index(place.group))


def site_map(house: House) -> SiteMap:
    """The map of a house; empty until rooms put something on it: `site_map(house).add(Place(...))` in `install`."""
    found: SiteMap = house.ports.setdefault(SiteMap, SiteMap())
    return found
