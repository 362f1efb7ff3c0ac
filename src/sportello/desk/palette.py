"""What Ctrl+K finds: the agent's sessions, the desk's parts, patients by name."""

from collections.abc import Sequence

from msgspec import Struct

from sportello.administration.actor import Actor
from sportello.desk.views import Choice, SessionItem
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_, translate
from sportello.record import reading

SHORTEST_NAME = 3
MOST = 8
COMMAND = N_("Command")
COMMANDS = (
    ("consult", N_("Ask a colleague for advice")),
    ("join", N_("Add a colleague to the conversation")),
    ("transfer", N_("Transfer to a colleague")),
    ("queue", N_("Transfer to a queue")),
)
SESSION, PART, PATIENT = N_("Session"), N_("Open in a tab"), N_("Patient")


class Item(Struct, frozen=True):
    """A line of the palette: `go` shows a session, `tab_url` opens a tab, `command` does something with the session."""

    text: str
    hint: str
    icon: str
    go: str = ""
    tab_url: str = ""
    tab_title: str = ""
    kind: str = ""
    command: str = ""


def _matches(text: str, sought: str) -> bool:
    return all(word in text.casefold() for word in sought.casefold().split())


def known(
    sessions: Sequence[SessionItem], parts: Sequence[Choice], home: str, language: str, sought: str
) -> list[Item]:
    """Sessions and parts whose name holds every word sought."""
    session, part = translate(language, SESSION), translate(language, PART)
    items = [Item(home, session, "home", go="home")]
    items += [Item(one.name, f"{session} · {one.state_text}", "chat", go=one.id) for one in sessions]
    items += [Item(one.title, part, one.icon, tab_url=one.url, kind=one.kind) for one in parts]
    if sessions:
        hint = translate(language, COMMAND)
        items += [Item(translate(language, text), f"{hint} /{word}", "people", command=word) for word, text in COMMANDS]
    return [item for item in items if _matches(f"{item.text} /{item.command}" if item.command else item.text, sought)]


async def patients(house: House, tx: Transaction, actor: Actor, sought: str) -> list[Item]:
    """Patients by name, for those who may read them; asked only when enough is typed to mean somebody."""
    if not actor.may("patient.read") or len(sought.strip()) < SHORTEST_NAME:
        return []
    found = await reading.find_patients(house, tx, actor, sought)
    hint = translate(actor.language, PATIENT)
    return [
        Item(one.name, hint, "person", tab_url=f"/desk/patient/{one.id}", tab_title=one.name) for one in found[:MOST]
    ]
