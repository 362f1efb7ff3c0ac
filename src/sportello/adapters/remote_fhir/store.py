"""Every SQL statement on the copy of what the hospital's server answered, the terms, our keys, and the changes sent."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import msgspec
from msgspec import Struct

from sportello.fhir.extraction import index
from sportello.kit.database import Transaction

RELATION = "adapters.remote_resource"
_encode = msgspec.json.Encoder(decimal_format="number").encode


class Reader(Protocol):
    """The database or a transaction: something to read from."""

    async def fetch(self, sql: str, *args: object) -> Any: ...

    async def fetchrow(self, sql: str, *args: object) -> Any: ...


class Answer(Struct, frozen=True):
    """How a question was answered last; `fetched_at` is None when it never was."""

    about: str
    type: str
    fetched_at: datetime | None
    trouble: str


async def terms(reader: Reader) -> Any:
    row = await reader.fetchrow("select value from adapters.remote_terms")
    return row["value"] if row else None


async def keep_terms(tx: Transaction, value: Any, now: datetime) -> None:
    await tx.execute(
        """insert into adapters.remote_terms (value, changed_at) values ($1, $2)
        on conflict (one) do update set value = $1, changed_at = $2""",
        value, now,
    )  # fmt: skip


async def keys(reader: Reader) -> list[tuple[str, str]]:
    """Our private keys as they are sealed, by name, those that sign first."""
    rows = await reader.fetch("select kid, private from adapters.remote_key order by made_at desc, kid")
    return [(row["kid"], row["private"]) for row in rows]


async def seal_key(tx: Transaction, kid: str, private: str) -> None:
    await tx.execute("update adapters.remote_key set private = $2 where kid = $1", kid, private)


async def add_key(tx: Transaction, kid: str, private: str, now: datetime, forgotten: datetime) -> None:
    """A new key signs from now on; of those replaced long ago nothing is kept."""
    await tx.execute("delete from adapters.remote_key where replaced_at < $1", forgotten)
    await tx.execute("update adapters.remote_key set replaced_at = $1 where replaced_at is null", now)
    await tx.execute("insert into adapters.remote_key (kid, private, made_at) values ($1, $2, $3)", kid, private, now)


async def answers(tx: Transaction, wanted: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Answer]:
    """How these questions (about, type) were answered last."""
    rows = await tx.fetch(
        """select about, type, fetched_at, trouble from adapters.remote_answer
        join unnest($1::text[], $2::text[]) w(about, type) using (about, type)""",
        [about for about, _ in wanted], [kind for _, kind in wanted],
    )  # fmt: skip
    return {(row["about"], row["type"]): Answer(**dict(row)) for row in rows}


async def answers_about(tx: Transaction, patient: str) -> list[Answer]:
    """How everything was answered that was asked of a patient."""
    rows = await tx.fetch(
        """select about, type, fetched_at, trouble from adapters.remote_answer
        where about = $1 or (about = '#' || $1 and type = 'Patient') order by type""",
        patient,
    )
    return [Answer(**dict(row)) for row in rows]


async def answered(
    tx: Transaction, about: str, kind: str, found: Sequence[dict[str, Any]], now: datetime, trouble: str = ""
) -> None:
    """Keeps an answer; one in full (without trouble) replaces what was there."""
    owner = about if about and not about.startswith("#") else None
    await keep(tx, found, now, owner)
    if not trouble:
        ids = [one["id"] for one in found]
        if about.startswith("#"):
            await tx.execute(
                "delete from adapters.remote_resource where type = $1 and id = $2 and id <> all($3::text[])",
                kind, about[1:], ids,
            )  # fmt: skip
        elif owner:
            await tx.execute(
                "delete from adapters.remote_resource where patient = $1 and type = $2 and id <> all($3::text[])",
                owner, kind, ids,
            )  # fmt: skip
    await tx.execute(
        """insert into adapters.remote_answer as a (about, type, asked_at, fetched_at, trouble)
        values ($1, $2, $3, case when $4 = '' then $3::timestamptz end, $4)
        on conflict (about, type) do update
        set asked_at = $3, trouble = $4, fetched_at = coalesce(excluded.fetched_at, a.fetched_at)""",
        about, kind, now, trouble,
    )  # fmt: skip


async def keep(tx: Transaction, found: Sequence[dict[str, Any]], now: datetime, owner: str | None = None) -> None:
    """Copies of resources as the server gave them; `owner` is the patient whose they are."""
    rows = []
    for one in sorted(found, key=lambda one: (one["resourceType"], one["id"])):
        i = index(one)
        tokens = "\x1f".join(i.tokens)
        version = str((one.get("meta") or {}).get("versionId") or "")
        rows.append((one["resourceType"], one["id"], owner or i.patient, i.encounter, i.facet, i.status, i.at, tokens,
                     i.text, version, _encode(one).decode()))  # fmt: skip
    if rows:
        await tx.execute(
            """insert into adapters.remote_resource as r (type, id, patient, encounter, facet, status, at, tokens, text,
                                                      version, body, fetched_at)
            select type, id, patient, encounter, facet, status, at, string_to_array(tokens, chr(31)), text, version,
                   body::jsonb, $12
            from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[],
                        $8::text[], $9::text[], $10::text[], $11::text[])
                 as i(type, id, patient, encounter, facet, status, at, tokens, text, version, body)
            on conflict (type, id) do update
            set patient = coalesce(excluded.patient, r.patient), encounter = excluded.encounter,
                facet = excluded.facet, status = excluded.status, at = excluded.at, tokens = excluded.tokens,
                text = excluded.text, version = excluded.version, body = excluded.body,
                fetched_at = excluded.fetched_at""",
            *[list(column) for column in zip(*rows, strict=True)], now,
        )  # fmt: skip


async def version(tx: Transaction, kind: str, logical_id: str) -> str | None:
    """The version of the copy as the server writes it; None when there is no copy."""
    found: str | None = await tx.fetchval(
        "select version from adapters.remote_resource where type = $1 and id = $2", kind, logical_id
    )
    return found


async def copies_of(tx: Transaction, patient: str) -> list[dict[str, Any]]:
    """Everything of a patient that is copied here."""
    rows = await tx.fetch(
        "select body from adapters.remote_resource where patient = $1 order by type, id",
        patient,
    )
    return [row["body"] for row in rows]


async def forget_questions(tx: Transaction, patients: Sequence[str]) -> int:
    """How often it was answered who these are."""
    done = await tx.execute(
        "delete from adapters.remote_answer where type = 'Patient' and about = any($1::text[])",
        [f"#{one}" for one in patients],
    )
    return int(done.rpartition(" ")[2])


async def forget(tx: Transaction, older_than: datetime | None = None) -> None:
    """Copies are given up: all of them, or those older than an instant."""
    await tx.execute(
        "delete from adapters.remote_resource where $1::timestamptz is null or fetched_at < $1", older_than
    )
    await tx.execute("delete from adapters.remote_answer where $1::timestamptz is null or asked_at < $1", older_than)
    await tx.execute("delete from adapters.remote_change where at < $1", older_than)


async def begin_change(tx: Transaction, one: UUID, what: Sequence[str], now: datetime) -> None:
    await tx.execute("insert into adapters.remote_change (id, at, what) values ($1, $2, $3)", one, now, list(what))


async def end_change(tx: Transaction, one: UUID, outcome: str) -> None:
    await tx.execute("update adapters.remote_change set outcome = $2 where id = $1", one, outcome)


async def changes(reader: Reader, limit: int) -> list[Any]:
    """The changes sent last, newest first."""
    rows: list[Any] = await reader.fetch(
        "select at, what, outcome from adapters.remote_change order by at desc limit $1", limit
    )
    return rows


async def figures(reader: Reader) -> Any:
    """How much is copied, when the server answered last, and how many questions it did not answer when last asked."""
    return await reader.fetchrow(
        """select (select count(*) from adapters.remote_resource) as copies, max(fetched_at) as answered_at,
               count(*) filter (where trouble <> '') as troubled from adapters.remote_answer"""
    )
