"""Writes to members of a patient's care team: internal, at their desk at once, with marks of who has read it.

A member can be reached when their account is known: said by an administrator, or found by the one e-mail address that
account and practitioner share.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

from sportello.administration import audit
from sportello.administration import store as administration
from sportello.administration.actor import Actor
from sportello.administration.permissions import Permission
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_
from sportello.record.access import open_record
from sportello.record.concepts import many, string
from sportello.record.ports import ClinicalRecord, Resource
from sportello.record.store import team_messages as store
from sportello.record.team import Team

LONGEST = 4000
SHOWN = 200
NOBODY, EMPTY = N_("Choose whom to write to."), N_("Write something.")
TOO_LONG = N_("At most 4000 characters.")


class Colleague(Struct, frozen=True):
    """A member of the team who can be reached here."""

    staff: UUID
    name: str


class Reader(Struct, frozen=True):
    """To whom a message went, and when they looked."""

    name: str
    read: datetime | None


class Message(Struct, frozen=True):
    """A message of the thread."""

    id: UUID
    staff: UUID
    name: str
    body: str
    at: datetime
    own: bool
    readers: tuple[Reader, ...]


class CannotSend(Exception):
    """The message cannot be sent; `errors` are message ids by the form's field."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(", ".join(errors))
        self.errors = errors


async def reachable(house: House, tx: Transaction, practitioners: Collection[str]) -> dict[str, Colleague]:
    """Who of these practitioners has an active account that may read records."""
    if not practitioners:
        return {}
    record: ClinicalRecord = house.port(ClinicalRecord)
    found = await record.pointed_to(tx, [f"Practitioner/{one}" for one in practitioners])
    active = await _readers(tx)
    accounts = accounts_of(found.values(), await store.colleagues(tx), [(row["id"], row["email"]) for row in active])
    names = {row["id"]: row["name"] for row in active}
    return {one: Colleague(staff, names[staff]) for one, staff in accounts.items() if staff in names}


async def _readers(tx: Transaction) -> list[Any]:
    """Active accounts that may read records."""
    readers = set(await administration.staff_with(tx, Permission.PATIENT_READ))
    return [row for row in await administration.all_staff(tx) if row["active"] and row["id"] in readers]


def accounts_of(
    practitioners: Iterable[Resource], said: Mapping[str, UUID], accounts: Sequence[tuple[UUID, str]]
) -> dict[str, UUID]:
    """Each practitioner's account: as was said, else the only one with an e-mail address of theirs."""
    by_mail: dict[str, set[UUID]] = {}
    for staff, address in accounts:
        if address:
            by_mail.setdefault(address.casefold(), set()).add(staff)
    found = {}
    for one in practitioners:
        mails = [string(each.get("value")) or "" for each in many(one.get("telecom")) if each.get("system") == "email"]
        same = {staff for mail in mails for staff in by_mail.get(mail.casefold(), ())}
        if one["id"] in said:
            found[one["id"]] = said[one["id"]]
        elif len(same) == 1:
            found[one["id"]] = same.pop()
    return found


async def members(house: House, tx: Transaction, team: Team) -> dict[str, Colleague]:
    """The members of a team who can be written to, by practitioner."""
    return await reachable(house, tx, [one.practitioner_id for one in team.members if one.practitioner_id])


async def addressees(house: House, tx: Transaction, actor: Actor, patient: str, team: Team) -> dict[str, Colleague]:
    """To whom somebody may write about a patient: members by practitioner, and by `@account` whoever else takes part
    in the thread, so that a member can answer a colleague who is in no care team. Nobody writes to themselves.
    """
    found = {key: one for key, one in (await members(house, tx, team)).items() if str(one.staff) != actor.id}
    known = {actor.id, *(str(one.staff) for one in found.values())}
    names = {row["id"]: row["name"] for row in await _readers(tx)}
    for staff in await store.correspondents(tx, patient):
        if staff in names and str(staff) not in known:
            found[f"@{staff}"] = Colleague(staff, names[staff])
    return found


def answered(messages: Sequence[Message], known: Mapping[str, Colleague]) -> list[str]:
    """Whom an answer goes to when nobody is chosen: the writer of the last message, unless it is the reader's own; or
    the only one there is.
    """
    if len(known) == 1:
        return list(known)
    last = messages[-1] if messages else None
    return [key for key, one in known.items() if last and one.staff == last.staff]


async def thread(house: House, tx: Transaction, actor: Actor, patient_id: str) -> tuple[Resource, list[Message]]:
    """The patient and the thread about them, which the reader has read by this; those who wrote to them are told."""
    _, patient, _ = await open_record(house, tx, actor, patient_id, "team")
    writers = await store.mark_read(tx, patient["id"], UUID(actor.id), house.clock.now())
    for desk in {*map(str, writers), actor.id} if writers else ():  # what waited at the reader's own desk goes, too
        await house.streams.append(tx, f"desk:{desk}", "team-read", {}, audience="staff")
    rows = await store.thread(tx, patient["id"], SHOWN)
    return patient, [
        Message(
            row["id"], row["staff"], row["name"], row["body"], row["at"], str(row["staff"]) == actor.id,
            tuple(Reader(one["name"], _moment(one["read"])) for one in row["readers"] or ()),
        )
        for row in rows
    ]  # fmt: skip


async def send(
    house: House, tx: Transaction, actor: Actor, patient: Resource, message: UUID, body: str,
    chosen: Collection[str], known: Mapping[str, Colleague],
) -> None:  # fmt: skip
    """Writes to the chosen practitioners; the same message again is sent once. Raises CannotSend."""
    body = body.replace("\0", "").strip()
    to = {known[one].staff: known[one].name for one in chosen if one in known and str(known[one].staff) != actor.id}
    errors = {} if to else {"to": NOBODY}
    if not body or len(body) > LONGEST:
        errors["body"] = TOO_LONG if body else EMPTY
    if errors:
        raise CannotSend(errors)
    people = sorted(to.items(), key=lambda pair: str(pair[0]))
    if not await store.add(tx, message, patient["id"], UUID(actor.id), actor.name, body, people, house.clock.now()):
        return
    for staff, _ in people:
        # No clinical words, and no patient's name: a desk's notice may be read over a shoulder.
        await house.streams.append(tx, f"desk:{staff}", "team-message", {"name": actor.name}, audience="staff")
    await audit.record(
        house, tx, actor, "careteam.message", patient=patient["id"], entity=str(message),
        detail={"to": [name for _, name in people]},
    )  # fmt: skip


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
