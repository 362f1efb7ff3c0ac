"""Every statement on editions of the assistant's files, and on the texts that have ever spoken."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

from sportello.bots.store.talks import Reader
from sportello.kit.database import Transaction


class Edition(Struct, frozen=True):
    """One text of a file, and who answers for it; `state` is draft, approved, published or retired."""

    id: UUID
    file: str
    number: int
    body: str
    hash: str
    state: str
    review_by: date
    written_by: str
    written_by_name: str
    written_at: datetime
    approved_by: str | None
    approved_by_name: str | None
    approved_at: datetime | None
    published_at: datetime | None


_COLUMNS = ", ".join(Edition.__struct_fields__)


async def published(reader: Reader) -> list[Edition]:
    """What speaks in place of the files that ship."""
    rows = await reader.fetch(f"select {_COLUMNS} from bots.edition where state = 'published' order by file")  # noqa: S608
    return [Edition(**dict(row)) for row in rows]


async def fingerprint(reader: Reader) -> str:
    """Changes whenever another edition is published, or one is taken back."""
    row = await reader.fetchrow(
        "select coalesce(string_agg(file || ':' || hash, ' ' order by file), '') as all"
        " from bots.edition where state = 'published'"
    )
    return str(row["all"])


async def of(reader: Reader, file: str) -> list[Edition]:
    """Every edition of a file, the newest first."""
    rows = await reader.fetch(
        f"select {_COLUMNS} from bots.edition where file = $1 order by number desc",  # noqa: S608
        file,
    )
    return [Edition(**dict(row)) for row in rows]


async def latest(reader: Reader) -> list[Edition]:
    """Drafts and approved editions that wait, of every file."""
    rows = await reader.fetch(
        f"select {_COLUMNS} from bots.edition where state in ('draft', 'approved') order by file, number"  # noqa: S608
    )
    return [Edition(**dict(row)) for row in rows]


async def hold(tx: Transaction, file: str) -> None:
    """Changes of a file come one after the other."""
    await tx.execute("select pg_advisory_xact_lock(hashtext('bots.edition'), hashtext($1))", file)


async def add(tx: Transaction, edition: Edition) -> None:
    places = ", ".join(f"${place}" for place in range(1, len(Edition.__struct_fields__) + 1))
    values = [getattr(edition, name) for name in Edition.__struct_fields__]
    await tx.execute(f"insert into bots.edition ({_COLUMNS}) values ({places})", *values)  # noqa: S608


async def rewrite(
    tx: Transaction, edition: UUID, body: str, digest: str, review_by: date, by: tuple[str, str, datetime]
) -> None:
    """The draft with other words, written by whoever wrote last."""
    await tx.execute(
        "update bots.edition set body = $2, hash = $3, review_by = $4, written_by = $5, written_by_name = $6,"
        " written_at = $7 where id = $1 and state = 'draft'",
        edition, body, digest, review_by, *by,
    )  # fmt: skip


async def approve(tx: Transaction, edition: UUID, body: str, digest: str, by: tuple[str, str, datetime]) -> None:
    await tx.execute(
        "update bots.edition set state = 'approved', body = $2, hash = $3, approved_by = $4, approved_by_name = $5,"
        " approved_at = $6 where id = $1 and state = 'draft'",
        edition, body, digest, *by,
    )  # fmt: skip


async def drop(tx: Transaction, edition: UUID) -> None:
    """A draft that nobody wants; what was approved stays for ever."""
    await tx.execute("delete from bots.edition where id = $1 and state = 'draft'", edition)


async def publish(tx: Transaction, file: str, edition: UUID | None, now: datetime) -> None:
    """This edition speaks from now on; none lets the file that ships speak again."""
    await tx.execute("update bots.edition set state = 'retired' where file = $1 and state = 'published'", file)
    if edition is not None:
        await tx.execute("update bots.edition set state = 'published', published_at = $2 where id = $1", edition, now)


async def remember(reader: Any, texts: dict[str, tuple[str, str]], library: str) -> None:
    """Keeps texts (file and body by hash) and which of them make up the library."""
    for digest, (file, body) in texts.items():
        await reader.execute(
            "insert into bots.text (hash, file, body) values ($1, $2, $3) on conflict do nothing", digest, file, body
        )
    await reader.execute(
        "insert into bots.library (hash, files) values ($1, $2) on conflict do nothing",
        library,
        {file: digest for digest, (file, _) in texts.items()},
    )


async def remembered(reader: Reader, library: str) -> dict[str, str]:
    """The texts of a library by file; empty when it is not known."""
    rows = await reader.fetch(
        "select t.file, t.body from bots.library l, jsonb_each_text(l.files) f join bots.text t on t.hash = f.value"
        " where l.hash = $1",
        library,
    )
    return {row["file"]: row["body"] for row in rows}
