"""What is asked of conversations whose patient's data go: which they are, their files, their emptying."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sportello.kit.database import Transaction


async def of_patient(tx: Transaction, patient: str) -> list[UUID]:
    """All of them: linked by staff, or opened while signed in."""
    rows = await tx.fetch(
        """select id from conversations.conversation where patient_id = $1 or account_patient = $1
        order by created_at""",
        patient,
    )
    return [row["id"] for row in rows]


async def over(
    tx: Transaction, before: datetime, patients: Sequence[str], but: Sequence[UUID], limit: int
) -> list[UUID]:
    """Conversations that ended before a time and are not empty yet, the oldest first; none of these patients', none of
    these."""
    rows = await tx.fetch(
        """select id from conversations.conversation
        where state = 'closed' and closed_at < $1 and visitor_name <> '—' and id <> all($3::uuid[])
          and coalesce(patient_id <> all($2::text[]), true) and coalesce(account_patient <> all($2::text[]), true)
        order by closed_at limit $4""",
        before, list(patients), list(but), limit,
    )  # fmt: skip
    return [row["id"] for row in rows]


async def open_ones(tx: Transaction, talks: Sequence[str]) -> int:
    return int(
        await tx.fetchval(
            "select count(*) from conversations.conversation where id::text = any($1::text[]) and state <> 'closed'",
            list(talks),
        )
    )


async def files_of(tx: Transaction, talk: UUID) -> list[Any]:
    """Files whose content is still there."""
    return await tx.fetch(
        """select id, name, content from conversations.file where conversation = $1 and content is not null
        order by sent_at""",
        talk,
    )


async def empty_files(tx: Transaction, talks: Sequence[str], at: datetime) -> None:
    """That there were files, of which type and size, stays."""
    await tx.execute(
        """update conversations.file set name = '—', content = null, thumbnail = null,
        removed_at = coalesce(removed_at, $2) where conversation::text = any($1::text[])""",
        list(talks), at,
    )  # fmt: skip
