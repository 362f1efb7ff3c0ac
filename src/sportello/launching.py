"""From a command to a running server and back: database, migrations, house, doors; everything ends within seconds."""

import argparse
import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import structlog
import uvicorn

from sportello.app import application, furnish, open_house
from sportello.kit import crowds
from sportello.kit.database.embedded import EmbeddedPostgres
from sportello.kit.database.migrating import migrate
from sportello.kit.house import House
from sportello.kit.settings import Settings, load
from sportello.serving import open_port, uvicorn_config

log = structlog.get_logger("server")


class _Server(uvicorn.Server):
    """uvicorn without its signal handling: it would end the process before the database is stopped."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def launch(args: argparse.Namespace) -> int:
    """`sportello serve` and `sportello demo`, from start to stop."""
    began = time.monotonic()
    demo = args.command == "demo"
    changes: dict[str, Any] = {"server_port": args.port, "server_host": args.host}
    if demo:
        changes |= {"demo": True}
    settings = load(args.data, file=args.config, **changes)
    if demo:
        settings = _with_mailbox(_named(settings))
    door = open_port(settings.server.host, settings.server.port)
    settings = _addressed(settings, door)
    embedded = None if settings.database.url else EmbeddedPostgres(settings.data, settings.database.bin)
    try:
        if embedded:
            embedded.start()
            settings = _replaced(settings, "database", url=embedded.dsn)
        migrate(settings.database.url)
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            return runner.run(_serve(settings, door, embedded, args, began))
    finally:
        door.close()
        if embedded:
            embedded.stop()


def _loop_factory() -> Any:
    import uvloop

    return uvloop.new_event_loop


async def _serve(
    settings: Settings,
    door: socket.socket,
    embedded: EmbeddedPostgres | None,
    args: argparse.Namespace,
    began: float,
) -> int:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    house = furnish(settings)
    work = asyncio.create_task(_until_stopped(house, door, args, began, stop))
    ending = asyncio.create_task(stop.wait())
    watching = asyncio.create_task(_watch(embedded)) if embedded else ending
    await asyncio.wait({work, ending, watching}, return_when=asyncio.FIRST_COMPLETED)
    if watching is not ending and watching.done() and watching.exception():
        log.error("the database cannot be started again", exc_info=watching.exception())
    stop.set()
    watching.cancel()
    await work
    return 0


async def _until_stopped(
    house: House, door: socket.socket, args: argparse.Namespace, began: float, stop: asyncio.Event
) -> None:
    async with open_house(house):
        ready: dict[str, Any] = {"url": house.settings.server.public_url, "pid": os.getpid()}
        if args.command == "demo":
            from sportello.demo.opening import open_demo

            ready |= await open_demo(house, traffic=args.traffic)
        server = _Server(uvicorn_config(application(house, lifespan=False), "", 0))
        serving = asyncio.create_task(server.serve(sockets=[door]))
        while not server.started and not serving.done():
            await asyncio.sleep(0.01)
        crowds.prepare()
        _announce(ready, args.ready_file, time.monotonic() - began)
        ending = asyncio.create_task(stop.wait())
        await asyncio.wait({serving, ending}, return_when=asyncio.FIRST_COMPLETED)
        server.should_exit = True
        await house.streams.hang_up()
        await serving


async def _watch(embedded: EmbeddedPostgres) -> None:
    """Starts the embedded database again when it dies under us; readers and writers reconnect by themselves."""
    while True:
        await asyncio.sleep(0.2)
        if not embedded.alive():
            log.warning("the database ended unexpectedly; starting it again")
            embedded.restart()


def _announce(ready: dict[str, Any], file: Path | None, seconds: float) -> None:
    if file:
        unfinished = file.with_name(f"{file.name}.part")
        unfinished.write_text(json.dumps(ready, ensure_ascii=False))
        unfinished.rename(file)
    lines = [f"Sportello answers at {ready['url']} (after {seconds:.1f} s; Ctrl-C ends it)"]
    if accounts := ready.get("accounts"):
        lines += ["", "Demo sign-ins (the start page has a button for each):"]
        lines += [f"  {a['role']:18} {a['login']:12} {a['password']}" for a in accounts]
        lines += [f"  {'patient':18} {p['login']:12} code {p['code']}" for p in ready.get("patients", [])]
    print("\n".join(lines), file=sys.stdout, flush=True)


def _named(settings: Settings) -> Settings:
    """The invented hospital has a name unless the operator gave one."""
    nameless = settings.clinic.name == type(settings.clinic)().name
    invented = {"name": "Ospedale San Luca", "phone": settings.clinic.phone or "0532 000 100"}
    return _replaced(settings, "clinic", **invented) if nameless else settings


def _with_mailbox(settings: Settings) -> Settings:
    """The demo's mail goes to its own catcher unless the operator names a server."""
    if settings.mail.host:
        return settings
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    return _replaced(settings, "mail", host="127.0.0.1", port=port)


def _addressed(settings: Settings, door: socket.socket) -> Settings:
    host, port = door.getsockname()[:2]
    shown = "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104  compared, not bound
    url = settings.server.public_url or f"http://{shown}:{port}"
    return _replaced(settings, "server", port=port, public_url=url.rstrip("/"))


def _replaced(settings: Settings, section: str, **values: Any) -> Settings:
    changed = msgspec.structs.replace(getattr(settings, section), **values)
    return msgspec.structs.replace(settings, **{section: changed})
