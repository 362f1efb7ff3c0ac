"""What came of an intake, in the reader's language: lines for a terminal, CSV for a spreadsheet, JSON for machines."""

import csv
import io
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

from sportello.fhir.store import intakes
from sportello.fhir.store.intakes import COUNTS
from sportello.kit.database import Database
from sportello.kit.i18n import N_, translate

_PAGE = 1000
HEADS = (N_("File"), N_("Line or entry"), N_("Resource"), N_("Element"), N_("Reason"), N_("Came in"))


async def rows(db: Database, intake: UUID, language: str, most: int | None = None) -> AsyncIterator[dict[str, Any]]:
    """Every refusal (and reference left open) with its reason in words; lines and entries are counted from 1."""
    after, left = (-1, 0), most
    while found := await intakes.refusals(db, intake, after=after, limit=min(_PAGE, _PAGE if left is None else left)):
        for row in found:
            label = f"{row['path']}!{row['member']}" if row["member"] else row["path"]
            message, params = row["reason"], row["params"]
            reason = translate(language, message, **params)
            yield {"file": label, "place": row["place"] + 1, "resource": row["resource"], "element": row["element"],
                   "reason": reason, "kept": row["kept"]}  # fmt: skip
        after = (found[-1]["number"], found[-1]["seq"])
        if left is not None and (left := left - len(found)) <= 0:
            return


async def as_csv(db: Database, intake: UUID, language: str) -> AsyncIterator[bytes]:
    """The report page by page. Cells never begin as a formula would: a spreadsheet must not run what a file said."""
    yield "\ufeff".encode() + _line([translate(language, head) for head in HEADS])
    said = {True: translate(language, N_("yes")), False: translate(language, N_("no"))}
    async for row in rows(db, intake, language):
        yield _line(
            [row["file"], row["place"], row["resource"], row["element"], row["reason"], said[row["kept"]]],
        )


def _line(cells: list[Any]) -> bytes:
    out = io.StringIO()
    safe = [f"'{one}" if isinstance(one, str) and one[:1] in ("=", "+", "-", "@", "\t", "\r") else one for one in cells]
    csv.writer(out).writerow(safe)
    return out.getvalue().encode("utf-8", "replace")


async def as_json(db: Database, intake: UUID) -> list[dict[str, object]]:
    """For machines, in English: one object a file."""
    found: dict[str, dict[str, Any]] = {
        file.source.label: {
            "file": file.source.label, "imported": file.done and not file.refused,
            **{name: getattr(file, name) for name in COUNTS[:4]}, "problems": [], "warnings": [],
        }
        for file in await intakes.files(db, intake)
    }  # fmt: skip
    async for row in rows(db, intake, "en"):
        told = {"entry": row["place"] - 1, **{name: row[name] for name in ("resource", "element", "reason")}}
        found[row["file"]]["warnings" if row["kept"] else "problems"].append(told)
    return list(found.values())
