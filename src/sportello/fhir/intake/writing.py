"""Writes a prepared piece: its resources, its refusals and how far its file came, in one transaction."""

from collections import Counter
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from sportello.fhir.bundles import Entry
from sportello.fhir.importing import Refused, import_entries
from sportello.fhir.intake.preparing import Batch, Prepared, Refusal
from sportello.fhir.intake.sources import Piece
from sportello.fhir.rules import Fault
from sportello.fhir.store import intakes
from sportello.fhir.store.intakes import File
from sportello.fhir.store.resources import Erased, take_in
from sportello.kit.database import Transaction
from sportello.kit.i18n import N_

_UNFIT = (asyncpg.DataError, asyncpg.ProgramLimitExceededError, Erased)
_MOST_OPEN = 1000  # references left open that are told of one file; the others are counted


async def write(tx: Transaction, intake: UUID, file: File, piece: Piece, made: Prepared, now: datetime) -> Counter[str]:
    """Keeps what a piece brings; what PostgreSQL cannot keep is refused by itself."""
    counts: Counter[str] = Counter()
    refusals = list(made.refusals)
    for batch in made.batches:
        refusals += await _written(tx, batch, counts, now)
    if made.asking:
        refusals += await _asked(tx, list(made.asking), counts, now)
    counts["refused"] += len({(one.place, one.resource) for one in refusals if not one.kept})
    counts["open_ends"] += sum(one.kept for one in refusals)
    room = max(0, _MOST_OPEN - file.open_ends)
    told = [one for one in refusals if not one.kept] + [one for one in refusals if one.kept][:room]
    await intakes.refuse(tx, intake, file.number, sorted(told, key=lambda one: one.place))
    await intakes.came(
        tx, intake, file.number, position=piece.end, line=piece.first + len(piece.lines), passed=piece.passed,
        size=piece.size, done=piece.last, counts=counts,
    )  # fmt: skip
    return counts


async def _written(tx: Transaction, batch: Batch, counts: Counter[str], now: datetime) -> list[Refusal]:
    try:
        async with tx.connection.transaction():
            counts.update(await take_in(tx, batch.columns, now=now, revert=batch.puts))
        return []
    except _UNFIT as error:
        if len(batch.places) == 1:
            return [_unfit(batch.places[0], f"{batch.columns[0][0]}/{batch.columns[1][0]}", batch.columns[3][0], error)]
    found = []
    half = len(batch.places) // 2
    for part in (slice(None, half), slice(half, None)):
        columns = [column[part] for column in batch.columns]
        found += await _written(tx, Batch(batch.places[part], columns, batch.puts), counts, now)
    return found


async def _asked(tx: Transaction, listed: list[Entry], counts: Counter[str], now: datetime) -> list[Refusal]:
    """Entries with conditions: together if that goes; else without the one that is at fault."""
    while listed:
        try:
            async with tx.connection.transaction():
                taken = await import_entries(tx, listed, now=now)
        except Refused as refused:
            wrong = {problem.place for problem in refused.problems}
            left = [one for one in listed if one.place not in wrong]
            told = [Refusal(p.place or 0, p.resource or "", "", p.fault) for p in refused.problems]
            return told + (await _asked(tx, left, counts, now) if len(left) < len(listed) else [])
        except _UNFIT as error:
            if len(listed) == 1:
                return [_unfit(listed[0].place, f"{listed[0].type}/{listed[0].id}", None, error)]
            half = len(listed) // 2
            return [
                *await _asked(tx, listed[:half], counts, now),
                *await _asked(tx, listed[half:], counts, now),
            ]
        for name in ("created", "updated", "unchanged", "deleted"):
            counts[name] += getattr(taken, name)
        return [Refusal(one.place or 0, one.resource or "", "", one.fault, kept=True) for one in taken.warnings]
    return []


def _unfit(place: int, name: str, patient: Any, error: Exception) -> Refusal:
    if isinstance(error, Erased):
        return Refusal(place, name, "", Fault(N_("it was erased on request and does not come back")), patient)
    fault = Fault(N_("PostgreSQL cannot keep it: %(reason)s"), {"reason": type(error).__name__})
    return Refusal(place, name, name.partition("/")[0], fault, patient)
