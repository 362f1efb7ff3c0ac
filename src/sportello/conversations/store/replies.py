"""Quick replies: everybody's and one's own."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from sportello.conversations.store.talks import Reader
from sportello.kit.database import Transaction


class Reply(Struct, frozen=True):
    """A text to be sent again and again, by language; `staff` is whose, None: everybody's."""

    id: UUID
    staff: UUID | None
    shortcut: str
    tags: list[str]
    texts: dict[str, str]
    changed_at: datetime
    changed_by: str


_COLUMNS = "id, staff, shortcut, tags, texts, changed_at, changed_by"


async def all_of(reader: Reader, staff: UUID) -> list[Reply]:
    """One's own and everybody's, by their shortcuts; of two with one shortcut one's own comes first."""
    rows = await reader.fetch(
        f"select {_COLUMNS} from conversations.quick_reply where staff = $1 or staff is null order by shortcut, staff",  # noqa: S608
        staff,
    )
    return [Reply(**dict(row)) for row in rows]


async def read(reader: Reader, reply: UUID) -> Reply | None:
    row = await reader.fetchrow(f"select {_COLUMNS} from conversations.quick_reply where id = $1", reply)  # noqa: S608
    return Reply(**dict(row)) if row else None


async def keep(tx: Transaction, reply: Reply) -> bool:
    """False when somebody else's text has this shortcut already."""
    return bool(
        await tx.fetch(
            """insert into conversations.quick_reply (id, staff, shortcut, tags, texts, changed_at, changed_by)
            select $1, $2::uuid, $3::text, $4, $5, $6, $7 where not exists (
                select from conversations.quick_reply q
                where q.shortcut = $3 and q.staff is not distinct from $2 and q.id <> $1)
            on conflict (id) do update set staff = excluded.staff, shortcut = excluded.shortcut, tags = excluded.tags,
                texts = excluded.texts, changed_at = excluded.changed_at, changed_by = excluded.changed_by
            returning id""",
            reply.id, reply.staff, reply.shortcut, reply.tags, reply.texts, reply.changed_at, reply.changed_by,
        )
    )  # fmt: skip


async def remove(tx: Transaction, reply: UUID) -> None:
    await tx.execute("delete from conversations.quick_reply where id = $1", reply)
