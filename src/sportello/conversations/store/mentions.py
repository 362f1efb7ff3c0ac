"""Who was mentioned in which conversation, and has looked."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from sportello.conversations.store.talks import Reader
from sportello.kit.database import Transaction


class Mention(Struct, frozen=True):
    """Somebody's name in a note."""

    message: UUID
    conversation: UUID
    by_name: str
    at: datetime
    visitor_name: str


async def add(tx: Transaction, message: UUID, staff: UUID, conversation: UUID, by_name: str, at: datetime) -> bool:
    """False when this note has told them already."""
    return bool(
        await tx.fetch(
            """insert into conversations.mention (message, staff, conversation, by_name, at)
            values ($1, $2, $3, $4, $5) on conflict do nothing returning staff""",
            message, staff, conversation, by_name, at,
        )
    )  # fmt: skip


async def unseen(reader: Reader, staff: UUID) -> list[Mention]:
    """The newest not yet looked at, one a conversation."""
    rows = await reader.fetch(
        """select distinct on (m.conversation) m.message, m.conversation, m.by_name, m.at, c.visitor_name
        from conversations.mention m join conversations.conversation c on c.id = m.conversation
        where m.staff = $1 and m.seen_at is null order by m.conversation, m.at desc limit 20""",
        staff,
    )
    return sorted((Mention(**dict(row)) for row in rows), key=lambda one: one.at)


async def is_mentioned(reader: Reader, conversation: UUID, staff: UUID) -> bool:
    rows = await reader.fetch(
        "select 1 from conversations.mention where conversation = $1 and staff = $2 limit 1", conversation, staff
    )
    return bool(rows)


async def see(tx: Transaction, conversation: UUID, staff: UUID, at: datetime) -> None:
    await tx.execute(
        """update conversations.mention set seen_at = $3
        where conversation = $1 and staff = $2 and seen_at is null""",
        conversation,
        staff,
        at,
    )
