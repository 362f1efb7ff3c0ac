"""What an idle line costs: memory of the real server per open socket that follows one conversation, and its CPU."""

import argparse
import asyncio
import contextlib
import resource
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sportello.kit.database.embedded import EmbeddedPostgres
from sportello.kit.database.migrating import migrate
from tests.launching.running import Running
from tests.live import stage
from tests.live.sockets import Player


def rows(arguments: list[str]) -> list[dict[str, object]]:
    """One row for every number of sockets."""
    options = argparse.ArgumentParser(prog="bin/bench sockets")
    options.add_argument("--sockets", default="1000,5000", help="how many, in turn")
    asked = options.parse_args(arguments)
    counts = [int(part) for part in asked.sockets.split(",")]
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    # Before the server is started: it inherits the limit.
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(max(soft, 2 * max(counts) + 500), hard), hard))
    with _served() as (database, server):
        plan = stage.invite(database.dsn, database.data, server.url, patients=200, agents=10, supervisors=0)
        return asyncio.run(_measured(server, plan, counts))


@contextlib.contextmanager
def _served() -> Iterator[tuple[EmbeddedPostgres, Running]]:
    data = Path(tempfile.mkdtemp(prefix="sportello-bench-"))
    data.chmod(0o711)
    database = EmbeddedPostgres(data)
    database.start()
    server = None
    try:
        migrate(database.dsn)
        server = Running(data / "server", command="serve", environment={"SPORTELLO_DATABASE_URL": database.dsn})
        yield database, server
    finally:
        if server:
            server.stop()
        database.stop()
        shutil.rmtree(data, ignore_errors=True)


async def _measured(server: Running, plan: dict[str, Any], counts: list[int]) -> list[dict[str, object]]:
    pid = server.process.pid
    players = [await _open(plan, n) for n in range(100)]  # warms what the first sockets would otherwise be charged for
    await asyncio.sleep(2)
    base, charged = stage.resident_bytes(pid), len(players)
    found: list[dict[str, object]] = []
    for count in counts:
        began = time.monotonic()
        while len(players) < count:
            start = len(players)
            players += await asyncio.gather(*(_open(plan, n) for n in range(start, min(start + 50, count))))
        opening = time.monotonic() - began
        await asyncio.sleep(3)
        spent = stage.seconds_of(pid)
        await asyncio.sleep(5)
        found.append(
            {
                "sockets": count,
                "kb_per_socket": round((stage.resident_bytes(pid) - base) / (count - charged) / 1024, 1),
                "server_mb": round(stage.resident_bytes(pid) / 1024**2),
                "opened_per_s": round((count - charged) / opening) if not found else "",
                "idle_cpu_percent": round(100 * (stage.seconds_of(pid) - spent) / 5, 1),
                "still_open": sum(not player.lost.is_set() for player in players),
            }
        )
    for player in players:
        player.close()
    return found


async def _open(plan: dict[str, Any], number: int) -> Player:
    patient = plan["patients"][number % len(plan["patients"])]
    player = await Player(lambda *_: None).open(plan["url"], token=patient["token"])
    player.say({"t": "follow", "s": patient["stream"], "after": patient["after"]})
    return player
