"""The command `sportello`: serves, and does what an operator does beside the server."""

import argparse
import asyncio
import importlib
import importlib.util
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from sportello.app import ROOMS, furnish, open_house
from sportello.kit.database.binaries import NoPostgres
from sportello.kit.database.embedded import AlreadyServed, EmbeddedPostgres, StartFailed
from sportello.kit.database.migrating import UnusableDatabase, migrate
from sportello.kit.house import House
from sportello.kit.logging import configure
from sportello.kit.settings import DatabaseSettings, Settings, SettingsError, load
from sportello.serving import PortTaken

_EXPLAINED = (SettingsError, NoPostgres, StartFailed, UnusableDatabase, PortTaken)


def parser() -> argparse.ArgumentParser:
    """The command line; rooms add their own commands in `<room>/commands.py`."""
    top = argparse.ArgumentParser(prog="sportello", description="A patient service centre.")
    commands = top.add_subparsers(dest="command", required=True)
    for room in ROOMS:
        name = f"sportello.{room}.commands"
        if importlib.util.find_spec(name):
            importlib.import_module(name).register(commands)
    for name, text in (("serve", "run the server"), ("demo", "run the invented hospital")):
        serve = commands.add_parser(name, help=text)
        serve.add_argument("--port", type=int, help="0 takes a free one")
        serve.add_argument("--host")
        serve.add_argument("--ready-file", type=Path, help="written as JSON when the server answers")
        serve.add_argument("--traffic", type=int, default=0, help="demo: so many invented patients keep talking")
    commands.add_parser("migrate", help="bring the database to this version")
    for command in set(commands.choices.values()):
        command.add_argument("--data", type=Path, default=Path("data"), help="the data directory")
        command.add_argument("--config", type=Path, help="a settings file instead of <data>/sportello.toml")
    return top


def main(arguments: list[str] | None = None) -> int:
    """Runs one command; every foreseeable failure is one clear line and exit code 2."""
    args = parser().parse_args(arguments)
    try:
        return _run(args)
    except AlreadyServed as error:
        print(f"sportello: another Sportello already serves {error}", file=sys.stderr)
    except _EXPLAINED as error:
        print(f"sportello: {error}", file=sys.stderr)
    except KeyboardInterrupt:
        return 130
    return 2


def _run(args: argparse.Namespace) -> int:
    configure(readable=sys.stderr.isatty())
    if args.command in {"serve", "demo"}:
        from sportello.launching import launch

        return launch(args)
    settings = load(args.data, file=args.config)
    with database(settings) as ready:
        changed = migrate(ready.database.url)
        if args.command == "migrate":
            print("the database was brought up to date" if changed else "the database is up to date")
            return 0
        return asyncio.run(_with_house(ready, args, args.run))


async def _with_house(
    settings: Settings, args: argparse.Namespace, run: Callable[[House, argparse.Namespace], Awaitable[int]]
) -> int:
    house = furnish(settings)
    await house.db.open()
    try:
        return await run(house, args)
    finally:
        await house.db.close()


@contextmanager
def database(settings: Settings) -> Iterator[Settings]:
    """Settings whose database.url can be used: the configured one, the running server's, or one started here."""
    if settings.database.url:
        yield settings
        return
    embedded = EmbeddedPostgres(settings.data, settings.database.bin)
    owned = not embedded.served_elsewhere()
    if owned:
        embedded.start()
    try:
        url = msgspec.structs.replace(settings.database, url=embedded.dsn)
        assert isinstance(url, DatabaseSettings)
        yield msgspec.structs.replace(settings, database=url)
    finally:
        if owned:
            embedded.stop()


__all__ = ["main", "open_house", "parser"]

if __name__ == "__main__":
    sys.exit(main())
