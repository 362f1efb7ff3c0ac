"""Who takes part in a conversation beside its owner, and who is asked to."""

from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

from sportello.conversations.store.talks import Reader
from sportello.kit.database import Transaction


class Invitation(Struct, frozen=True):
    """Somebody is asked (until `expires_at`) to advise (`consult`), to write too (`join`), or to take it over."""

    id: UUID
    conversation: UUID
    kind: str
    asked: UUID
    asked_name: str
    by: UUID
    by_name: str
    note: str
    asked_at: datetime
    expires_at: datetime
    outcome: str | None = None


class Party(Struct, frozen=True):
    """Somebody beside the owner; `role` is `consulted` (reads and whispers) or `member` (writes to the patient)."""

    id: UUID
    conversation: UUID
    staff: UUID
    name: str
    role: str
    by_name: str
    joined_at: datetime


_INVITATION = """select id, conversation, kind, asked, asked_name, by, by_name, note, asked_at, expires_at, outcome
    from conversations.invitation"""
_PARTY = "select id, conversation, staff, name, role, by_name, joined_at from conversations.party"


def _invitations(rows: Any) -> list[Invitation]:
    return [Invitation(**dict(row)) for row in rows]


async def invitation(reader: Reader, invitation_id: UUID) -> Invitation | None:
    found = _invitations(await reader.fetch(f"{_INVITATION} where id = $1", invitation_id))
    return found[0] if found else None


async def open_invitations(reader: Reader, conversation: UUID) -> list[Invitation]:
    """Who is asked right now, the first one first; stable while the conversation is held."""
    return _invitations(
        await reader.fetch(
            f"{_INVITATION} where conversation = $1 and outcome is null order by asked_at, id", conversation
        )
    )


async def invitations_for(reader: Reader, staff: UUID) -> list[Invitation]:
    """What somebody is asked right now."""
    return _invitations(
        await reader.fetch(f"{_INVITATION} where asked = $1 and outcome is null order by asked_at, id", staff)
    )


async def insert_invitation(tx: Transaction, made: Invitation) -> None:
    await tx.execute(
        """insert into conversations.invitation
            (id, conversation, kind, asked, asked_name, by, by_name, note, asked_at, expires_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)""",
        made.id, made.conversation, made.kind, made.asked, made.asked_name, made.by, made.by_name, made.note,
        made.asked_at, made.expires_at,
    )  # fmt: skip


async def end_invitation(tx: Transaction, invitation_id: UUID, outcome: str, now: datetime) -> None:
    await tx.execute(
        "update conversations.invitation set outcome = $2, ended_at = $3 where id = $1 and outcome is null",
        invitation_id,
        outcome,
        now,
    )


async def present(reader: Reader, conversation: UUID) -> list[Party]:
    """Who takes part right now beside the owner, the first one first."""
    rows = await reader.fetch(f"{_PARTY} where conversation = $1 and left_at is null order by joined_at", conversation)
    return [Party(**dict(row)) for row in rows]


async def role_of(reader: Reader, conversation: UUID, staff: UUID) -> str:
    """What somebody is in a conversation beside its owner; empty for nothing."""
    row = await reader.fetchrow(
        "select role from conversations.party where conversation = $1 and staff = $2 and left_at is null",
        conversation,
        staff,
    )
    return str(row["role"]) if row else ""


async def taking_part(reader: Reader, staff: UUID) -> list[UUID]:
    """The conversations in which somebody takes part beside their owners."""
    rows = await reader.fetch(
        "select conversation from conversations.party where staff = $1 and left_at is null", staff
    )
    return [row["conversation"] for row in rows]


async def insert_party(tx: Transaction, party: Party) -> None:
    await tx.execute(
        """insert into conversations.party (id, conversation, staff, name, role, by_name, joined_at)
        values ($1, $2, $3, $4, $5, $6, $7)""",
        party.id, party.conversation, party.staff, party.name, party.role, party.by_name, party.joined_at,
    )  # fmt: skip


async def end_party(tx: Transaction, party_id: UUID, why: str, now: datetime) -> None:
    await tx.execute(
        "update conversations.party set left_at = $2, why = $3 where id = $1 and left_at is null", party_id, now, why
    )


async def ever_took_part(reader: Reader, conversation: UUID) -> list[Party]:
    """Everybody who took part, for the conversation's history."""
    rows = await reader.fetch(f"{_PARTY} where conversation = $1 order by joined_at", conversation)
    return [Party(**dict(row)) for row in rows]
