"""Lists of conversations: an agent's own, those that wait, all that go on, those of a patient; and agents' loads."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

from sportello.conversations.states import State
from sportello.conversations.store.talks import COLUMNS, FROM, Conversation, Reader, conversation

MOST = 500


async def of_agent(reader: Reader, agent: UUID) -> list[Conversation]:
    """What the agent has, oldest first."""
    rows = await reader.fetch(
        f"""select {COLUMNS} {FROM} where c.agent = $1 and c.state in ('active', 'waiting', 'wrap_up')
        order by c.accepted_at, c.id""",
        agent,
    )
    return [conversation(row) for row in rows]


async def queued(reader: Reader, limit: int = MOST) -> list[Conversation]:
    """What waits for an agent, offered or not, in the order in which it will be offered."""
    rows = await reader.fetch(
        f"""select {COLUMNS} {FROM} where c.state in ('queued', 'offered')
        order by c.priority desc, c.queued_at, c.id limit $1""",
        limit,
    )
    return [conversation(row) for row in rows]


class Ongoing(Struct, frozen=True):
    """What the ongoing conversations are narrowed to; empty is everything. `asked` are conversations that are being
    offered to `agent`: they count as theirs. `waiting_before`: the patient waits for a person since then or longer."""

    queue: str = ""
    agent: UUID | None = None
    asked: tuple[UUID, ...] = ()
    states: tuple[State, ...] = ()
    waiting_before: datetime | None = None
    longest_first: bool = True


async def ongoing(reader: Reader, limit: int = MOST, wanted: Ongoing | None = None) -> list[Conversation]:
    """Everything that is not closed: those who wait first, then the newest; or all as they began, so that no row moves
    when its conversation does."""
    wanted = wanted or Ongoing()
    order = "c.state not in ('queued', 'offered'), c.queued_at, c.created_at desc"
    rows = await reader.fetch(
        f"""select {COLUMNS} {FROM} where c.state <> 'closed'
        and ($2 = '' or c.queue = $2)
        and ($3::uuid is null or c.agent = $3 or c.id = any($4::uuid[]))
        and (cardinality($5::text[]) = 0 or c.state = any($5::text[]))
        and ($6::timestamptz is null or case
            when c.state in ('queued', 'offered') then c.queued_at <= $6
            when c.state = 'active' then greatest(a.unanswered_at, c.accepted_at) <= $6 and a.unanswered_at is not null
            else false end)
        order by {order if wanted.longest_first else "c.created_at, c.id"} limit $1""",
        limit, wanted.queue, wanted.agent, list(wanted.asked), [one.value for one in wanted.states],
        wanted.waiting_before,
    )  # fmt: skip
    return [conversation(row) for row in rows]


async def count_by_state(reader: Reader) -> dict[State, int]:
    """How many conversations are in each state, without the closed."""
    rows = await reader.fetch(
        "select state, count(*) as n from conversations.conversation where state <> 'closed' group by state"
    )
    return {State(row["state"]): row["n"] for row in rows}


async def of_patient(
    reader: Reader, patient: str, limit: int = 20, before: datetime | None = None
) -> list[Conversation]:
    """A patient's conversations, newest first; only those that began before a moment, if one is given."""
    rows = await reader.fetch(
        f"""select {COLUMNS} {FROM} where c.patient_id = $1 and ($3::timestamptz is null or c.created_at < $3)
        order by c.created_at desc limit $2""",
        patient,
        limit,
        before,
    )
    return [conversation(row) for row in rows]


async def loads(
    reader: Reader, agents: Collection[UUID] | None = None, free_after_work: Collection[str] = ()
) -> dict[UUID, dict[str, int]]:
    """How many works of each channel each agent (or each of these) has: talks and after-work; waiting for a patient
    takes no place, nor does the after-work of the channels of which it is said.
    """
    rows = await reader.fetch(
        """select agent, channel, count(*) as n from conversations.conversation
        where (state = 'active' or state = 'wrap_up' and channel <> all($2::text[]))
          and ($1::uuid[] is null or agent = any($1)) group by agent, channel""",
        None if agents is None else list(agents),
        list(free_after_work),
    )
    found: dict[UUID, dict[str, int]] = {}
    for row in rows:
        found.setdefault(row["agent"], {})[row["channel"]] = row["n"]
    return found


async def open_cursors(reader: Reader) -> dict[UUID, int]:
    """Up to which number each open conversation's activity is known."""
    rows = await reader.fetch(
        """select c.id, a.last_seq from conversations.conversation c
        join conversations.activity a on a.conversation = c.id where c.state <> 'closed'"""
    )
    return {row["id"]: row["last_seq"] for row in rows}


async def with_agents(reader: Reader) -> list[UUID]:
    """What agents have, also waiting or in after-work."""
    rows = await reader.fetch(
        "select id from conversations.conversation where state in ('active', 'waiting', 'wrap_up') order by id"
    )
    return [row["id"] for row in rows]


async def silent_with_bot(reader: Reader, before: datetime, limit: int = 100) -> list[UUID]:
    """Conversations with the bot in which nothing happened since `before`."""
    rows: list[Any] = await reader.fetch(
        """select c.id from conversations.conversation c join conversations.activity a on a.conversation = c.id
        where c.state = 'bot' and c.state_since < $1 and a.last_at < $1 order by a.last_at limit $2""",
        before,
        limit,
    )
    return [row["id"] for row in rows]


async def queues_lengths(reader: Reader) -> dict[str, int]:
    """How many wait in each queue."""
    rows = await reader.fetch(
        """select queue, count(*) as n from conversations.conversation
        where state in ('queued', 'offered') group by queue"""
    )
    return {row["queue"]: row["n"] for row in rows}


async def returned(reader: Reader) -> list[UUID]:
    """Conversations put by until the patient writes again, in which the patient has."""
    rows = await reader.fetch(
        """select c.id from conversations.conversation c join conversations.activity a on a.conversation = c.id
        where c.state = 'waiting' and a.patient_at > c.state_since order by a.patient_at limit 100"""
    )
    return [row["id"] for row in rows]


async def came_to_people(reader: Reader, since: datetime, until: datetime, limit: int = 5000) -> list[Conversation]:
    """Conversations that were put into a queue in a span, in that order: what a change of rules is tried on."""
    rows = await reader.fetch(
        f"select {COLUMNS} {FROM} where c.queued_at >= $1 and c.queued_at < $2 order by c.queued_at limit $3",
        since,
        until,
        limit,
    )
    return [conversation(row) for row in rows]
