"""Every statement on scripts: the scripts themselves, which one a conversation follows, how far its steps are."""

from datetime import datetime
from typing import Any, Literal, Protocol
from uuid import UUID

import msgspec
from msgspec import Struct

from sportello.kit.database import Transaction
from sportello.kit.ids import uuid7
from sportello.knowledge.reading import Article
from sportello.scripts.texts import ScriptText


class Reader(Protocol):
    """A database or a transaction."""

    async def fetch(self, sql: str, *args: object) -> list[Any]: ...
    async def fetchrow(self, sql: str, *args: object) -> Any: ...


Outcome = Literal["done", "failed"]


class Done(Struct, frozen=True):
    """How a step last went in a conversation: by whom and when, and how often it was run."""

    outcome: Outcome
    by_name: str
    at: datetime
    times: int


class Run(Struct, frozen=True):
    """That somebody did a step."""

    conversation: UUID
    script: str
    step: str
    outcome: Outcome
    by_id: str
    by_name: str


async def keep(tx: Transaction, script: ScriptText) -> None:
    """The script as last written; its steps stand in the script's own order."""
    await tx.execute(
        """
        insert into scripts.script (id, slug, topics, rank, body) values ($1, $2, $3, $4, $5)
        on conflict (slug) do update set topics = excluded.topics, rank = excluded.rank, body = excluded.body
        """,
        uuid7(),
        script.slug,
        list(script.topics),
        script.rank,
        script,
    )


async def every(reader: Reader) -> list[ScriptText]:
    """All scripts, by rank."""
    rows = await reader.fetch("select body from scripts.script order by rank, slug")
    return [msgspec.convert(row["body"], ScriptText) for row in rows]


async def by_slug(reader: Reader, slug: str) -> ScriptText | None:
    """One script."""
    row = await reader.fetchrow("select body from scripts.script where slug = $1", slug)
    return msgspec.convert(row["body"], ScriptText) if row else None


async def chosen(reader: Reader, conversation: UUID) -> str | None:
    """The slug of the script that an agent chose for the conversation, if one did."""
    row = await reader.fetchrow(
        "select s.slug from scripts.choice c join scripts.script s on s.id = c.script where c.conversation = $1",
        conversation,
    )
    return row and str(row["slug"])


async def choose(tx: Transaction, conversation: UUID, slug: str, by_id: str, at: datetime) -> bool:
    """False when there is no such script."""
    done = await tx.execute(
        """
        insert into scripts.choice (conversation, script, chosen_by, chosen_at)
        select $1, id, $3, $4 from scripts.script where slug = $2
        on conflict (conversation) do update
        set script = excluded.script, chosen_by = excluded.chosen_by, chosen_at = excluded.chosen_at
        """,
        conversation,
        slug,
        by_id,
        at,
    )
    return not done.endswith(" 0")


async def progress(reader: Reader, conversation: UUID) -> dict[tuple[str, str], Done]:
    """How the steps stand, by script and step."""
    rows = await reader.fetch(
        "select s.slug, r.step, r.outcome, r.by_name, r.at, r.times from scripts.run r"
        " join scripts.script s on s.id = r.script where r.conversation = $1",
        conversation,
    )
    return {(row["slug"], row["step"]): Done(row["outcome"], row["by_name"], row["at"], row["times"]) for row in rows}


async def record(tx: Transaction, run: Run, at: datetime) -> None:
    """The last run counts; how often it was run is kept."""
    await tx.execute(
        """
        insert into scripts.run (conversation, script, step, outcome, by_id, by_name, at, times)
        select $1, id, $3, $4, $5, $6, $7, 1 from scripts.script where slug = $2
        on conflict (conversation, script, step) do update
        set outcome = excluded.outcome, by_id = excluded.by_id, by_name = excluded.by_name, at = excluded.at,
            times = scripts.run.times + 1
        """,
        run.conversation,
        run.script,
        run.step,
        run.outcome,
        run.by_id,
        run.by_name,
        at,
    )


async def keep_sending(
    tx: Transaction, sending: UUID, conversation: UUID, article: Article, by_id: str, at: datetime
) -> bool:
    """False when this very sending is on record already."""
    done = await tx.execute(
        "insert into scripts.sending (id, conversation, article, version, language, by_id, at)"
        " values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing",
        sending,
        conversation,
        article.id,
        article.version,
        article.language,
        by_id,
        at,
    )
    return not done.endswith(" 0")


async def sent_in(tx: Transaction, conversations: list[UUID], before: datetime | None, limit: int) -> list[Any]:
    """Articles sent in these conversations before a moment, the latest first."""
    return await tx.fetch(
        """select article, language, version, at from scripts.sending
        where conversation = any($1::uuid[]) and ($2::timestamptz is null or at < $2) order by at desc limit $3""",
        conversations,
        before,
        limit,
    )


async def reopen(tx: Transaction, conversation: UUID, script: str, step: str) -> None:
    """The step counts as not yet done."""
    await tx.execute(
        "delete from scripts.run where conversation = $1 and step = $3"
        " and script = (select id from scripts.script where slug = $2)",
        conversation,
        script,
        step,
    )
