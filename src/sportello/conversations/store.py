"""Every statement on conversations."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from msgspec import Struct

from sportello.conversations.states import State
from sportello.kit.database import Transaction


class Reader(Protocol):
    """The database or a transaction: something to read from."""

    async def fetch(self, sql: str, *args: object) -> list[Any]: ...
    async def fetchrow(self, sql: str, *args: object) -> Any: ...


class Conversation(Struct, frozen=True, kw_only=True):
    """A conversation's row."""

    id: UUID
    state: State
    patient_id: str | None
    visitor_name: str
    language: str
    channel: str
    topic: str | None
    reason: str | None
    summary: str
    context: dict[str, Any]
    queue: str | None
    priority: int
    agent: UUID | None
    created_at: datetime
    state_since: datetime
    queued_at: datetime | None
    accepted_at: datetime | None
    ended_at: datetime | None
    closed_at: datetime | None
    ended_by: str | None
    wrap_up_note: str
    last_activity_at: datetime
    last_patient_at: datetime | None
    last_patient_seq: int
    last_answer_at: datetime | None
    unread: int
    patient_seen: int
    agent_seen: int

    @property
    def stream(self) -> str:
        """The stream that holds its words."""
        return f"conversation:{self.id}"

    @property
    def waiting_since(self) -> datetime | None:
        """Since when the patient waits for an answer from a person; None when nobody waits."""
        if self.state in (State.QUEUED, State.OFFERED):
            return self.queued_at
        if self.state is not State.ACTIVE or self.last_patient_at is None:
            return None
        answered = self.last_answer_at is not None and self.last_answer_at >= self.last_patient_at
        return None if answered else self.last_patient_at


def _one(row: Any) -> Conversation | None:
    return Conversation(**(dict(row) | {"state": State(row["state"])})) if row else None


def _known(row: Any) -> Conversation:
    found = _one(row)
    assert found is not None
    return found


async def insert(tx: Transaction, conversation: UUID, now: datetime, **values: Any) -> None:
    await tx.execute(
        """insert into conversations.conversation
            (id, state, patient_id, visitor_name, language, channel, topic, created_at, state_since, last_activity_at)
        values ($1, 'bot', $3, $4, $5, $6, $7, $2, $2, $2)""",
        conversation, now, values["patient_id"], values["visitor_name"], values["language"], values["channel"],
        values["topic"],
    )  # fmt: skip


async def get(reader: Reader, conversation: UUID) -> Conversation | None:
    return _one(await reader.fetchrow("select * from conversations.conversation where id = $1", conversation))


async def lock(tx: Transaction, conversation: UUID) -> Conversation | None:
    """The row, held until the end of the transaction: moves happen one after the other."""
    return _one(await tx.fetchrow("select * from conversations.conversation where id = $1 for update", conversation))


async def lock_next_queued(tx: Transaction, queue: str, skip: Iterable[UUID]) -> Conversation | None:
    """The conversation that is next in a queue (priority, then age) and that nobody else is claiming."""
    return _one(
        await tx.fetchrow(
            """select * from conversations.conversation
            where state = 'queued' and queue = $1 and not id = any($2::uuid[])
            order by priority desc, queued_at for update skip locked limit 1""",
            queue, list(skip),
        )
    )  # fmt: skip


async def set_state(tx: Transaction, conversation: UUID, state: State, agent: UUID | None, now: datetime) -> None:
    """The new state with the times that belong to it; the first acceptance stays the first."""
    await tx.execute(
        """update conversations.conversation set state = $2, agent = $3, state_since = $4, last_activity_at = $4,
            queued_at = case when $2 = 'queued' then coalesce(queued_at, $4) else queued_at end,
            accepted_at = case when $2 = 'active' then coalesce(accepted_at, $4) else accepted_at end,
            ended_at = case when $2 in ('wrap_up', 'closed') then coalesce(ended_at, $4) else ended_at end,
            closed_at = case when $2 = 'closed' then $4 else closed_at end
        where id = $1""",
        conversation, state.value, agent, now,
    )  # fmt: skip


async def set_escalation(
    tx: Transaction, conversation: UUID, queue: str, priority: int, reason: str, summary: str, topic: str | None,
    context: dict[str, Any],
) -> None:  # fmt: skip
    await tx.execute(
        """update conversations.conversation set queue = $2, priority = $3, reason = $4, summary = $5,
            topic = coalesce($6, topic), context = context || $7 where id = $1""",
        conversation, queue, priority, reason, summary, topic, context,
    )  # fmt: skip


async def set_end(tx: Transaction, conversation: UUID, ended_by: str) -> None:
    await tx.execute(
        "update conversations.conversation set ended_by = coalesce(ended_by, $2) where id = $1", conversation, ended_by
    )


