"""The operator's commands for FHIR data: `sportello import bundle FILE...`."""

import argparse
import sys
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from sportello.fhir.files import FileReport, found, import_files
from sportello.kit.house import House
from sportello.kit.i18n import translate

_SHOWN = 5


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds `import` to the command line."""
    command = commands.add_parser("import", help="take in FHIR R4 bundles, resources, or folders of them")
    command.add_argument("kind", choices=IMPORTS)  # the dict itself: rooms above add their own kinds to it
    command.add_argument("files", nargs="+", type=Path, metavar="FILE")
    command.add_argument("--report", type=Path, help="write what came of every file as JSON")
    command.set_defaults(run=import_kind)


async def import_kind(house: House, args: argparse.Namespace) -> int:
    """The kind that was named."""
    return await IMPORTS[args.kind](house, args)


async def import_bundles(house: House, args: argparse.Namespace) -> int:
    """Imports the files named; exit code 1 when any was refused or none was found."""
    language = house.settings.clinic.languages[0]
    console = Console(stderr=True, highlight=False)
    files = list(found(args.files))
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not sys.stderr.isatty()) as progress:
        bar = progress.add_task(translate(language, "Importing"), total=len(files))
        reports = await import_files(house, files, told=lambda _: progress.advance(bar))
    for line in told(reports, language):
        console.print(line, markup=False, soft_wrap=True)
    if args.report:
        args.report.write_bytes(msgspec.json.format(msgspec.json.encode(as_json(reports)), indent=2))
    return 1 if not files or any(report.taken is None for report in reports) else 0


def told(reports: list[FileReport], language: str) -> list[str]:
    """The report in lines for people: refused files with their reasons, then one line of sums."""
    lines = []
    warnings = 0
    sums: Counter[str] = Counter()
    for report in reports:
        if report.taken:
            warnings += len(report.taken.warnings)
            for name in ("created", "updated", "unchanged", "deleted"):
                sums[name] += getattr(report.taken, name)
            continue
        for problem in report.problems[:_SHOWN]:
            at = "" if problem.place is None else f" [{problem.place}]"
            what = f" {problem.resource}" if problem.resource else ""
            lines.append(
                f"{report.file}{at}{what}: {translate(language, problem.fault.reason, **problem.fault.params)}"
            )
        if (more := len(report.problems) - _SHOWN) > 0:
            lines.append(f"{report.file}: " + translate(language, "and %(more)s more reasons", more=more))
    refused = sum(report.taken is None for report in reports)
    lines.append(
        translate(
            language,
            "%(files)s files: %(created)s resources created, %(updated)s updated, %(unchanged)s unchanged,"
            " %(deleted)s deleted; %(warnings)s references left open; %(refused)s files refused",
            files=len(reports),
            refused=refused,
            warnings=warnings,
            **{name: sums[name] for name in ("created", "updated", "unchanged", "deleted")},
        )
    )
    return lines


def as_json(reports: list[FileReport]) -> list[dict[str, object]]:
    """The same for machines, in English: one object a file."""
    return [
        {
            "file": str(report.file),
            "imported": report.taken is not None,
            **(
                {name: getattr(report.taken, name) for name in ("created", "updated", "unchanged", "deleted")}
                if report.taken
                else {}
            ),
            **{
                name: [
                    {"entry": problem.place, "resource": problem.resource, "reason": str(problem.fault)}
                    for problem in problems
                ]
                for name, problems in (
                    ("problems", report.problems),
                    ("warnings", report.taken.warnings if report.taken else ()),
                )
            },
        }
        for report in reports
    ]


# What `sportello import` takes in, by kind.
IMPORTS: dict[str, Callable[[House, argparse.Namespace], Awaitable[int]]] = {"bundle": import_bundles}
