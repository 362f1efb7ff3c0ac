"""Every statement on the optional language model: its terms, and the record of what was asked of it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

from sportello.bots.store.talks import Reader
from sportello.kit.database import Transaction


class Asked(Struct, frozen=True):
    """One call for the record; hashes in place of words."""

    conversation: UUID | None
    job: str
    outcome: str
    milliseconds: int
    model: str
    prompt_hash: str
    answer_hash: str


async def terms(reader: Reader) -> Any:
    row = await reader.fetchrow("select value from bots.language_model")
    return row["value"] if row else None


async def hold_terms(tx: Transaction) -> Any:
    """The terms, which nobody else changes until the transaction ends."""
    await tx.execute("lock table bots.language_model in share row exclusive mode")
    return await terms(tx)


async def keep_terms(tx: Transaction, value: Any, now: datetime) -> None:
    await tx.execute(
        "insert into bots.language_model (value, changed_at) values ($1, $2)"
        " on conflict (one) do update set value = excluded.value, changed_at = excluded.changed_at",
        value,
        now,
    )


async def reseal(tx: Transaction, value: Any) -> None:
    """The same terms, their key sealed with another."""
    await tx.execute("update bots.language_model set value = $1", value)


async def add_call(db: Any, call: Asked, now: datetime) -> None:
    await db.execute(
        "insert into bots.model_call (at, conversation, job, outcome, milliseconds, model, prompt_hash, answer_hash)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8)",
        now,
        call.conversation,
        call.job,
        call.outcome,
        call.milliseconds,
        call.model,
        call.prompt_hash,
        call.answer_hash,
    )


async def forget_calls(db: Any, before: datetime) -> None:
    await db.execute("delete from bots.model_call where at < $1", before)


async def counts(reader: Reader, since: datetime) -> dict[str, dict[str, int]]:
    """By job, how often each outcome."""
    rows = await reader.fetch(
        "select job, outcome, count(*) as times from bots.model_call where at >= $1 group by job, outcome", since
    )
    found: dict[str, dict[str, int]] = {}
    for row in rows:
        found.setdefault(row["job"], {})[row["outcome"]] = row["times"]
    return found
