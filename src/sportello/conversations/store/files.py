"""Files sent in conversations: their content lies in the database, so that one backup holds all of a conversation."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from sportello.conversations.store.talks import Reader
from sportello.kit.database import Transaction


class File(Struct, frozen=True):
    """What is known of a file; its content is read by itself."""

    id: UUID
    conversation: UUID
    sender: str
    name: str
    type: str
    size: int
    scanned_by: str
    sent_at: datetime
    removed_at: datetime | None
    pictured: bool


_COLUMNS = """id, conversation, sender, name, type, size, scanned_by, sent_at, removed_at,
    thumbnail is not null as pictured"""


async def add(tx: Transaction, file: File, content: bytes, thumbnail: bytes | None) -> bool:
    """False when a file of this id is there already."""
    return bool(
        await tx.fetch(
            """insert into conversations.file
                (id, conversation, sender, name, type, size, content, thumbnail, scanned_by, sent_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict do nothing returning id""",
            file.id, file.conversation, file.sender, file.name, file.type, file.size, content, thumbnail,
            file.scanned_by, file.sent_at,
        )
    )  # fmt: skip


async def read(reader: Reader, file: UUID) -> File | None:
    row = await reader.fetchrow(f"select {_COLUMNS} from conversations.file where id = $1", file)  # noqa: S608
    return File(**dict(row)) if row else None


async def content(reader: Reader, file: UUID, *, thumbnail: bool) -> bytes | None:
    """The bytes; None when they were removed, or when it has no picture."""
    column = "thumbnail" if thumbnail else "content"
    row = await reader.fetchrow(f"select {column} as bytes from conversations.file where id = $1", file)  # noqa: S608
    return bytes(row["bytes"]) if row and row["bytes"] is not None else None


async def remove(tx: Transaction, file: UUID, now: datetime) -> None:
    """The content goes; that there was a file stays."""
    await tx.execute(
        """update conversations.file set content = null, thumbnail = null, removed_at = $2
        where id = $1 and removed_at is null""",
        file,
        now,
    )


async def remove_old(tx: Transaction, before: datetime, now: datetime, limit: int) -> int:
    """Removes the content of files whose conversation was closed before an instant; answers how many."""
    rows = await tx.fetch(
        """update conversations.file set content = null, thumbnail = null, removed_at = $2 where id in (
            select f.id from conversations.file f join conversations.conversation c on c.id = f.conversation
            where f.removed_at is null and f.sent_at < $1 and c.state = 'closed' and c.closed_at < $1
            order by f.sent_at limit $3 for update of f skip locked) returning id""",
        before,
        now,
        limit,
    )
    return len(rows)
