"""What Ctrl+K and "+" find: sessions, places, commands by their names; patients, articles, scripts, conversations and
colleagues by what is typed. "+" asks for what opens in a tab alone.
"""

from collections.abc import Sequence

from msgspec import Struct

from sportello.administration.actor import Actor
from sportello.desk import finding, pressing
from sportello.desk.finding import Item, matches
from sportello.desk.views import Choice, SessionItem
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_, translate

SHORTEST = 3  # letters, before somebody's name is sought
SESSIONS, COMMANDS = N_("Sessions"), N_("Commands")
PATIENTS, APPOINTMENTS = N_("Patients"), N_("Appointments")


class Group(Struct, frozen=True):
    """Found things of one kind."""

    title: str
    items: Sequence[Item]


class Asked(Struct, frozen=True):
    """What was typed, and where: in which session (its conversation and patient), for a tab only or for anything."""

    sought: str
    tabs_only: bool = False
    conversation: str | None = None
    patient: str | None = None


def known(actor: Actor, asked: Asked, sessions: Sequence[SessionItem], places: Sequence[Choice]) -> list[Group]:
    """Sessions, places and commands whose name holds every word sought."""
    language, sought = actor.language, asked.sought
    groups: list[Group] = []
    if not asked.tabs_only:
        items = [Item(translate(language, N_("Home")), "Alt+0", "home", go="home")]
        items += [
            Item(one.name, f"{one.state_name} · Alt+{place}" if place < 10 else one.state_name, "chat", go=one.id)
            for place, one in enumerate(sessions, 1)
        ]
        groups.append(Group(translate(language, SESSIONS), [one for one in items if matches(one.text, sought)]))
    titles = list(dict.fromkeys(one.group for one in places))
    for title in titles:
        found = [
            Item(one.title, "", one.icon, tab_url=one.url, kind=one.kind)
            for one in places
            if one.group == title and matches(f"{one.title} {one.words} {one.group}", sought)
        ]
        groups.append(Group(title, found))
    # Nobody has typed yet: commands come only when they are sought, the list is long enough.
    if not asked.tabs_only and sought.strip():
        offered = pressing.offered(actor, within=asked.conversation is not None)
        found = [Item(t, "", one.icon, run=one.run) for one, t, words in offered if matches(f"{t} {words}", sought)]
        groups.append(Group(translate(language, COMMANDS), found))
    return [group for group in groups if group.items]


async def sought(house: House, tx: Transaction, actor: Actor, asked: Asked) -> list[Group]:
    """Patients, their appointments, articles, scripts, conversations and colleagues, once enough is typed."""
    if len(asked.sought.strip()) < SHORTEST:
        return []
    language = actor.language
    patients, visits = await finding.people(house, tx, actor, asked.sought)
    groups = [Group(translate(language, PATIENTS), patients), Group(translate(language, APPOINTMENTS), visits)]
    for title, seek in finding.KINDS.items():
        items = await seek(house, tx, actor, asked.sought, asked.conversation)
        groups.append(Group(translate(language, title), items))
    return [group for group in groups if group.items]