async def set_note(tx: Transaction, conversation: UUID, note: str) -> None:
    await tx.execute("update conversations.conversation set wrap_up_note = $2 where id = $1", conversation, note)


async def set_patient(tx: Transaction, conversation: UUID, patient_id: str | None) -> None:
    await tx.execute("update conversations.conversation set patient_id = $2 where id = $1", conversation, patient_id)


async def set_language(tx: Transaction, conversation: UUID, language: str) -> None:
    await tx.execute("update conversations.conversation set language = $2 where id = $1", conversation, language)


async def add_activity(
    reader: Any, rows: list[tuple[UUID, datetime, datetime | None, int, datetime | None, int]]
) -> None:
    """What a second of posts changed, for many conversations in one statement; later instants win."""
    ids, activity, patient_at, patient_seq, answer_at, unread = zip(*rows, strict=True)
    await reader.execute(
        """update conversations.conversation c set
            last_activity_at = greatest(c.last_activity_at, n.activity),
            last_patient_at = greatest(c.last_patient_at, n.patient_at),
            last_patient_seq = greatest(c.last_patient_seq, n.patient_seq),
            last_answer_at = greatest(c.last_answer_at, n.answer_at),
            unread = case when n.answer_at is not null and n.unread = 0 then 0 else c.unread + n.unread end
        from unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[], $4::bigint[], $5::timestamptz[], $6::int[])
            as n (id, activity, patient_at, patient_seq, answer_at, unread)
        where c.id = n.id""",
        list(ids), list(activity), list(patient_at), list(patient_seq), list(answer_at), list(unread),
    )  # fmt: skip


async def set_seen(tx: Transaction, conversation: UUID, by_agent: bool, seq: int, unread: int) -> None:
    """A reading mark; it only rises."""
    await tx.execute(
        """update conversations.conversation set
            agent_seen = case when $2 then greatest(agent_seen, $3) else agent_seen end,
            patient_seen = case when $2 then patient_seen else greatest(patient_seen, $3) end,
            unread = case when $2 then $4 else unread end
        where id = $1""",
        conversation, by_agent, seq, unread,
    )  # fmt: skip


async def of_agent(reader: Reader, agent: UUID) -> list[Conversation]:
    """What an agent has in hand, the oldest first: places in a list do not jump."""
    rows = await reader.fetch(
        """select * from conversations.conversation
        where agent = $1 and state in ('active', 'waiting', 'wrap_up') order by accepted_at, id""",
        agent,
    )
    return [_known(row) for row in rows]


async def queued(reader: Reader, limit: int) -> list[Conversation]:
    rows = await reader.fetch(
        """select * from conversations.conversation where state in ('queued', 'offered')
        order by priority desc, queued_at limit $1""",
        limit,
    )
    return [_known(row) for row in rows]


async def ongoing(reader: Reader, limit: int) -> list[Conversation]:
    """Everything that is not closed, those who wait first."""
    rows = await reader.fetch(
        """select * from conversations.conversation where state <> 'closed'
        order by priority desc, state in ('queued', 'offered') desc, last_activity_at desc limit $1""",
        limit,
    )
    return [_known(row) for row in rows]


async def count_by_state(reader: Reader) -> dict[State, int]:
    rows = await reader.fetch(
        "select state, count(*) as n from conversations.conversation where state <> 'closed' group by state"
    )
    return {State(row["state"]): row["n"] for row in rows}


async def in_state(reader: Reader, state: State, limit: int) -> list[Conversation]:
    rows = await reader.fetch(
        "select * from conversations.conversation where state = $1 order by state_since limit $2", state.value, limit
    )
    return [_known(row) for row in rows]


async def of_patient(reader: Reader, patient_id: str, limit: int) -> list[Conversation]:
    rows = await reader.fetch(
        "select * from conversations.conversation where patient_id = $1 order by created_at desc limit $2",
        patient_id, limit,
    )  # fmt: skip
    return [_known(row) for row in rows]


async def load_of(reader: Reader, agents: list[UUID]) -> dict[UUID, int]:
    """How many conversations occupy each agent, offers included."""
    rows = await reader.fetch(
        """select agent, count(*) as n from conversations.conversation
        where agent = any($1::uuid[]) and state in ('offered', 'active', 'wrap_up') group by agent""",
        agents,
    )
    return {row["agent"]: row["n"] for row in rows}


async def owners(reader: Reader, conversations: list[UUID]) -> dict[UUID, UUID]:
    """The agents of those conversations that have one."""
    rows = await reader.fetch(
        "select id, agent from conversations.conversation where id = any($1::uuid[]) and agent is not null",
        conversations,
    )
    return {row["id"]: row["agent"] for row in rows}
