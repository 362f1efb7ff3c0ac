"""How far files came in, and what of them was refused."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

from sportello.fhir.intake.preparing import Refusal
from sportello.fhir.intake.sources import Source
from sportello.kit.database import Database, Transaction

COUNTS = ("created", "updated", "unchanged", "deleted", "refused", "open_ends")


class Intake(Struct, frozen=True):
    """One order to take files in; `places` are the files and folders that were named."""

    id: UUID
    places: list[str]
    asked_by: str
    asked_name: str
    uploaded: bool
    state: str
    trouble: str
    began_at: datetime
    ended_at: datetime | None = None


class File(Struct, frozen=True):
    """A file of an intake: up to where it is taken in, and what came of it."""

    number: int
    path: str
    member: str
    digest: str
    size: int
    passed: int
    position: int
    line: int
    done: bool
    created: int
    updated: int
    unchanged: int
    deleted: int
    refused: int
    open_ends: int

    @property
    def source(self) -> Source:
        return Source(self.path, self.member)


_FILE = ", ".join(File.__struct_fields__)
_INTAKE = ", ".join(Intake.__struct_fields__)


async def begin(tx: Transaction, one: Intake, files: Sequence[tuple[Source, int]]) -> None:
    """`files` with their sizes on disk."""
    await tx.execute(
        """insert into fhir.intake (id, places, asked_by, asked_name, uploaded, state, began_at)
        values ($1, $2, $3, $4, $5, $6, $7)""",
        one.id, one.places, one.asked_by, one.asked_name, one.uploaded, one.state, one.began_at,
    )  # fmt: skip
    await tx.executemany(
        "insert into fhir.intake_file (intake, number, path, member, size) values ($1, $2, $3, $4, $5)",
        [(one.id, number, source.path, source.member, size) for number, (source, size) in enumerate(files)],
    )


async def unfinished(tx: Transaction, places: list[str]) -> UUID | None:
    """The latest intake of these places that did not come to its end."""
    found: UUID | None = await tx.fetchval(
        "select id from fhir.intake where places = $1 and state <> 'done' order by began_at desc limit 1", places
    )
    return found


async def read(reader: Database | Transaction, intake: UUID) -> Intake | None:
    row = await reader.fetchrow(f"select {_INTAKE} from fhir.intake where id = $1", intake)  # noqa: S608
    return Intake(**row) if row else None


async def hold(tx: Transaction, intake: UUID) -> Intake | None:
    """The intake, held until the transaction ends, so that one writer at a time goes on with it."""
    row = await tx.fetchrow(f"select {_INTAKE} from fhir.intake where id = $1 for update", intake)  # noqa: S608
    return Intake(**row) if row else None


async def latest(db: Database, limit: int) -> list[tuple[Intake, Any]]:
    """The newest first, each with its sums: files, done, size, passed and the counts."""
    rows = await db.fetch(
        f"""select {", ".join("i." + name for name in Intake.__struct_fields__)}, s.* from fhir.intake i
        cross join lateral (
            select count(*) as files, count(*) filter (where done) as files_done, coalesce(sum(size), 0) as size,
                   coalesce(sum(case when done then size else passed end), 0) as passed,
                   {", ".join(f"coalesce(sum({name}), 0) as {name}" for name in COUNTS)}
            from fhir.intake_file f where f.intake = i.id) s
        order by i.began_at desc limit $1""",  # noqa: S608
        limit,
    )
    return [(Intake(**{name: row[name] for name in Intake.__struct_fields__}), row) for row in rows]


async def set_state(
    tx: Transaction, intake: UUID, state: str, trouble: str = "", ended_at: datetime | None = None
) -> None:
    await tx.execute(
        "update fhir.intake set state = $2, trouble = $3, ended_at = $4 where id = $1", intake, state, trouble, ended_at
    )


async def files(reader: Database | Transaction, intake: UUID) -> list[File]:
    rows = await reader.fetch(f"select {_FILE} from fhir.intake_file where intake = $1 order by number", intake)  # noqa: S608
    return [File(**row) for row in rows]


async def next_file(tx: Transaction, intake: UUID) -> File | None:
    """The first file that is not done."""
    row = await tx.fetchrow(
        f"select {_FILE} from fhir.intake_file where intake = $1 and not done order by number limit 1",  # noqa: S608
        intake,
    )
    return File(**row) if row else None


async def begin_anew(tx: Transaction, intake: UUID, number: int, digest: str) -> None:
    """A file at its beginning, also one that was changed while it was taken in: what was told of it counts no more."""
    await tx.execute(
        """update fhir.intake_file set digest = $3, position = 0, line = 0, passed = 0, created = 0, updated = 0,
        unchanged = 0, deleted = 0, refused = 0, open_ends = 0 where intake = $1 and number = $2""",
        intake, number, digest,
    )  # fmt: skip
    await tx.execute("delete from fhir.intake_refusal where intake = $1 and number = $2", intake, number)


async def came(
    tx: Transaction, intake: UUID, number: int, *, position: int, line: int, passed: int, size: int, done: bool,
    counts: dict[str, int],
) -> None:  # fmt: skip
    """A piece more is in."""
    await tx.execute(
        """update fhir.intake_file set position = $3, line = $4, passed = $5, size = $6, done = $7,
        created = created + $8, updated = updated + $9, unchanged = unchanged + $10, deleted = deleted + $11,
        refused = refused + $12, open_ends = open_ends + $13 where intake = $1 and number = $2""",
        intake, number, position, line, passed, size, done, *(counts.get(name, 0) for name in COUNTS),
    )  # fmt: skip


async def refuse(tx: Transaction, intake: UUID, number: int, refusals: Iterable[Refusal]) -> None:
    rows = [
        (
            intake,
            number,
            one.place,
            one.resource,
            one.element,
            one.fault.reason,
            one.fault.params,
            one.patient,
            one.kept,
        )
        for one in refusals
    ]
    if rows:
        await tx.executemany(
            """insert into fhir.intake_refusal
            (intake, number, place, resource, element, reason, params, patient, kept)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9)""",
            rows,
        )


async def refusals(
    reader: Database | Transaction, intake: UUID, *, after: tuple[int, int] = (-1, 0), limit: int
) -> list[Any]:
    """What was refused or left open, in the order of the files, behind a file's number and the row's own."""
    return list(
        await reader.fetch(
            """select r.number, r.seq, f.path, f.member, r.place, r.resource, r.element, r.reason, r.params, r.kept
            from fhir.intake_refusal r join fhir.intake_file f using (intake, number)
            where intake = $1 and (r.number, r.seq) > ($2, $3) order by r.number, r.seq limit $4""",
            intake, *after, limit,
        )
    )  # fmt: skip


async def forget(tx: Transaction, before: datetime) -> None:
    """Reports of intakes that ended long ago."""
    await tx.execute("delete from fhir.intake where ended_at < $1", before)
