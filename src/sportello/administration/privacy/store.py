"""Every SQL statement on policies, holds, requests of erasure and patients' copies."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID

from msgspec import Struct

from sportello.kit.database import Database, Transaction

Reader = Database | Transaction
Row = TypeVar("Row")


async def _one(reader: Reader, kind: Callable[..., Row], asked: str, one: UUID, hold: bool) -> Row | None:
    """The row of an id; held, nobody else changes it before the end of the transaction."""
    row = await reader.fetchrow(f"{asked} for update" if hold else asked, one)
    return kind(**row) if row else None


class Hold(Struct, frozen=True):
    """Nothing of this patient, or conversation, is erased; `until` None: until it is lifted."""

    id: UUID
    patient: str | None
    conversation: UUID | None
    reason: str
    by_name: str
    at: datetime
    until: date | None
    lifted_at: datetime | None
    lifted_by: str


class Erasure(Struct, frozen=True):
    """A request to erase a patient's data, and what became of it."""

    id: UUID
    patient: str
    came_by: str
    conversation: UUID | None
    reason: str
    state: str
    asked_by: str
    asked_name: str
    asked_at: datetime
    decided_by: str | None
    decided_name: str
    decided_at: datetime | None
    why: str
    subject: dict[str, Any] | None
    kinds: list[str]
    ended_at: datetime | None


class Copy(Struct, frozen=True):
    """A patient's copy of all their data: asked for, approved, made, fetched, gone."""

    id: UUID
    patient: str
    language: str
    came_by: str
    state: str
    asked_by: str
    asked_name: str
    asked_at: datetime
    decided_name: str
    decided_at: datetime | None
    why: str
    ready_at: datetime | None
    expires_at: datetime | None
    size: int | None
    fetched_at: datetime | None


_HOLD = ", ".join(Hold.__struct_fields__)
_ERASURE = ", ".join(Erasure.__struct_fields__)
_COPY = ", ".join(name for name in Copy.__struct_fields__)


async def policies(reader: Reader) -> dict[str, Any]:
    rows = await reader.fetch("select kind, months, on_request, by_itself from administration.retention")
    return {row["kind"]: row for row in rows}


async def set_policy(tx: Transaction, kind: str, months: int | None, on_request: bool, by_itself: bool) -> None:
    await tx.execute(
        """insert into administration.retention (kind, months, on_request, by_itself) values ($1, $2, $3, $4)
        on conflict (kind) do update set months = excluded.months, on_request = excluded.on_request,
            by_itself = excluded.by_itself""",
        kind, months, on_request, by_itself,
    )  # fmt: skip


async def add_hold(
    tx: Transaction, hold: UUID, patient: str | None, conversation: UUID | None, reason: str, by_name: str,
    at: datetime, until: date | None,
) -> bool:  # fmt: skip
    """False when this very hold was placed already."""
    done = await tx.execute(
        """insert into administration.legal_hold (id, patient, conversation, reason, by_name, at, until)
        values ($1, $2, $3, $4, $5, $6, $7) on conflict (id) do nothing""",
        hold, patient, conversation, reason, by_name, at, until,
    )  # fmt: skip
    return done.endswith(" 1")


async def lift_hold(tx: Transaction, hold: UUID, by_name: str, at: datetime) -> Any:
    """The hold as it was, or None when it was lifted before."""
    return await tx.fetchrow(
        """update administration.legal_hold set lifted_at = $3, lifted_by = $2
        where id = $1 and lifted_at is null returning patient, conversation""",
        hold, by_name, at,
    )  # fmt: skip


async def holds(reader: Reader, limit: int) -> list[Hold]:
    """Those in force first."""
    rows = await reader.fetch(
        f"select {_HOLD} from administration.legal_hold order by lifted_at is not null, at desc limit $1",  # noqa: S608
        limit,
    )
    return [Hold(**row) for row in rows]


async def holds_on(tx: Transaction, patients: list[str], conversations: list[str], today: date) -> list[Hold]:
    """What forbids to erase today. Placing one and erasing exclude each other: both take the same lock."""
    rows = await tx.fetch(
        f"""select {_HOLD} from administration.legal_hold
        where lifted_at is null and (until is null or until >= $3)
          and (patient = any($1::text[]) or conversation::text = any($2::text[])) order by at""",  # noqa: S608
        patients, conversations, today,
    )  # fmt: skip
    return [Hold(**row) for row in rows]


async def holds_in_force(tx: Transaction, today: date) -> list[Hold]:
    rows = await tx.fetch(
        f"select {_HOLD} from administration.legal_hold where lifted_at is null and (until is null or until >= $1)",  # noqa: S608
        today,
    )
    return [Hold(**row) for row in rows]


async def take_turn(tx: Transaction) -> None:
    """Holds are placed, and steps of erasures done, one at a time."""
    await tx.execute("select pg_advisory_xact_lock(7713001)")


async def ask_erasure(
    tx: Transaction, one: UUID, patient: str, came_by: str, conversation: UUID | None, reason: str, by: str,
    by_name: str, at: datetime,
) -> bool:  # fmt: skip
    """False when this patient's erasure is asked for, or under way, already."""
    done = await tx.execute(
        """insert into administration.erasure
        (id, patient, came_by, conversation, reason, state, asked_by, asked_name, asked_at)
        values ($1, $2, $3, $4, $5, 'asked', $6, $7, $8)
        on conflict do nothing""",
        one, patient, came_by, conversation, reason, by, by_name, at,
    )  # fmt: skip
    return done.endswith(" 1")


