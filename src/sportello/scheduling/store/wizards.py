"""Booking drafts, kept so that a reload, another window or a crash loses nothing."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from sportello.kit.database import Transaction
from sportello.scheduling.drafts import Wizard

_READ = "select id, mode, state, patient, about, conversation, staff, step, answers, appointment from scheduling.wizard"


async def add(tx: Transaction, one: Wizard, at: datetime) -> None:
    await tx.execute(
        "insert into scheduling.wizard (id, mode, state, patient, about, conversation, staff, step, answers,"
        " appointment, created_at, touched_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11)",
        one.id, one.mode, one.state, one.patient, msgspec.to_builtins(one.about), one.conversation, one.staff, one.step,
        msgspec.to_builtins(one.answers), one.appointment, at,
    )  # fmt: skip


async def read(tx: Transaction, wizard: UUID, *, lock: bool = False) -> Wizard | None:
    """`lock` makes a second click wait until the first one is done."""
    row = await tx.fetchrow(f"{_READ} where id = $1{' for update' if lock else ''}", wizard)
    return _wizard(row) if row else None


async def latest(
    tx: Transaction, patient: str, staff: str, conversation: UUID | None, appointment: UUID | None,
    *, open_since: datetime, ended_since: datetime,
) -> Wizard | None:  # fmt: skip
    """The draft to go on with: unfinished, or finished a moment ago and still on the screen."""
    row = await tx.fetchrow(
        f"{_READ} where patient = $1 and staff = $2 and conversation is not distinct from $3"
        " and ($4::uuid is null and mode = 'schedule' or mode = 'reschedule' and appointment = $4)"
        " and (state = 'open' and touched_at > $5 or state in ('booked', 'done') and touched_at > $6)"
        " order by created_at desc limit 1",
        patient,
        staff,
        conversation,
        appointment,
        open_since,
        ended_since,
    )
    return _wizard(row) if row else None


async def unfinished(tx: Transaction, patient: str, staff: str, since: datetime) -> list[Wizard]:
    """Drafts of this person for a patient that can be gone on with."""
    rows = await tx.fetch(
        f"{_READ} where patient = $1 and staff = $2 and state = 'open' and touched_at > $3"
        " order by touched_at desc limit 5",
        patient,
        staff,
        since,
    )
    return [_wizard(row) for row in rows]


async def middle_of_homes(tx: Transaction, code: str) -> tuple[float, float] | None:
    """The middle of the homes of lately booked patients of a postal code; never of so few that it tells one's home."""
    row = await tx.fetchrow(
        "select avg((about ->> 'latitude')::float8) as latitude, avg((about ->> 'longitude')::float8) as longitude"
        " from scheduling.wizard where about ->> 'latitude' is not null"
        " and upper(regexp_replace(about ->> 'postal_code', '\\W', '', 'g')) = $1"
        " having count(distinct patient) >= 3",
        code,
    )
    return (row["latitude"], row["longitude"]) if row else None


async def forget(tx: Transaction, before: datetime) -> None:
    """Drafts that nobody touched since: what was booked is in the appointment, the rest is nobody's business."""
    await tx.execute("delete from scheduling.wizard where touched_at < $1", before)


async def save(tx: Transaction, one: Wizard, at: datetime) -> None:
    await tx.execute(
        "update scheduling.wizard set state = $2, step = $3, answers = $4, appointment = $5, touched_at = $6"
        " where id = $1",
        one.id,
        one.state,
        one.step,
        msgspec.to_builtins(one.answers),
        one.appointment,
        at,
    )


def _wizard(row: Any) -> Wizard:
    return msgspec.convert(dict(row), Wizard)
