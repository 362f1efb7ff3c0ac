"""The routing plan from a terminal: out as TOML for the hospital's version control, in as the draft or in force."""

import argparse
import sys
from pathlib import Path

from sportello.administration.actor import SYSTEM
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_, translate
from sportello.routing.authoring import drafting, toml
from sportello.routing.authoring.drafting import DraftMovedOn
from sportello.routing.authoring.toml import Unreadable
from sportello.routing.planning import PlanMovedOn, PlanRefused, current

DRAFTED = N_("The file is the draft now. Look at it under Routing, try it, and publish it there.")
PUBLISHED = N_("Version %(number)s of the routing plan is in force.")
BEGUN = N_("%(name)s has begun a draft. Publish or drop it first, or say --replace to put the file in its place.")
NO_FILE = N_("Name the file: sportello routing import FILE")


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds `routing export` and `routing import` to the command line."""
    command = commands.add_parser("routing", help="the routing plan: export, import")
    command.add_argument("act", choices=["export", "import"])
    command.add_argument("file", nargs="?", type=Path, help="without one the plan is printed")
    command.add_argument(
        "--publish", action="store_true", help="put it in force at once instead of making it the draft"
    )
    command.add_argument("--replace", action="store_true", help="in place of a draft that somebody has begun")
    command.add_argument("--note", default="", help="what changed, for the list of versions")
    command.set_defaults(run=run)


async def run(house: House, args: argparse.Namespace) -> int:
    """Exit code 2, with every reason, when the file cannot be read or the plan cannot be published."""
    language = house.settings.clinic.languages[0]
    if args.act == "export":
        text = toml.write(await current(house, house.db))
        if args.file:
            args.file.write_text(text, encoding="utf-8")
        else:
            sys.stdout.write(text)
        return 0
    if not args.file:
        return _refused([translate(language, NO_FILE)])
    try:
        plan = toml.read(args.file.read_bytes())

        async def work(tx: Transaction) -> str:
            draft = await drafting.opened(house, tx)
            if draft.revision and not args.replace:
                raise DraftMovedOn(draft.by_name)
            kept = await drafting.keep(house, tx, SYSTEM, draft, plan, draft.revision)
            if not args.publish:
                return translate(language, DRAFTED)
            made = await drafting.go_live(house, tx, SYSTEM, args.note, kept.revision)
            return translate(language, PUBLISHED, number=made.number)

        print(await house.db.run(work))
    except OSError as error:
        return _refused([f"{args.file}: {error.strerror}"])
    except Unreadable as error:
        return _refused([translate(language, error.message, **error.params)])
    except PlanRefused as error:
        return _refused(
            [f"{fault.path}: {translate(language, fault.message, **fault.params)}" for fault in error.faults]
        )
    except DraftMovedOn as error:
        return _refused([translate(language, BEGUN, name=error.by_name)])
    except PlanMovedOn as error:
        return _refused([translate(language, error.message)])
    return 0


def _refused(reasons: list[str]) -> int:
    for reason in reasons:
        print(reason, file=sys.stderr)
    return 2
