"""Which transcripts are to be sent to whom, and whether they were."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from sportello.conversations.store.talks import Reader
from sportello.kit.database import Transaction


class Mailing(Struct, frozen=True):
    """A transcript on its way."""

    id: UUID
    conversation: UUID
    recipient: str
    by_name: str
    asked_at: datetime
    status: str
    tries: int
    sent_at: datetime | None


_COLUMNS = "id, conversation, recipient, by_name, asked_at, status, tries, sent_at"


async def add(tx: Transaction, mailing: UUID, conversation: UUID, recipient: str, by_name: str, at: datetime) -> None:
    await tx.execute(
        """insert into conversations.mailing (id, conversation, recipient, by_name, asked_at)
        values ($1, $2, $3, $4, $5)""",
        mailing, conversation, recipient, by_name, at,
    )  # fmt: skip


async def locked(tx: Transaction, mailing: UUID) -> Mailing | None:
    row = await tx.fetchrow(f"select {_COLUMNS} from conversations.mailing where id = $1 for update", mailing)  # noqa: S608
    return Mailing(**dict(row)) if row else None


async def of(reader: Reader, conversation: UUID) -> list[Mailing]:
    """The newest first."""
    rows = await reader.fetch(
        f"select {_COLUMNS} from conversations.mailing where conversation = $1 order by asked_at desc limit 10",  # noqa: S608
        conversation,
    )
    return [Mailing(**dict(row)) for row in rows]


async def tried(tx: Transaction, mailing: UUID, status: str, at: datetime | None) -> None:
    await tx.execute(
        "update conversations.mailing set status = $2, tries = tries + 1, sent_at = $3 where id = $1",
        mailing,
        status,
        at,
    )
