"""One conversation: opened, read, locked, changed."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from msgspec import Struct

from sportello.conversations.states import IN_QUEUE, State
from sportello.kit.database import Transaction


class Reader(Protocol):
    """The database or a transaction: something to read from."""

    async def fetch(self, sql: str, *args: object) -> Any: ...

    async def fetchrow(self, sql: str, *args: object) -> Any: ...


class Conversation(Struct, frozen=True):
    """A conversation with what is known of its messages (as of about a second ago)."""

    id: UUID
    state: State
    patient_id: str | None
    account_patient: str | None
    visitor_name: str
    language: str
    channel: str
    topic: str
    summary: str
    reason: str
    context: dict[str, Any]
    queue: str | None
    agent: UUID | None
    agent_name: str
    priority: int
    wrap_up_note: str
    created_at: datetime
    state_since: datetime
    queued_at: datetime | None
    accepted_at: datetime | None
    ended_at: datetime | None
    closed_at: datetime | None
    ended_by: str
    last_seq: int
    last_at: datetime
    last_by: str
    last_patient_at: datetime | None
    unanswered_at: datetime | None
    unread: int
    summaries: dict[str, str] = {}

    def summary_in(self, language: str) -> str:
        """What the bot handed over in the reader's language; what was kept in one alone as it is."""
        return self.summaries.get(language, self.summary)

    @property
    def stream(self) -> str:
        """The stream of its events."""
        return f"conversation:{self.id}"

    @property
    def last_activity_at(self) -> datetime:
        """The last event or change of state."""
        return max(self.last_at, self.state_since)

    @property
    def waiting_since(self) -> datetime | None:
        """Since when the patient waits for an answer from a person; None when nobody waits."""
        if self.state in IN_QUEUE:
            return self.queued_at
        if self.state is not State.ACTIVE or self.unanswered_at is None:
            return None
        return max(self.unanswered_at, self.accepted_at or self.unanswered_at)


COLUMNS = """c.id, c.state, c.patient_id, c.account_patient, c.visitor_name, c.language, c.channel, c.topic, c.summary,
    c.reason, c.context, c.queue, c.agent, c.agent_name, c.priority, c.wrap_up_note, c.created_at, c.state_since,
    c.queued_at, c.accepted_at, c.ended_at, c.closed_at, c.ended_by,
    a.last_seq, a.last_at, a.last_by, a.patient_at as last_patient_at, a.unanswered_at,
    a.unread, c.summaries"""
FROM = "from conversations.conversation c join conversations.activity a on a.conversation = c.id"


def conversation(row: Any) -> Conversation:
    """The record of a row of COLUMNS."""
    values = dict(row)
    return Conversation(**values | {"state": State(values["state"])})


async def insert(tx: Transaction, talk: Conversation) -> bool:
    """False when a conversation of this id exists already."""
    done = await tx.execute(
        """insert into conversations.conversation (id, state, patient_id, account_patient, visitor_name, language,
            channel, topic, context, created_at, state_since)
        values ($1, 'bot', $2, $3, $4, $5, $6, $7, $8, $9, $9) on conflict do nothing""",
        talk.id, talk.patient_id, talk.account_patient, talk.visitor_name, talk.language, talk.channel, talk.topic,
        talk.context, talk.created_at,
    )  # fmt: skip
    if done.endswith(" 0"):
        return False
    await tx.execute(
        "insert into conversations.activity (conversation, last_at) values ($1, $2)", talk.id, talk.created_at
    )
    return True


async def read(reader: Reader, talk: UUID) -> Conversation | None:
    row = await reader.fetchrow(f"select {COLUMNS} {FROM} where c.id = $1", talk)
    return conversation(row) if row else None


async def lock(tx: Transaction, talk: UUID) -> Conversation | None:
    """The conversation, which nobody else can change until the transaction ends."""
    row = await tx.fetchrow(f"select {COLUMNS} {FROM} where c.id = $1 for no key update of c", talk)
    return conversation(row) if row else None


async def lock_queued(tx: Transaction, talks: Collection[UUID]) -> dict[UUID, Conversation]:
    """Those of several that are queued and that no other transaction holds; nobody else can change them now."""
    rows = await tx.fetch(
        f"""select {COLUMNS} {FROM} where c.id = any($1::uuid[]) and c.state = 'queued'
        order by c.id for no key update of c skip locked""",
        list(talks),
    )
    return {row["id"]: conversation(row) for row in rows}


async def change_offered(tx: Transaction, talks: Collection[UUID], now: datetime) -> None:
    """Several queued ones are offered from now; the caller holds the locks."""
    await tx.execute(
        "update conversations.conversation set state = 'offered', state_since = $2 where id = any($1::uuid[])",
        list(talks),
        now,
    )


async def change(tx: Transaction, after: Conversation) -> None:
    """Keeps what a move changed; the caller holds the lock."""
    await tx.execute(
        """update conversations.conversation set state = $2, state_since = $3, queue = $4, agent = $5,
            agent_name = $6, queued_at = $7, accepted_at = $8, ended_at = $9, closed_at = $10, ended_by = $11
        where id = $1""",
        after.id, after.state, after.state_since, after.queue, after.agent, after.agent_name, after.queued_at,
        after.accepted_at, after.ended_at, after.closed_at, after.ended_by,
    )  # fmt: skip


async def describe(
    tx: Transaction, talk: UUID, topic: str, summary: str, summaries: dict[str, str], reason: str, priority: int,
    context: dict[str, Any],
) -> None:  # fmt: skip
    """What an escalation says of the conversation."""
    await tx.execute(
        """update conversations.conversation set topic = $2, summary = $3, reason = $4, priority = $5,
            context = context || $6, summaries = $7 where id = $1""",
        talk, topic, summary, reason, priority, context, summaries,
    )  # fmt: skip


async def reopened(tx: Transaction, talk: UUID, now: datetime) -> None:
    """It came back after its end: its note was for the first part, and stands in the transcript."""
    await tx.execute(
        "update conversations.conversation set reopened_at = $2, wrap_up_note = '' where id = $1", talk, now
    )


async def set_reason(tx: Transaction, talk: UUID, reason: str) -> None:
    await tx.execute("update conversations.conversation set reason = $2 where id = $1", talk, reason)


async def set_priority(tx: Transaction, talk: UUID, priority: int) -> None:
    await tx.execute("update conversations.conversation set priority = $2 where id = $1", talk, priority)


async def set_patient(tx: Transaction, talk: UUID, patient: str | None, name: str) -> None:
    await tx.execute(
        "update conversations.conversation set patient_id = $2, visitor_name = $3 where id = $1", talk, patient, name
    )


async def set_language(tx: Transaction, talk: UUID, language: str) -> None:
    await tx.execute("update conversations.conversation set language = $2 where id = $1", talk, language)


async def set_note(tx: Transaction, talk: UUID, note: str) -> None:
    await tx.execute("update conversations.conversation set wrap_up_note = $2 where id = $1", talk, note)
