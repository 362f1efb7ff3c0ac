"""What the streams say, gathered in batches, and how far each side has read."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from sportello.conversations.store.talks import Reader
from sportello.kit.database import Transaction


class Heard(Struct):
    """What a batch of events says of one conversation; numbers are of its stream."""

    conversation: UUID
    last_seq: int
    last_at: datetime
    last_by: str
    patient_seq: int = 0
    patient_at: datetime | None = None
    agent_at: datetime | None = None


PATIENTS_DEVICE = "patient:device"  # the reader of whom a mark says what arrived, not what was read


class Mark(Struct, frozen=True):
    """A reader has seen all up to a number; of the reader PATIENTS_DEVICE: it arrived at the patient's device."""

    conversation: UUID
    reader: str
    seq: int
    at: datetime


# Batches of several processes may arrive in any order: every figure only ever grows with its number.
_HEAR = """
insert into conversations.activity as a (conversation, last_seq, last_at, last_by, patient_seq, patient_at, agent_at)
select b.* from unnest($1::uuid[], $2::bigint[], $3::timestamptz[], $4::text[], $5::bigint[], $6::timestamptz[],
    $7::timestamptz[]) as b (conversation, last_seq, last_at, last_by, patient_seq, patient_at, agent_at)
where exists (select from conversations.conversation c where c.id = b.conversation)
order by b.conversation
on conflict (conversation) do update set
    last_seq = greatest(a.last_seq, excluded.last_seq),
    last_at = greatest(a.last_at, excluded.last_at),
    last_by = case when excluded.last_seq > a.last_seq then excluded.last_by else a.last_by end,
    patient_seq = greatest(a.patient_seq, excluded.patient_seq),
    patient_at = greatest(a.patient_at, excluded.patient_at),
    agent_at = greatest(a.agent_at, excluded.agent_at)
"""
_MARK = """
insert into conversations.reading as r (conversation, reader, seq, at)
select b.* from unnest($1::uuid[], $2::text[], $3::bigint[], $4::timestamptz[]) as b (conversation, reader, seq, at)
where exists (select from conversations.conversation c where c.id = b.conversation)
order by b.conversation, b.reader
on conflict (conversation, reader) do update set seq = excluded.seq, at = excluded.at where r.seq < excluded.seq
"""


async def hear(tx: Transaction, heard: Sequence[Heard]) -> None:
    """Adds a batch to what is known; adding it twice changes nothing."""
    columns = zip(
        *(
            (h.conversation, h.last_seq, h.last_at, h.last_by, h.patient_seq, h.patient_at, h.agent_at)
            for h in heard
        ),
        strict=True,
    )  # fmt: skip
    await tx.execute(_HEAR, *columns)


async def mark(tx: Transaction, marks: Sequence[Mark]) -> None:
    """Moves reading marks forward, never back."""
    await tx.execute(_MARK, *zip(*((m.conversation, m.reader, m.seq, m.at) for m in marks), strict=True))


async def marks_of(reader: Reader, conversation: UUID) -> dict[str, int]:
    """How far each reader has read."""
    rows = await reader.fetch("select reader, seq from conversations.reading where conversation = $1", conversation)
    return {row["reader"]: row["seq"] for row in rows}


class Count(Struct, frozen=True):
    """What the agent who has a conversation has not read, as of a number of its stream.

    `unread` counts the patient's messages above `counted_from` (the agent's mark at that time) up to `counted_to`;
    `mark` is the agent's mark now, `last_seq` the highest number that is known to exist.
    """

    conversation: UUID
    agent: UUID
    unread: int
    counted_from: int
    counted_to: int
    unanswered_at: datetime | None
    mark: int
    last_seq: int


async def lock_counts(tx: Transaction, conversations: Sequence[UUID]) -> list[Count]:
    """The counts of those that an agent has, held until the end of the transaction."""
    rows = await tx.fetch(
        """select a.conversation, c.agent, a.unread, a.counted_from, a.counted_to, a.unanswered_at,
            coalesce((select r.seq from conversations.reading r where r.conversation = c.id
                      and r.reader = 'agent:' || c.agent), 0) as mark, a.last_seq
        from conversations.activity a join conversations.conversation c on c.id = a.conversation
        where c.id = any($1::uuid[]) and c.state in ('active', 'waiting', 'wrap_up')
        order by a.conversation for no key update of a""",
        list(conversations),
    )
    return [Count(**dict(row)) for row in rows]


async def keep_counts(tx: Transaction, counts: Sequence[Count]) -> None:
    if not counts:
        return
    await tx.execute(
        """update conversations.activity a set unread = n.unread, counted_from = n.since, counted_to = n.upto,
            unanswered_at = n.unanswered_at
        from unnest($1::uuid[], $2::int[], $3::bigint[], $4::bigint[], $5::timestamptz[])
            as n (conversation, unread, since, upto, unanswered_at)
        where a.conversation = n.conversation""",
        *zip(*((c.conversation, c.unread, c.counted_from, c.counted_to, c.unanswered_at) for c in counts), strict=True),
    )


async def start_count(tx: Transaction, conversation: UUID, reader: str, at: datetime) -> None:
    """Somebody takes over: what was said until now does not count as unread, and the patient waits for their word."""
    await tx.execute(
        """with known as (
            update conversations.activity set unread = 0, counted_from = last_seq, counted_to = last_seq,
                unanswered_at = $3
            where conversation = $1 returning conversation, last_seq
        )
        insert into conversations.reading as r (conversation, reader, seq, at)
        select conversation, $2, last_seq, $3 from known
        on conflict (conversation, reader) do update set seq = greatest(r.seq, excluded.seq), at = excluded.at""",
        conversation,
        reader,
        at,
    )


class Words(Struct, frozen=True):
    """When each side last spoke, and when each was last reminded; as of a number of the stream."""

    last_seq: int
    patient_at: datetime | None
    agent_at: datetime | None
    unanswered_at: datetime | None
    patient_reminded_at: datetime | None
    agent_reminded_at: datetime | None


async def words_of(reader: Reader, conversation: UUID) -> Words:
    row = await reader.fetchrow(
        """select last_seq, patient_at, agent_at, unanswered_at, patient_reminded_at, agent_reminded_at
        from conversations.activity where conversation = $1""",
        conversation,
    )
    return Words(**dict(row))


async def reminded(tx: Transaction, conversation: UUID, whom: str, at: datetime) -> None:
    """Keeps that the patient, or else the agent, was reminded."""
    await tx.execute(
        """update conversations.activity set
            patient_reminded_at = case when $2 = 'patient' then $3 else patient_reminded_at end,
            agent_reminded_at = case when $2 = 'patient' then agent_reminded_at else $3 end
        where conversation = $1""",
        conversation,
        whom,
        at,
    )


async def unread_of(reader: Reader, agent: UUID) -> dict[UUID, int]:
    """The agent's conversations in which something is unread."""
    rows = await reader.fetch(
        """select c.id, a.unread from conversations.conversation c
        join conversations.activity a on a.conversation = c.id
        where c.agent = $1 and c.state in ('active', 'waiting', 'wrap_up') and a.unread > 0""",
        agent,
    )
    return {row["id"]: row["unread"] for row in rows}
