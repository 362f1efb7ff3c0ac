"""Finds things by what was typed, one kind after the other, each only for those who may see it."""

from collections.abc import Awaitable, Callable

from msgspec import Struct

from sportello.administration import store as administration
from sportello.administration.actor import Actor
from sportello.conversations import searching as talks
from sportello.desk import views
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_, format_date, translate
from sportello.knowledge import searching
from sportello.record import reading
from sportello.record.ports import Away
from sportello.scripts import store as scripts

MOST = 6


class Item(Struct, frozen=True):
    """A line of the palette: `go` shows a session, `tab_url` opens a tab, `run` is a command."""

    text: str
    hint: str
    icon: str
    go: str = ""
    tab_url: str = ""
    tab_title: str = ""
    kind: str = ""
    run: str = ""


Seek = Callable[[House, Transaction, Actor, str, str | None], Awaitable[list[Item]]]


def matches(text: str, sought: str) -> bool:
    """Whether a text holds every word sought, in any order, by the beginning or middle of words."""
    return all(word in text.casefold() for word in sought.casefold().split())


async def people(house: House, tx: Transaction, actor: Actor, sought: str) -> tuple[list[Item], list[Item]]:
    """Patients by name, code, birth date or telephone, and the appointments of the first of them; one search, which
    is on record."""
    if not actor.may("patient.read"):
        return [], []
    try:
        found = await reading.find_patients(house, tx, actor, sought)
    except Away:  # everything else can be found all the same
        return [], []
    title, zone = translate(actor.language, N_("Appointments")), house.settings.clinic.tz
    patients, visits = [], []
    for place, one in enumerate(found[:MOST]):
        born = one.born.shown_day(actor.language, zone) if one.born else ""
        hint = " · ".join(part for part in (born, one.town or "") if part)
        patients.append(Item(one.name, hint, "person", tab_url=f"/desk/patient/{one.id}", tab_title=one.name))
        if place < 2 and actor.may("appointment.read"):
            text, url = f"{title} · {one.name}", f"/desk/scheduling/patient/{one.id}/appointments"
            visits.append(Item(text, "", "clock", tab_url=url, tab_title=text))
    return patients, visits


async def articles(house: House, tx: Transaction, actor: Actor, sought: str, conversation: str | None) -> list[Item]:
    """Approved articles in the person's language."""
    if not actor.may("knowledge.read"):
        return []
    found = await searching.search(tx, actor.language, sought, MOST)
    beside = f"?conversation={conversation}" if conversation else ""
    return [
        Item(one.title, "", "book", tab_url=f"/desk/knowledge/{one.slug}{beside}", tab_title=one.title) for one in found
    ]


async def scripts_of(house: House, tx: Transaction, actor: Actor, sought: str, conversation: str | None) -> list[Item]:
    """Scripts by name; in a conversation the chosen one is followed there, else it is shown to be read."""
    if not actor.may("script.run"):
        return []
    items = []
    for script in await scripts.every(tx):
        words = script.words(actor.language)
        if matches(f"{words.name} {words.description}", sought):
            beside = f"?conversation={conversation}" if conversation else ""
            items.append(
                Item(words.name, "", "script", tab_url=f"/desk/scripts/{script.slug}{beside}", tab_title=words.name)
            )
    return items[:MOST]


async def conversations(house: House, tx: Transaction, actor: Actor, sought: str, _: str | None) -> list[Item]:
    """Conversations by their visitor's name: one's own, and others' for those who may read any."""
    found = await talks.by_name(tx, actor, sought, MOST)
    zone = house.settings.clinic.tz
    return [
        Item(
            one.visitor_name,
            f"{views.state_words(one.state, actor.language)[0]} · {format_date(one.created_at, actor.language, zone)}",
            "chat", tab_url=f"/desk/conversations/{one.id}", tab_title=one.visitor_name, kind="conversation",
        )
        for one in found
    ]  # fmt: skip


async def colleagues(house: House, tx: Transaction, actor: Actor, sought: str, _: str | None) -> list[Item]:
    """Colleagues by name: their account for administrators, their work on the board for supervisors."""
    account, work = actor.may("staff.manage"), actor.may("board.watch")
    if not account and not work:
        return []
    items = []
    for one in await administration.all_staff(tx):
        if one["active"] and matches(f"{one['name']} {one['login']}", sought):
            url = f"/desk/staff/{one['id']}" if account else f"/desk/board?agent={one['id']}"
            items.append(Item(one["name"], one["login"], "people", tab_url=url, tab_title=one["name"]))
    return items[:MOST]


KINDS: dict[str, Seek] = {
    N_("Articles"): articles,
    N_("Scripts"): scripts_of,
    N_("Conversations"): conversations,
    N_("Colleagues"): colleagues,
}
