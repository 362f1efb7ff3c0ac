"""Messages among staff about a patient, their readers, and practitioners' accounts."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sportello.kit.database import Transaction


async def colleagues(tx: Transaction) -> dict[str, UUID]:
    """Whose account each practitioner has, as far as it was said."""
    rows = await tx.fetch("select practitioner, staff from record.colleague")
    return {row["practitioner"]: row["staff"] for row in rows}


async def set_colleague(tx: Transaction, practitioner: str, staff: UUID | None) -> None:
    await tx.execute("delete from record.colleague where practitioner = $1", practitioner)
    if staff is not None:
        await tx.execute("insert into record.colleague (practitioner, staff) values ($1, $2)", practitioner, staff)


async def add(
    tx: Transaction, message: UUID, patient: str, staff: UUID, name: str, body: str, to: Sequence[tuple[UUID, str]],
    at: datetime,
) -> bool:  # fmt: skip
    """False when this very message was written already."""
    done = await tx.execute(
        """insert into record.team_message (id, patient, staff, name, body, at) values ($1, $2, $3, $4, $5, $6)
        on conflict do nothing""",
        message, patient, staff, name, body, at,
    )  # fmt: skip
    if done.endswith(" 0"):
        return False
    await tx.execute(
        "insert into record.team_message_to (message, staff, name) select $1, * from unnest($2::uuid[], $3::text[])",
        message, [one for one, _ in to], [told for _, told in to],
    )  # fmt: skip
    return True


async def thread(tx: Transaction, patient: str, limit: int) -> list[Any]:
    """The newest messages about a patient, each with its readers, the oldest of them first."""
    rows = await tx.fetch(
        """select m.id, m.staff, m.name, m.body, m.at,
               (select jsonb_agg(jsonb_build_object('name', t.name, 'read', t.read_at) order by t.name)
                from record.team_message_to t where t.message = m.id) as readers
        from record.team_message m where m.patient = $1 order by m.at desc, m.id desc limit $2""",
        patient, limit,
    )  # fmt: skip
    return rows[::-1]


async def mark_read(tx: Transaction, patient: str, staff: UUID, at: datetime) -> list[UUID]:
    """What was written to somebody about a patient is read; whose messages they were."""
    rows = await tx.fetch(
        """update record.team_message_to t set read_at = $3 from record.team_message m
        where m.id = t.message and m.patient = $1 and t.staff = $2 and t.read_at is null returning m.staff""",
        patient, staff, at,
    )  # fmt: skip
    return sorted({row["staff"] for row in rows})


async def correspondents(tx: Transaction, patient: str) -> list[UUID]:
    """Who has written about a patient, or was written to; the latest writers first."""
    rows = await tx.fetch(
        """select staff from (
            select m.staff, max(m.at) as wrote, null::timestamptz as was_told from record.team_message m
            where m.patient = $1 group by m.staff
            union all
            select t.staff, null, max(m.at) from record.team_message m join record.team_message_to t on t.message = m.id
            where m.patient = $1 group by t.staff) who
        group by staff order by max(wrote) desc nulls last, max(was_told) desc, staff""",
        patient,
    )
    return [row["staff"] for row in rows]


async def unread(tx: Transaction, staff: UUID) -> list[Any]:
    """Patients about whom somebody was written to and has not looked: how many, by whom last, and when."""
    return await tx.fetch(
        """select m.patient, count(*) as number, max(m.at) as at, (array_agg(m.name order by m.at desc))[1] as name
        from record.team_message_to t join record.team_message m on m.id = t.message
        where t.staff = $1 and t.read_at is null group by m.patient order by max(m.at) desc limit 20""",
        staff,
    )


async def move(tx: Transaction, former: str, survivor: str) -> list[UUID]:
    """Two records became one: all messages are about the survivor."""
    rows = await tx.fetch(
        "update record.team_message set patient = $2 where patient = $1 returning id", former, survivor
    )
    return [row["id"] for row in rows]


async def give_back(tx: Transaction, messages: Sequence[UUID], former: str) -> None:
    """Two again: those that were moved."""
    await tx.execute("update record.team_message set patient = $2 where id = any($1::uuid[])", list(messages), former)
