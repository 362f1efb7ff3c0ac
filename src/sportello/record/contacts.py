"""Everything that passed between hospital and patient in one place: rooms above the record hand in what they know."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime

import structlog
from msgspec import Struct

from sportello.administration.actor import Actor
from sportello.kit.database import Errand, Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_, translate
from sportello.kit.traces import where
from sportello.record.access import open_record
from sportello.record.parts import CONTACTS

log = structlog.get_logger("record")
PAGE = 30
KINDS = {
    "appointments": N_("Appointments"),
    "conversations": N_("Conversations"),
    "messages": N_("Messages"),
    "calls": N_("Calls"),
    "surveys": N_("Surveys"),
    "consents": N_("Consents"),
}


class Contact(Struct, frozen=True):
    """One contact in the reader's words; `url` leads to it when the reader may open it, `tab` is its title there.

    Not `exact`: of its moment only the day is known. `zone` is that of the clock by which it is told.
    """

    at: datetime
    kind: str
    title: str
    detail: str = ""
    status: str = ""
    url: str = ""
    tab: str = ""
    exact: bool = True
    zone: str = ""


Source = Callable[[House, Transaction, Actor, str, datetime | None, int], Awaitable[list[Contact]]]


class ContactSources(dict[str, Source]):
    """Who knows of contacts, by a name for people (a message id).

    A source answers the newest of a patient's before a moment, at most so many, as far as the reader may know of them.
    """


class Contacts(Struct, frozen=True):
    """A page, newest first; `before` is where the next begins, `failed` names sources that could not be read."""

    items: tuple[Contact, ...]
    before: str | None
    failed: tuple[str, ...]


def sources_of(house: House) -> ContactSources:
    """The house's sources; rooms add theirs in `install`."""
    found = house.ports.setdefault(ContactSources, ContactSources())
    assert isinstance(found, ContactSources)
    return found


async def contacts(
    house: House, tx: Transaction, actor: Actor, patient_id: str, kinds: Collection[str] = (), before: str | None = None
) -> Contacts:
    """A page of all sources together. One that fails is named; the others are shown all the same."""
    _, patient, _ = await open_record(house, tx, actor, patient_id, CONTACTS)
    until, wanted = _moment(before), {kind for kind in kinds if kind in KINDS}
    # With a filter more is asked for, since a source may tell of several kinds.
    limit = (8 if wanted else 1) * PAGE + 1
    found: list[Contact] = []
    edges, failed = [], []
    for name, source in sources_of(house).items():
        try:
            async with tx.connection.transaction():  # a savepoint: the others can still be read
                told = await source(house, tx, actor, patient["id"], until, limit)
        except Errand:  # no failure: the work begins anew with what it asks for
            raise
        except Exception as error:
            log.warning("contacts could not be read", source=name, error=where(error))
            failed.append(translate(actor.language, name))
            continue
        found += told
        edges += [min(one.at for one in told)] if len(told) >= limit else []
    shown, further = page(found, max(edges, default=None), wanted)
    return Contacts(tuple(shown), further.isoformat() if further else None, tuple(failed))


def page(
    found: Sequence[Contact], edge: datetime | None, wanted: Collection[str]
) -> tuple[list[Contact], datetime | None]:
    """The newest of the wanted kinds, and the moment before which the next page begins.

    Of a source that may have more nothing is known before `edge`, so nothing older than that is shown yet.
    """
    fitting = sorted((one for one in found if not wanted or one.kind in wanted), key=lambda one: one.at, reverse=True)
    known = [one for one in fitting if edge is None or one.at > edge]
    # What happened at one moment is not parted.
    shown = known[:PAGE] + [one for one in known[PAGE:] if one.at == known[PAGE - 1].at]
    if len(shown) < len(known) or (shown and edge):
        return shown, shown[-1].at
    if edge is None:
        return shown, None
    # Many at one moment, or none of the wanted kinds: on behind it.
    return [one for one in fitting if one.at == edge], edge


def _moment(text: str | None) -> datetime | None:
    try:
        found = datetime.fromisoformat(text) if text and len(text) < 40 else None
    except ValueError:
        return None
    return found if found and found.tzinfo else None
