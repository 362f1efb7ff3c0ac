"""Every SQL statement on talks with bots elsewhere."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from msgspec import Struct

from sportello.kit.database import Transaction


class Reader(Protocol):
    """The database or a transaction: something to read from."""

    async def fetch(self, sql: str, *args: object) -> Any: ...

    async def fetchrow(self, sql: str, *args: object) -> Any: ...


class Writer(Protocol):
    """The database or a transaction: something to write to."""

    async def execute(self, sql: str, *args: object) -> Any: ...


class Session(Struct, frozen=True):
    """Where a talk stands; see the migration for the fields."""

    conversation: UUID
    state: str
    memory: dict[str, Any]
    guard: dict[str, Any]
    cursor: int
    watermark: str
    said: int
    waiting_since: datetime | None
    held: bool
    reopened: bool
    opened_at: datetime
    handed_at: datetime | None
    reason: str = ""
    answered_at: datetime | None = None


_COLUMNS = """conversation, state, memory, guard, cursor, watermark, said, waiting_since, held, reopened, opened_at,
    handed_at, reason, answered_at"""


async def connection(reader: Reader) -> Any:
    row = await reader.fetchrow("select value from adapters.bot_connection")
    return row["value"] if row else None


async def keep_connection(tx: Transaction, value: Any, now: datetime) -> None:
    await tx.execute(
        """insert into adapters.bot_connection (value, changed_at) values ($1, $2)
        on conflict (one) do update set value = $1, changed_at = $2, trouble = ''""",
        value, now,
    )  # fmt: skip


async def reseal(tx: Transaction, value: Any) -> None:
    """The same terms, their secrets sealed with another key."""
    await tx.execute("update adapters.bot_connection set value = $1", value)


async def trouble(reader: Reader) -> str:
    row = await reader.fetchrow("select trouble from adapters.bot_connection")
    return str(row["trouble"]) if row else ""


async def set_trouble(writer: Writer, code: str) -> None:
    await writer.execute("update adapters.bot_connection set trouble = $1 where trouble <> $1", code)


async def begin(tx: Transaction, conversation: UUID, guard: dict[str, Any], cursor: int, now: datetime) -> None:
    """A talk begins, or begins anew after people had it: what the bot said before is forgotten."""
    await tx.execute("delete from adapters.bot_inbox where conversation = $1", conversation)
    await tx.execute(
        """insert into adapters.bot_session (conversation, state, guard, cursor, opened_at)
        values ($1, 'opening', $2, $3, $4)
        on conflict (conversation) do update set state = 'opening', memory = '{}', guard = $2, cursor = $3,
            watermark = '', said = 0, waiting_since = null, held = false, reopened = false, handed_at = null,
            opened_at = $4, reason = '', answered_at = null""",
        conversation, guard, cursor, now,
    )  # fmt: skip


async def read(reader: Reader, conversation: UUID) -> Session | None:
    row = await reader.fetchrow(
        f"select {_COLUMNS} from adapters.bot_session where conversation = $1",  # noqa: S608
        conversation,
    )
    return Session(**row) if row else None


async def lock(tx: Transaction, conversation: UUID) -> Session | None:
    row = await tx.fetchrow(
        f"select {_COLUMNS} from adapters.bot_session where conversation = $1 for update",  # noqa: S608
        conversation,
    )
    return Session(**row) if row else None


async def keep(tx: Transaction, session: Session) -> None:
    """The session as it is now; who reads it stays."""
    await tx.execute(
        """update adapters.bot_session set state = $2, memory = $3, guard = $4, cursor = $5, watermark = $6, said = $7,
            waiting_since = $8, held = $9, reopened = $10, handed_at = $11, reason = $12, answered_at = $13
        where conversation = $1""",
        session.conversation, session.state, session.memory, session.guard, session.cursor, session.watermark,
        session.said, session.waiting_since, session.held, session.reopened, session.handed_at, session.reason,
        session.answered_at,
    )  # fmt: skip


async def lease(writer: Writer, conversation: UUID, reader: UUID, now: datetime, until: datetime) -> bool:
    """True when this process has the talk until then: nobody else reads or tells."""
    done = await writer.execute(
        """update adapters.bot_session set reader = $2, reader_until = $4
        where conversation = $1 and state <> 'closed'
            and (reader = $2 or reader is null or reader_until is null or reader_until < $3)""",
        conversation, reader, now, until,
    )  # fmt: skip
    return str(done).endswith("1")


async def release(writer: Writer, conversation: UUID, reader: UUID) -> None:
    await writer.execute(
        "update adapters.bot_session set reader = null, reader_until = null where conversation = $1 and reader = $2",
        conversation, reader,
    )  # fmt: skip


async def unread(reader: Reader, now: datetime) -> list[UUID]:
    """Talks under way that no process reads."""
    rows = await reader.fetch(
        """select conversation from adapters.bot_session where state in ('opening', 'open')
            and (reader is null or reader_until < $1) order by conversation limit 500""",
        now,
    )
    return [row["conversation"] for row in rows]


async def receive(tx: Transaction, conversation: UUID, event: str) -> bool:
    """False when this event was taken before, whatever way it came."""
    done = await tx.execute(
        "insert into adapters.bot_inbox (conversation, event_id) values ($1, $2) on conflict do nothing",
        conversation, event[:300],
    )  # fmt: skip
    return done.endswith("1")


async def promise(tx: Transaction, conversation: UUID, turn: str, now: datetime) -> bool:
    """False when this turn was on its way before: it is not told again."""
    done = await tx.execute(
        """insert into adapters.bot_outbox (conversation, turn, state, at) values ($1, $2, 'sending', $3)
        on conflict do nothing""",
        conversation, turn, now,
    )  # fmt: skip
    return done.endswith("1")


async def delivered(writer: Writer, conversation: UUID, turn: str, state: str) -> None:
    await writer.execute(
        "update adapters.bot_outbox set state = $3 where conversation = $1 and turn = $2", conversation, turn, state
    )


async def add_trace(
    writer: Writer, now: datetime, conversation: UUID | None, way: str, what: str, shown: str, took: int | None
) -> None:
    """Also drops what is older than the last few hundred."""
    await writer.execute(
        """with gone as (delete from adapters.bot_trace where id < (select max(id) - 300 from adapters.bot_trace))
        insert into adapters.bot_trace (at, conversation, way, what, shown, milliseconds)
        values ($1, $2, $3, $4, $5, $6)""",
        now, conversation, way, what[:80], shown[:300], took,
    )  # fmt: skip


async def trace(reader: Reader, limit: int) -> list[Any]:
    return list(
        await reader.fetch(
            """select at, conversation, way, what, shown, milliseconds from adapters.bot_trace
            order by id desc limit $1""",
            limit,
        )
    )


async def figures(reader: Reader, since: datetime) -> dict[str, int]:
    """How many talks that began since then ended with the bot for which reason; empty is those it still has."""
    rows = await reader.fetch(
        "select reason, count(*) as talks from adapters.bot_session where opened_at >= $1 group by reason", since
    )
    return {row["reason"]: int(row["talks"]) for row in rows}


async def in_hand(reader: Reader, conversations: Collection[UUID]) -> list[Session]:
    """Those of the conversations that the bot has."""
    rows = await reader.fetch(
        f"""select {_COLUMNS} from adapters.bot_session
        where conversation = any($1::uuid[]) and state in ('opening', 'open')""",  # noqa: S608
        list(conversations),
    )
    return [Session(**row) for row in rows]


async def went_down(tx: Transaction, code: str, now: datetime) -> bool:
    """False when it was known to be down."""
    done = await tx.execute(
        "insert into adapters.bot_outage (began_at, trouble) values ($1, $2) on conflict do nothing", now, code
    )
    return done.endswith("1")


async def came_back(tx: Transaction, now: datetime) -> datetime | None:
    """Ends the outage; when it began, None when there was none."""
    began: datetime | None = await tx.fetchval(
        "update adapters.bot_outage set ended_at = greatest($1, began_at) where ended_at is null returning began_at",
        now,
    )
    return began


async def is_troubled(reader: Reader) -> bool:
    """Whether there is anything to be ended."""
    row = await reader.fetchrow(
        """select exists (select from adapters.bot_outage where ended_at is null)
            or exists (select from adapters.bot_connection where trouble <> '') as troubled"""
    )
    return bool(row["troubled"])


async def untroubled(tx: Transaction) -> bool:
    """Forgets what was wrong with the connection; False when nothing was."""
    done = await tx.execute("update adapters.bot_connection set trouble = '' where trouble <> ''")
    return not done.endswith(" 0")


async def outages_now(reader: Reader) -> list[Any]:
    """The one that goes on, if any."""
    return list(
        await reader.fetch("select began_at, ended_at, trouble from adapters.bot_outage where ended_at is null")
    )


async def latest_outages(reader: Reader, since: datetime, until: datetime) -> list[Any]:
    return list(
        await reader.fetch(
            """select began_at, ended_at, trouble from adapters.bot_outage
            where began_at < $2 and coalesce(ended_at, $2) > $1 order by began_at desc limit 50""",
            since, until,
        )
    )  # fmt: skip


async def outages(reader: Reader, since: datetime, until: datetime) -> Any:
    """How often, how many seconds in all within the time, and how many messages nobody knows to have arrived."""
    return await reader.fetchrow(
        """select count(*) as times,
            coalesce(floor(sum(extract(epoch from least(coalesce(ended_at, $2), $2) - greatest(began_at, $1)))), 0)::int
                as seconds,
            coalesce(bool_or(ended_at is null), false) as down_now,
            (select count(*) from adapters.bot_outbox
                where at >= $1 and at < $2 and state in ('unknown', 'refused')) as undelivered
        from adapters.bot_outage where began_at < $2 and coalesce(ended_at, $2) > $1""",
        since, until,
    )  # fmt: skip
