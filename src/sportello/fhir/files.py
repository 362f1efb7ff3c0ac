"""Files of FHIR on the operator's disk: found, read, taken in one transaction each, told in a report."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
from msgspec import Struct

from sportello.fhir.bundles import Problem
from sportello.fhir.events import BundleImported
from sportello.fhir.importing import Refused, Taken, import_bundle
from sportello.fhir.rules import Fault
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_

# Decimals keep their digits: "6.30" is another precision than "6.3" (http://hl7.org/fhir/R4/json.html#decimal).
_decode = msgspec.json.Decoder(float_hook=Decimal).decode
_MOST_BYTES = 512 * 1024 * 1024


class FileReport(Struct, frozen=True):
    """What came of one file: either it was taken, or the problems say why nothing of it was."""

    file: Path
    taken: Taken | None = None
    problems: Sequence[Problem] = ()


def found(places: Iterable[Path]) -> Iterator[Path]:
    """The files named, and every .json file beneath the folders named, in a stable order.

    Bundles of organisations and practitioners are not sought out first: references need no target to be kept.
    """
    for place in places:
        if place.is_dir():
            yield from sorted(file for file in place.rglob("*.json") if file.is_file())
        else:
            yield place


async def import_files(
    house: House, files: Sequence[Path], *, told: Callable[[FileReport], object] = lambda _: None
) -> list[FileReport]:
    """Imports file by file; a refused file leaves the others alone. `told` hears of each as it ends."""
    reports = []
    for file in files:
        report = await _import_file(house, file)
        reports.append(report)
        told(report)
    return reports


async def _import_file(house: House, file: Path) -> FileReport:
    try:
        content = _read(file)

        async def work(tx: Transaction) -> Taken:
            taken = await import_bundle(tx, content, now=house.clock.now())
            await house.news.announce(tx, BundleImported(taken.created, taken.updated, taken.unchanged, taken.deleted))
            return taken

        return FileReport(file, await house.db.run(work))
    except Refused as refused:
        return FileReport(file, problems=refused.problems)
    except (asyncpg.DataError, asyncpg.ProgramLimitExceededError) as error:
        fault = Fault(N_("PostgreSQL cannot keep it: %(reason)s"), {"reason": type(error).__name__})
        return FileReport(file, problems=[Problem(fault)])


def _read(file: Path) -> Any:
    """The file's content; raises Refused with the reason in plain words."""
    try:
        if file.stat().st_size > _MOST_BYTES:
            raise _refused(N_("the file is larger than %(most)s MB"), most=str(_MOST_BYTES >> 20))
        raw = file.read_bytes()
    except OSError as error:
        raise _refused(N_("the file cannot be read: %(reason)s"), reason=error.strerror or "") from error
    if b"\\u0000" in raw:
        raise _refused(N_("the text contains the character U+0000, which cannot be kept"))
    try:
        return _decode(raw.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _refused(N_("not valid JSON: %(reason)s"), reason=str(error)) from error


def _refused(reason: str, /, **params: str) -> Refused:
    return Refused([Problem(Fault(reason, params))])
