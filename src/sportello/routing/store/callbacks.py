"""Who wants to be called back, when that becomes work, and as which conversation an agent has it."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from sportello.kit.database import Transaction
from sportello.routing.store.offers import Reader


class Callback(Struct, frozen=True):
    """A wish to be called back; `work` is the conversation as which it waits for an agent, once it is due."""

    id: UUID
    conversation: UUID | None
    queue: str
    name: str
    phone: str
    wished: str
    topic: str
    language: str
    patient_id: str | None
    asked_at: datetime
    due_at: datetime
    work: UUID | None = None


async def insert(tx: Transaction, one: Callback) -> bool:
    """False when this wish is kept already."""
    done = await tx.execute(
        """insert into routing.callback (id, conversation, queue, name, phone, wished, topic, language, patient_id,
            asked_at, due_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict do nothing""",
        one.id, one.conversation, one.queue, one.name, one.phone, one.wished, one.topic, one.language, one.patient_id,
        one.asked_at, one.due_at,
    )  # fmt: skip
    return done.endswith(" 1")


async def lock(tx: Transaction, callback: UUID) -> Callback | None:
    row = await tx.fetchrow("select * from routing.callback where id = $1 for no key update", callback)
    return Callback(**dict(row)) if row else None


async def becomes(tx: Transaction, callback: UUID, work: UUID) -> None:
    await tx.execute("update routing.callback set work = $2 where id = $1", callback, work)


async def put_off(tx: Transaction, callback: UUID, due_at: datetime) -> None:
    await tx.execute("update routing.callback set due_at = $2 where id = $1", callback, due_at)


async def open_ones(reader: Reader) -> list[Callback]:
    """Those that are not work yet, the first due first."""
    rows = await reader.fetch("select * from routing.callback where work is null order by due_at, id")
    return [Callback(**dict(row)) for row in rows]


async def of_work(reader: Reader, work: UUID) -> Callback | None:
    """The wish that a conversation of channel callback stands for."""
    row = await reader.fetchrow("select * from routing.callback where work = $1", work)
    return Callback(**dict(row)) if row else None


async def move(tx: Transaction, former: str, survivor: str) -> list[UUID]:
    """A record was merged: its wishes are the survivor's."""
    rows = await tx.fetch(
        "update routing.callback set patient_id = $2 where patient_id = $1 returning id", former, survivor
    )
    return [row["id"] for row in rows]


async def give_back(tx: Transaction, wishes: list[UUID], survivor: str, former: str) -> None:
    """Undone: those that still are the survivor's."""
    await tx.execute(
        "update routing.callback set patient_id = $3 where id = any($1::uuid[]) and patient_id = $2",
        wishes,
        survivor,
        former,
    )
