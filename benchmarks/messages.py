"""Messages through the real doors of the real server: how many a second, how late, at what cost, and if all arrive.

500 patients write at given rates whether or not the server keeps up, each to the agent who has the conversation (25
agents with 20 each); a supervisor reads along in some. The server has one core, the players the other; PostgreSQL
shares both. Latency is from a patient's send to the agent's receipt. Commits are durable.
"""

import argparse
import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg

from sportello.kit.database.embedded import EmbeddedPostgres
from sportello.kit.database.migrating import migrate
from tests.launching.running import ROOT, Running
from tests.live import stage


def rows(arguments: list[str]) -> list[dict[str, object]]:
    """One row for every rate."""
    options = argparse.ArgumentParser(prog="bin/bench messages")
    options.add_argument("--rates", default="1000,4000,8000", help="messages a second, in turn")
    options.add_argument("--seconds", type=float, default=8.0, help="of every rate")
    options.add_argument("--patients", type=int, default=500)
    options.add_argument("--agents", type=int, default=25)
    options.add_argument("--watched", type=int, default=20, help="conversations the supervisor reads along in")
    options.add_argument("--past", type=int, default=1_000_000, help="events there are before")
    asked = options.parse_args(arguments)
    with _database(asked.past) as database, _server(database) as server:
        plan = stage.invite(
            database.dsn, database.data, server.url, patients=asked.patients, agents=asked.agents, supervisors=1,
            watched=asked.watched,
        )  # fmt: skip
        with _players(plan) as players:
            _ask(players, 500, 3.0)  # the first seconds warm caches on both sides
            return [_step(rate, asked.seconds, players, server, database) for rate in _numbers(asked.rates)]


def _numbers(text: str) -> list[int]:
    return [int(part) for part in text.split(",")]


@contextlib.contextmanager
def _database(past: int) -> Iterator[EmbeddedPostgres]:
    data = Path(tempfile.mkdtemp(prefix="sportello-bench-"))
    data.chmod(0o711)
    database = EmbeddedPostgres(data)
    database.start()
    try:
        migrate(database.dsn)
        stage.past(database.dsn, past)
        yield database
    finally:
        database.stop()
        shutil.rmtree(data, ignore_errors=True)


@contextlib.contextmanager
def _server(database: EmbeddedPostgres) -> Iterator[Running]:
    data = database.data / "server"
    server = Running(data, command="serve", environment={"SPORTELLO_DATABASE_URL": database.dsn})
    _pin(server.process.pid, first=False)
    try:
        yield server
    finally:
        server.stop()


@contextlib.contextmanager
def _players(plan: dict[str, Any]) -> Iterator["subprocess.Popen[bytes]"]:
    players = subprocess.Popen(
        [sys.executable, "-m", "tests.live.talkers"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT,
        env=os.environ | {"PYTHONPATH": f"{ROOT}/src:{ROOT}"},
    )  # fmt: skip
    _pin(players.pid, first=True)
    try:
        assert players.stdin is not None
        assert players.stdout is not None
        players.stdin.write(stage.encoded(plan))
        players.stdin.flush()
        assert json.loads(players.stdout.readline())["open"]
        yield players
    finally:
        players.kill()
        players.wait()


def _pin(pid: int, *, first: bool) -> None:
    """The server and the players each have a core, where there are two."""
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) > 1:
        for thread in Path(f"/proc/{pid}/task").iterdir():
            os.sched_setaffinity(int(thread.name), {cores[0] if first else cores[1]})


def _ask(players: "subprocess.Popen[bytes]", rate: int, seconds: float) -> dict[str, Any]:
    assert players.stdin is not None
    assert players.stdout is not None
    players.stdin.write(f"{rate} {seconds}\n".encode())
    players.stdin.flush()
    return dict(json.loads(players.stdout.readline()))


def _step(
    rate: int, seconds: float, players: "subprocess.Popen[bytes]", server: Running, database: EmbeddedPostgres
) -> dict[str, object]:
    assert database.pid is not None
    before = _kept(database.dsn)
    spent = (seconds_now(server, players), stage.seconds_of_family(database.pid))
    found = _ask(players, rate, seconds)
    now = (seconds_now(server, players), stage.seconds_of_family(database.pid))
    time.sleep(0.2)
    kept = _kept(database.dsn) - before
    messages = max(1, found["arrived"])
    return {
        "rate": rate,
        "done_per_s": round(found["done_per_s"]),
        "p50_ms": round(found["p50_ms"] or 0, 2),
        "p99_ms": round(found["p99_ms"] or 0, 2),
        "server_us_per_message": round(1e6 * (now[0][0] - spent[0][0]) / messages, 1),
        "database_us_per_message": round(1e6 * (now[1] - spent[1]) / messages, 1),
        "players_us_per_message": round(1e6 * (now[0][1] - spent[0][1]) / messages, 1),
        # A message is lost when its sender was told that it is kept, and it is not, or its agent never got it.
        "lost": max(0, found["acked"] - kept) + max(0, found["acked"] - found["arrived"]),
        "doubled": found["doubled"] + max(0, kept - found["sent"]),
        "refused": sum(found["refused"].values()),
        "unanswered": found["sent"] - found["acked"] - sum(found["refused"].values()),
    }


def seconds_now(server: Running, players: "subprocess.Popen[bytes]") -> tuple[float, float]:
    """CPU seconds so far of the server and of the players."""
    return stage.seconds_of(server.process.pid), stage.seconds_of(players.pid)


def _kept(dsn: str) -> int:
    with psycopg.connect(dsn) as connection:
        row = connection.execute(
            "select coalesce(sum(last_seq), 0) from kit.stream where closed_at is null and stream like 'conversation:%'"
        ).fetchone()
    return int(row[0]) if row else 0