async def erasure(tx: Reader, one: UUID, *, hold: bool = False) -> Erasure | None:
    return await _one(tx, Erasure, f"select {_ERASURE} from administration.erasure where id = $1", one, hold)  # noqa: S608


async def erasures(reader: Reader, limit: int) -> list[Erasure]:
    rows = await reader.fetch(
        f"""select {_ERASURE} from administration.erasure
        order by state in ('done', 'refused'), asked_at desc limit $1""",  # noqa: S608
        limit,
    )
    return [Erasure(**row) for row in rows]


async def erasures_of(reader: Reader, patient: str, limit: int) -> list[Erasure]:
    """One patient's, the newest first."""
    rows = await reader.fetch(
        f"select {_ERASURE} from administration.erasure where patient = $1 order by asked_at desc limit $2",  # noqa: S608
        patient, limit,
    )  # fmt: skip
    return [Erasure(**row) for row in rows]


async def hold_erasures(tx: Transaction, patients: Sequence[str]) -> list[tuple[str, datetime | None]]:
    """Erasures of these patients, also under ids that were merged, with their ends; they stay so until the end."""
    rows = await tx.fetch(
        """select state, ended_at from administration.erasure
        where state <> 'refused' and (patient = any($1::text[]) or subject ->> 'patient' = any($1::text[])
            or jsonb_exists_any(coalesce(subject -> 'former', '[]'), $1::text[]))
        order by id for update""",
        list(patients),
    )
    return [(row["state"], row["ended_at"]) for row in rows]


async def decide_erasure(
    tx: Transaction, one: UUID, state: str, by: str, by_name: str, at: datetime, *, why: str = "",
    subject: Any = None, kinds: list[str] | None = None,
) -> None:  # fmt: skip
    await tx.execute(
        """update administration.erasure set state = $2, decided_by = $3, decided_name = $4, why = $6, subject = $7,
        kinds = $8, decided_at = $5::timestamptz, ended_at = case when $2::text = 'refused' then $5::timestamptz end
        where id = $1""",
        one, state, by, by_name, at, why, subject, kinds or [],
    )  # fmt: skip


async def end_erasure(tx: Transaction, one: UUID, at: datetime) -> None:
    """Who it was is forgotten here too; that and when it was done stays, with the reason's text gone."""
    await tx.execute(
        """update administration.erasure set state = 'done', subject = null, reason = '', why = '', ended_at = $2
        where id = $1""",
        one, at,
    )  # fmt: skip


async def steps(tx: Reader, one: UUID) -> dict[str, Any]:
    rows = await tx.fetch(
        "select part, number, done_at from administration.erasure_step where erasure = $1 order by done_at, part", one
    )
    return {row["part"]: row for row in rows}


async def add_step(tx: Transaction, one: UUID, part: str, number: int, at: datetime) -> None:
    await tx.execute(
        "insert into administration.erasure_step (erasure, part, number, done_at) values ($1, $2, $3, $4)",
        one, part, number, at,
    )  # fmt: skip


async def ask_copy(
    tx: Transaction, one: UUID, patient: str, language: str, came_by: str, by: str, by_name: str, at: datetime
) -> bool:
    """False when this patient's copy is asked for, or being made, already."""
    done = await tx.execute(
        """insert into administration.data_copy
        (id, patient, language, came_by, state, asked_by, asked_name, asked_at)
        values ($1, $2, $3, $4, 'asked', $5, $6, $7) on conflict do nothing""",
        one, patient, language, came_by, by, by_name, at,
    )  # fmt: skip
    return done.endswith(" 1")


async def copy(reader: Reader, one: UUID, *, hold: bool = False) -> Copy | None:
    return await _one(reader, Copy, f"select {_COPY} from administration.data_copy where id = $1", one, hold)  # noqa: S608


async def copies(reader: Reader, limit: int, patient: str | None = None) -> list[Copy]:
    rows = await reader.fetch(
        f"""select {_COPY} from administration.data_copy where $2::text is null or patient = $2
        order by asked_at desc limit $1""",  # noqa: S608
        limit, patient,
    )  # fmt: skip
    return [Copy(**row) for row in rows]


async def decide_copy(tx: Transaction, one: UUID, state: str, by_name: str, at: datetime, why: str = "") -> None:
    await tx.execute(
        "update administration.data_copy set state = $2, decided_name = $3, decided_at = $4, why = $5 where id = $1",
        one, state, by_name, at, why,
    )  # fmt: skip


async def copy_made(tx: Transaction, one: UUID, content: bytes, at: datetime, until: datetime) -> None:
    await tx.execute(
        """update administration.data_copy set state = 'ready', content = $2, size = $3, ready_at = $4, expires_at = $5
        where id = $1""",
        one, content, len(content), at, until,
    )  # fmt: skip


async def copy_content(tx: Transaction, one: UUID, now: datetime) -> bytes | None:
    """The packet, while its time lasts; that it was fetched is kept."""
    found: bytes | None = await tx.fetchval(
        """update administration.data_copy set fetched_at = $2 where id = $1 and state = 'ready' and expires_at > $2
        returning content""",
        one, now,
    )  # fmt: skip
    return found


async def forget_copies(tx: Transaction, now: datetime) -> None:
    await tx.execute(
        """update administration.data_copy set content = null, state = 'gone'
        where state = 'ready' and expires_at <= $1""",
        now,
    )
