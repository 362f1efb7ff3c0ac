"""Erasing a patient's data: asked by one, approved by another who was shown what goes and stays, done room by room.

Each room's part is a transaction of its own that also says that it is done, so that whatever ends the process the rest
follows. The audit trail is not touched: it tells of patients by their logical id alone, which then leads nowhere.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

import msgspec
from msgspec import Struct

from sportello.administration import audit
from sportello.administration.actor import SYSTEM, Actor
from sportello.administration.privacy import holding, policy, rows, store
from sportello.administration.privacy.holdings import Holding, Kind, Subject, Sum, holdings, whole
from sportello.administration.privacy.store import Erasure, Hold
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_
from sportello.kit.jobs import job

_AGAIN = timedelta(days=1)  # until what is held is looked at again
HELD = N_("A legal hold forbids it.")
OWN = N_("Whoever asked cannot approve as well: somebody else must look at it.")
CHANGED = N_("What would go has changed since this page was loaded. Look at it again.")
DECIDED = N_("This request was decided meanwhile.")


class NotNow(Exception):
    """It cannot be done (yet); the message id is for whoever asked."""


class Part(Struct, frozen=True):
    """One kind of data of the patient: what there is, whether it goes."""

    kind: Kind
    goes: bool
    sums: list[Sum]
    policy: policy.Policy


class Plan(Struct, frozen=True):
    """A dry run: what exactly would go and stay, and what stands in the way."""

    subject: Subject
    parts: list[Part]
    holds: list[Hold]
    blocked: list[str]
    elsewhere: list[str]

    @property
    def mark(self) -> str:
        """Changes with the numbers, so that nobody approves what they were not shown."""
        told = [(part.kind, part.goes, [(one.part, one.rows) for one in part.sums]) for part in self.parts]
        return hashlib.sha256(msgspec.json.encode(told)).hexdigest()[:16]


async def dry_run(house: House, tx: Transaction, patient: str) -> Plan:
    """Nothing is changed."""
    subject = await whole(house, tx, patient)
    in_force = await policy.in_force(tx)
    sums: dict[Kind, list[Sum]] = {}
    blocked: list[str] = []
    elsewhere: list[str] = []
    for one in holdings(house):
        sums.setdefault(one.kind, []).extend(await _counted(house, tx, one, subject))
        if one.blocked:
            blocked += await one.blocked(house, tx, subject)
        if one.elsewhere:
            elsewhere += await one.elsewhere(house, tx, subject)
    now = house.clock.now()
    parts = []
    for kind in policy.KINDS:
        found = [one for one in sums.get(kind, []) if one.rows]
        latest = max((one.latest for one in found if one.latest), default=None)
        parts.append(Part(kind, in_force[kind].lets_go(latest, now), found, in_force[kind]))
    return Plan(subject, parts, await holding.on(house, tx, subject), blocked, elsewhere)


async def _counted(house: House, tx: Transaction, one: Holding, subject: Subject) -> list[Sum]:
    found = [await rows.count(tx, table, subject) for table in one.tables]
    if one.counted:
        found += await one.counted(house, tx, subject)
    return found


async def ask(
    house: House, tx: Transaction, by: Actor, erasure: UUID, patient: str, reason: str,
    came_by: Literal["staff", "portal", "conversation"], conversation: UUID | None = None,
) -> bool:  # fmt: skip
    """Keeps the request; False when the patient has one that is not decided or done yet."""
    name = by.name or by.kind
    now = house.clock.now()
    if not await store.ask_erasure(tx, erasure, patient, came_by, conversation, reason, by.id, name, now):
        return False
    await audit.record(house, tx, by, "privacy.erasure_asked", patient=patient, entity=str(erasure))
    return True


async def approve(house: House, tx: Transaction, by: Actor, erasure: UUID, mark: str) -> None:
    """Four eyes: by another than who asked, for exactly what was shown (`mark`). Raises NotNow."""
    one = await _undecided(tx, erasure)
    if one.asked_by == by.id:
        raise NotNow(OWN)
    plan = await dry_run(house, tx, one.patient)
    if plan.holds:
        raise NotNow(HELD)
    if plan.blocked:
        raise NotNow(plan.blocked[0])
    if plan.mark != mark:
        raise NotNow(CHANGED)
    goes = [str(part.kind) for part in plan.parts if part.goes]
    await store.decide_erasure(
        tx,
        erasure,
        "approved",
        by.id,
        by.name,
        house.clock.now(),
        subject=msgspec.to_builtins(plan.subject),
        kinds=goes,
    )
    await audit.record(
        house, tx, by, "privacy.erasure_approved", patient=one.patient, entity=str(erasure), detail={"kinds": goes}
    )
    await _promise(house, tx, erasure)


async def of_any(tx: Transaction, patients: Sequence[str], since: datetime) -> str:
    """How far an erasure of one of these patients is: `approved`, `done` after an instant, or neither. Requests are
    held: whoever would approve one meanwhile waits, and finds what has changed.
    """
    found = await store.hold_erasures(tx, patients)
    if any(state == "approved" for state, _ in found):
        return "approved"
    return "done" if any(state == "done" and end and end > since for state, end in found) else ""


async def refuse(house: House, tx: Transaction, by: Actor, erasure: UUID, why: str) -> None:
    """With the reason, which the patient is told who asked in the portal. Raises NotNow."""
    one = await _undecided(tx, erasure)
    if one.asked_by == by.id:
        raise NotNow(OWN)
    await store.decide_erasure(tx, erasure, "refused", by.id, by.name, house.clock.now(), why=why)
    await audit.record(house, tx, by, "privacy.erasure_refused", patient=one.patient, entity=str(erasure))


async def _undecided(tx: Transaction, erasure: UUID) -> Erasure:
    one = await store.erasure(tx, erasure, hold=True)
    if one is None or one.state != "asked":
        raise NotNow(DECIDED)
    return one


async def _promise(house: House, tx: Transaction, erasure: UUID, after: timedelta = timedelta()) -> None:
    await house.jobs.enqueue(
        tx, "administration.erase", {"erasure": str(erasure)}, run_at=house.clock.now() + after,
        dedupe_key=f"erasure:{erasure}",
    )  # fmt: skip


@job("administration.erase", starts=50)
async def erase(house: House, tx: Transaction, payload: dict[str, Any]) -> None:
    """The next part that is not done, and the promise of the one after it; the highest rooms first."""
    one = await store.erasure(tx, UUID(payload["erasure"]), hold=True)
    if one is None or one.state != "approved":
        return
    subject = msgspec.convert(one.subject, Subject)
    if await holding.on(house, tx, subject):
        await _promise(house, tx, one.id, _AGAIN)
        return
    done = await store.steps(tx, one.id)
    for part in reversed(holdings(house)):
        if part.kind in one.kinds and (name := f"{part.room}.{part.kind}") not in done:
            number = sum([await rows.erase(tx, table, subject) for table in part.tables])
            if part.erased:
                number += await part.erased(house, tx, subject)
            await store.add_step(tx, one.id, name, number, house.clock.now())
            await _promise(house, tx, one.id)
            return
    await store.end_erasure(tx, one.id, house.clock.now())
    numbers = {name: row["number"] for name, row in done.items()}
    await audit.record(
        house, tx, SYSTEM, "privacy.erased", patient=one.patient, entity=str(one.id), detail={"rows": numbers}
    )
