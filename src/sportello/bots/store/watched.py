"""Every statement on where talks with the assistant stand, for those who watch."""

from collections.abc import Collection
from uuid import UUID

from msgspec import Struct

from sportello.bots.store.talks import Reader


class Watched(Struct, frozen=True):
    """Of a talk's memory what may be shown."""

    conversation: UUID
    scenario: str
    at: str
    misses: int
    score: int
    flag: str


async def standing(reader: Reader, conversations: Collection[UUID]) -> list[Watched]:
    """Those that the assistant has in hand."""
    rows = await reader.fetch(
        """select conversation, coalesce(memory->>'scenario', '') as scenario, coalesce(memory->>'at', '') as at,
            coalesce((memory->>'misses')::int, 0) as misses, coalesce((memory->>'score')::int, 0) as score,
            coalesce(memory->>'flag', '') as flag
        from bots.session where conversation = any($1::uuid[]) and ended_at is null""",
        list(conversations),
    )
    return [Watched(**dict(row)) for row in rows]
