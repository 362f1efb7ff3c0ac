"""Whose appointments are when two records of a patient become one, or two again."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sportello.kit.database import Transaction

# Two records may have visits at one time: both stand, each on a seat of its own in the patient's time.
_CLAIMS = """
    update scheduling.claim c set actor = $2, seat = coalesce(
        (select max(o.seat) + 1 from scheduling.claim o where o.actor = $2 and o.during && c.during), 1)
    where c.id = $1
"""


async def move(tx: Transaction, former: str, survivor: str) -> list[UUID]:
    """Every appointment of one patient becomes the other's."""
    rows = await tx.fetch(
        "select id from scheduling.appointment where patient = $1 order by id for no key update", former
    )
    return await _give(tx, [row["id"] for row in rows], former, survivor)


async def give_back(tx: Transaction, ids: Sequence[UUID], survivor: str, former: str) -> list[UUID]:
    """Those of the appointments that still are the survivor's."""
    rows = await tx.fetch(
        "select id from scheduling.appointment where id = any($1::uuid[]) and patient = $2 order by id"
        " for no key update",
        list(ids),
        survivor,
    )
    return await _give(tx, [row["id"] for row in rows], survivor, former)


async def _give(tx: Transaction, ids: list[UUID], source: str, target: str) -> list[UUID]:
    await tx.execute("update scheduling.appointment set patient = $2 where id = any($1::uuid[])", ids, target)
    claims = await tx.fetch(
        "select id from scheduling.claim where appointment = any($1::uuid[]) and actor = $2 order by id for update",
        ids,
        f"patient:{source}",
    )
    for claim in claims:
        await tx.execute(_CLAIMS, claim["id"], f"patient:{target}")
    return ids


async def move_drafts(tx: Transaction, former: str, survivor: str) -> None:
    """Bookings that are being made go on for the survivor."""
    await tx.execute(
        "update scheduling.wizard set patient = $2 where patient = $1 and state in ('open', 'booked')", former, survivor
    )


async def move_wishes(tx: Transaction, former: str, survivor: str) -> list[UUID]:
    """What the former record waits for, the survivor does."""
    rows = await tx.fetch(
        "update scheduling.waiting set patient = $2 where patient = $1 returning id", former, survivor
    )
    return [row["id"] for row in rows]


async def give_wishes_back(tx: Transaction, ids: Collection[UUID], survivor: str, former: str) -> None:
    """Those that are the survivor's still."""
    await tx.execute(
        "update scheduling.waiting set patient = $3 where id = any ($1::uuid[]) and patient = $2",
        list(ids),
        survivor,
        former,
    )


# Nobody is their own delegate, and nobody twice: such a row stays where it is, and says nothing that is not known.
_DELEGATES = """
    update scheduling.delegate d set {column} = $2
    where {column} = $1 and {other} <> $2 and ($3::uuid[] is null or id = any ($3))
      and (ended_at is not null or not exists (
          select from scheduling.delegate o
          where o.{column} = $2 and o.{other} = d.{other} and o.ended_at is null))
    returning id
"""
_BY_PATIENT = _DELEGATES.format(column="patient", other="delegate")
_BY_DELEGATE = _DELEGATES.format(column="delegate", other="patient")


async def move_delegates(tx: Transaction, former: str, survivor: str) -> tuple[list[UUID], list[UUID]]:
    """Who books for the former record books for the survivor, and whom the former booked for, the survivor does."""
    theirs = await tx.fetch(_BY_PATIENT, former, survivor, None)
    others = await tx.fetch(_BY_DELEGATE, former, survivor, None)
    return [row["id"] for row in theirs], [row["id"] for row in others]


async def give_delegates_back(
    tx: Transaction, theirs: Collection[UUID], others: Collection[UUID], survivor: str, former: str
) -> None:
    """Those that are the survivor's still, also when they have ended since."""
    await tx.execute(_BY_PATIENT, survivor, former, list(theirs))
    await tx.execute(_BY_DELEGATE, survivor, former, list(others))
