"""The operator's command for FHIR data: `sportello import bundle FILE...`; broken off, the same command goes on."""

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from uuid import UUID

import msgspec
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from sportello.administration.actor import SYSTEM
from sportello.fhir.intake import reporting, running
from sportello.fhir.store import intakes
from sportello.fhir.store.intakes import COUNTS
from sportello.kit.house import House
from sportello.kit.i18n import translate

_SHOWN = 20


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds `import` to the command line."""
    command = commands.add_parser("import", help="take in FHIR R4 bundles, resources, NDJSON, or folders of them")
    command.add_argument("kind", choices=IMPORTS)  # the dict itself: rooms above add their own kinds to it
    command.add_argument("files", nargs="+", type=Path, metavar="FILE", help="also folders, .gz and .zip")
    command.add_argument("--report", type=Path, help="write what came of every file: .csv for people, else JSON")
    command.add_argument("--anew", action="store_true", help="begin anew where the same order was broken off")
    command.set_defaults(run=import_kind)


async def import_kind(house: House, args: argparse.Namespace) -> int:
    """The kind that was named."""
    return await IMPORTS[args.kind](house, args)


async def import_bundles(house: House, args: argparse.Namespace) -> int:
    """Imports the files named; exit code 1 when anything was refused or nothing was found."""
    language = house.settings.clinic.languages[0]
    console = Console(stderr=True, highlight=False)
    places = [str(file.resolve()) for file in args.files]
    intake = await _order(house, places, anew=getattr(args, "anew", False))
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn(),
               TimeRemainingColumn(), TextColumn("{task.fields[rate]}"))  # fmt: skip
    with Progress(*columns, console=console, disable=not sys.stderr.isatty()) as progress:
        bar = progress.add_task(translate(language, "Importing"), total=None, rate="")
        first = -1

        async def told() -> None:
            nonlocal first
            files = await intakes.files(house.db, intake)
            count = sum(getattr(file, name) for file in files for name in COUNTS[:4])
            first = count if first < 0 else first
            elapsed = progress.tasks[0].elapsed or 0
            progress.update(
                bar, total=sum(file.size for file in files) or 1,
                completed=sum(file.size if file.done else file.passed for file in files),
                rate=f"{(count - first) / elapsed:,.0f}/s" if elapsed > 1 else "",
            )  # fmt: skip

        await running.run(house, intake, told)
    for line in await _lines(house, intake, language):
        console.print(line, markup=False, soft_wrap=True)
    if args.report:
        await _report(house, intake, language, args.report)
    files = await intakes.files(house.db, intake)
    return 1 if not files or any(file.refused for file in files) else 0


async def _order(house: House, places: list[str], *, anew: bool) -> UUID:
    """The order of these places that was broken off, or a new one."""
    async with house.db.transaction() as tx:
        found = None if anew else await intakes.unfinished(tx, places)
        if found is None:
            return await running.begin(house, tx, SYSTEM, places)
        await intakes.set_state(tx, found, "running")
        return found


async def _report(house: House, intake: UUID, language: str, file: Path) -> None:
    if file.suffix.lower() == ".csv":
        told = b"".join([line async for line in reporting.as_csv(house.db, intake, language)])
    else:
        told = msgspec.json.format(msgspec.json.encode(await reporting.as_json(house.db, intake)), indent=2)
    await asyncio.to_thread(file.write_bytes, told)


async def _lines(house: House, intake: UUID, language: str) -> list[str]:
    """The report in lines for people: refused resources with their reasons, then one line of sums."""
    files = await intakes.files(house.db, intake)
    lines, refused = [], sum(file.refused for file in files)
    async for row in reporting.rows(house.db, intake, language):
        if row["kept"]:
            continue
        what = " ".join(part for part in (row["resource"], row["element"]) if part)
        lines.append(f"{row['file']} [{row['place']}] {what}: {row['reason']}")
        if len(lines) == _SHOWN:
            break
    if refused > len(lines):
        lines.append(translate(language, "and %(more)s more reasons", more=refused - len(lines)))
    sums = {name: sum(getattr(file, name) for file in files) for name in COUNTS}
    lines.append(
        translate(
            language,
            "%(files)s files: %(created)s resources created, %(updated)s updated, %(unchanged)s unchanged,"
            " %(deleted)s deleted, %(refused)s refused; %(open_ends)s references left open",
            files=len(files),
            **sums,
        )
    )
    return lines


# What `sportello import` takes in, by kind.
IMPORTS: dict[str, Callable[[House, argparse.Namespace], Awaitable[int]]] = {
    "bundle": import_bundles,
    "ndjson": import_bundles,  # what a file is shows in itself: either kind takes both
}
