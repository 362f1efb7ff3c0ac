"""Joins two records of one person, and parts them again; each in one transaction, with all that depends on it."""

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from sportello.administration import audit
from sportello.administration.actor import Actor
from sportello.administration.privacy import erasing
from sportello.fhir.subscriptions import telling
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_
from sportello.kit.ids import uuid7
from sportello.record import moving
from sportello.record.events import MergeUndone, PatientsMerged
from sportello.record.ports import ClinicalRecord, MergeableRecord, Resource, Stale
from sportello.record.store import merges, team_messages
from sportello.record.store.merges import Changed, Merge
from sportello.record.uniting import parted, replaced_by, repointed, retired, united

ELSEWHERE = N_("Records are kept in the hospital's own system: they have to be merged there.")
GONE = N_("One of the two records is not there any more.")
ALREADY = N_("One of the two records has been merged meanwhile.")
ITSELF = N_("A record cannot be merged with itself.")
UNDONE = N_("This merge has been undone already.")
ERASING = N_("The data of one of the two are being erased: nothing can be merged or parted until that has ended.")
ERASED = N_("The data of one of the two have been erased since: there is nothing left to separate.")
LATER_FIRST = N_("The surviving record was merged again later: undo that merge first.")


class CannotMerge(Exception):
    """It is not possible as things stand; the text is a message id."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def mergeable(house: House) -> MergeableRecord:
    """The record, if merging is done here; raises CannotMerge."""
    record = house.port(ClinicalRecord).present()
    if not isinstance(record, MergeableRecord):
        raise CannotMerge(ELSEWHERE)
    return record


async def merge(
    house: House, tx: Transaction, actor: Actor, survivor: str, former: str, *,
    seen: Mapping[str, int], taken: Collection[str] = (), reason: str = "",
) -> UUID:  # fmt: skip
    """Makes `former` lead to `survivor`, which gets all that is the other's and the elements `taken` from it.

    `seen` are the versions that were compared: raises Stale when one is not that any more, and CannotMerge.
    """
    record = mergeable(house)
    if survivor == former:
        raise CannotMerge(ITSELF)
    await _not_while_erasing(tx, survivor, former, house.clock.now())
    # Held in one order whichever way round they are merged: of two people the second sees what the first did.
    there = await record.hold_many(tx, sorted([("Patient", survivor), ("Patient", former)]))
    if len(there) < 2:
        raise CannotMerge(GONE)
    keys = [("Patient", one, there[f"Patient/{one}"]) for one in (survivor, former)]
    bodies = await record.as_they_were(tx, keys)
    one, other = (bodies[key] for key in keys)
    if replaced_by(one) or replaced_by(other):
        raise CannotMerge(ALREADY)
    for name in (survivor, former):
        if seen.get(name) != there[f"Patient/{name}"]:
            raise Stale(there[f"Patient/{name}"])
    made = uuid7()
    await merges.add(tx, made, survivor, former, reason, actor.id, actor.name, house.clock.now())
    changed = {f"Patient/{survivor}": united(one, other, taken), f"Patient/{former}": retired(other, survivor)}
    before = dict(there)
    for resource, version in await record.naming(tx, former):
        name = f"{resource['resourceType']}/{resource['id']}"
        if name not in changed:
            changed[name], before[name] = repointed(resource, former, survivor), version
    after = await record.keep_many(tx, list(changed.values()), house.clock.now())
    await merges.add_items(tx, made, [_changed(name, before[name], after[name]) for name in changed])
    await moving.note(tx, made, "messages", await team_messages.move(tx, former, survivor))
    await house.news.announce(tx, PatientsMerged(made, survivor, former))
    await telling.wake(house, tx)
    detail = {"merge": str(made), "into": survivor, "resources": len(changed) - 2, "reason": reason}
    for patient in (survivor, former):
        await audit.record(
            house, tx, actor, "patient.merged", patient=patient, entity=f"Patient/{former}", detail=detail
        )
    return made


async def _not_while_erasing(tx: Transaction, one: str, other: str, since: datetime) -> None:
    """What is to be erased was laid down when it was approved: moved since, it would survive, or a stranger's would go.

    Asked before anything else is held, as the erasure does it.
    """
    state = await erasing.of_any(tx, [one, other], since)
    if state:
        raise CannotMerge(ERASING if state == "approved" else ERASED)


async def undo(house: House, tx: Transaction, actor: Actor, which: UUID) -> Merge | None:
    """Parts the two again: what nobody touched since is as it was, what was changed since keeps its change and goes
    back to whose it was, what is new stays with the survivor. None when there is no such merge; raises CannotMerge.
    """
    record = mergeable(house)
    found = await merges.hold(tx, which)
    if found is None:
        return None
    if found.undone_at:
        raise CannotMerge(UNDONE)
    await _not_while_erasing(tx, found.survivor, found.former, found.at)
    items = await merges.items_of(tx, which)
    there = await record.hold_many(tx, sorted((one.type, one.id) for one in items))
    wanted = [(one.type, one.id, version) for one in items for version in (one.before, one.after)]
    wanted += [(one.type, one.id, there[name]) for one in items if (name := f"{one.type}/{one.id}") in there]
    bodies = await record.as_they_were(tx, wanted)
    now = bodies.get(("Patient", found.survivor, there.get(f"Patient/{found.survivor}", 0)))
    if now and replaced_by(now):
        raise CannotMerge(LATER_FIRST)
    written = []
    for one in items:
        if version := there.get(f"{one.type}/{one.id}"):  # what was deleted since stays so
            old, new, now = (bodies[one.type, one.id, each] for each in (one.before, one.after, version))
            written.append(old if version == one.after else _back(found, one, old, new, now))
    await record.keep_many(tx, written, house.clock.now())
    await merges.undo(tx, which, actor.name, house.clock.now())
    messages = [UUID(one) for one in await moving.noted(tx, which, "messages")]
    await team_messages.give_back(tx, messages, found.former)
    await house.news.announce(tx, MergeUndone(which, found.survivor, found.former))
    await telling.wake(house, tx)
    for patient in (found.survivor, found.former):
        await audit.record(
            house, tx, actor, "patient.unmerged", patient=patient, entity=f"Patient/{found.former}",
            detail={"merge": str(which), "from": found.survivor},
        )  # fmt: skip
    return found


def _back(found: Merge, one: Changed, old: Resource, new: Resource, now: Resource) -> Resource:
    if one.type == "Patient":
        return parted(now, old, new)
    turned: Resource = repointed(now, found.survivor, found.former)
    if repointed(old, found.survivor, found.former) == old:
        return turned
    # It named both from the start: only what the merge turned is turned back.
    return parted(now, old, new)


def _changed(name: str, before: int, after: int) -> Changed:
    kind, _, logical_id = name.partition("/")
    return Changed(kind, logical_id, before, after)
