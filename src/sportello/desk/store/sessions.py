"""Every statement on the desk's table: which sessions an agent has open, with their tabs and drafts."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from sportello.desk.rules import Tab
from sportello.kit.database import Transaction


class Session(Struct, frozen=True):
    """An open session of one agent (without a conversation: Home); `draft` is what was typed and not yet sent."""

    staff: UUID
    conversation: UUID | None
    opened_at: datetime
    tabs: tuple[Tab, ...]
    current_tab: str
    draft: str


def _session(row: Any) -> Session:
    return Session(
        staff=row["staff"],
        conversation=row["conversation"],
        opened_at=row["opened_at"],
        tabs=tuple(msgspec.convert(row["tabs"], list[Tab])),
        current_tab=row["current_tab"],
        draft=row["draft"],
    )


async def sessions_of(tx: Transaction, staff: UUID) -> list[Session]:
    """The agent's open sessions, Home first, then oldest first: their places on the keyboard do not move."""
    rows = await tx.fetch(
        "select * from desk.session where staff = $1 order by conversation is not null, opened_at, conversation", staff
    )
    return [_session(row) for row in rows]


async def session_of(tx: Transaction, staff: UUID, conversation: UUID | None) -> Session | None:
    """One session; locked, because its tabs are changed by reading and writing them back."""
    row = await tx.fetchrow(
        "select * from desk.session where staff = $1 and conversation is not distinct from $2 for update",
        staff,
        conversation,
    )
    return None if row is None else _session(row)


async def sessions_with_tab(tx: Transaction, patient: str) -> list[Session]:
    """Sessions, also Home, whose tabs name a patient; locked, because their tabs are written back."""
    rows = await tx.fetch(
        """select * from desk.session where strpos(tabs::text, $1) > 0
        order by staff, conversation nulls first for update""",
        patient,
    )
    return [_session(row) for row in rows]


async def open_session(
    tx: Transaction, staff: UUID, conversation: UUID | None, at: datetime, tabs: Sequence[Tab], current: str
) -> bool:
    """Opens a session; False when it was open already, then nothing changes."""
    done = await tx.execute(
        """
        insert into desk.session (staff, conversation, opened_at, tabs, current_tab)
        values ($1, $2, $3, $4, $5) on conflict do nothing
        """,
        staff,
        conversation,
        at,
        msgspec.to_builtins(list(tabs)),
        current,
    )
    return done.endswith(" 1")


async def close_session(tx: Transaction, staff: UUID, conversation: UUID | None) -> bool:
    """Closes a session; False when there was none."""
    done = await tx.execute("delete from desk.session where staff = $1 and conversation = $2", staff, conversation)
    return done.endswith(" 1")


async def arrange_tabs(
    tx: Transaction, staff: UUID, conversation: UUID | None, tabs: Sequence[Tab], current: str
) -> None:
    """Keeps the tabs of a session as the agent arranged them."""
    await tx.execute(
        "update desk.session set tabs = $3, current_tab = $4 where staff = $1 and conversation is not distinct from $2",
        staff,
        conversation,
        msgspec.to_builtins(list(tabs)),
        current,
    )


async def keep_draft(tx: Transaction, staff: UUID, conversation: UUID, text: str) -> bool:
    """Keeps what was typed; False when the session is not open."""
    done = await tx.execute(
        "update desk.session set draft = $3 where staff = $1 and conversation = $2", staff, conversation, text
    )
    return done.endswith(" 1")
