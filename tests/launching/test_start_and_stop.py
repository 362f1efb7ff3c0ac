"""The whole system starts with one command, ends within three seconds with clients attached, and forgets nothing."""

import json
import os
import signal
import time
import urllib.request
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest
from websockets.sync.client import connect

from sportello.kit.database.embedded import EmbeddedPostgres

from .running import Running, children, copied, running


@pytest.fixture(scope="module")
def hospital(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo's data directory."""
    return copied(tmp_path_factory)


def _health(url: str) -> dict[str, str]:
    with urllib.request.urlopen(f"{url}/health", timeout=5) as answer:  # noqa: S310  our own loopback server
        return dict(json.load(answer))


def test_the_ready_file_tells_where_and_who(hospital: Path) -> None:
    with running(hospital) as server:
        assert server.ready["pid"] == server.process.pid
        assert _health(server.url)["status"] == "well"
        assert {a["role"] for a in server.ready["accounts"]} >= {"agent", "supervisor", "administrator"}
        assert all({"login", "password"} <= set(a) for a in server.ready["accounts"])
        assert any(p["login"] == "giulia.ferri" for p in server.ready["patients"])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_within_three_seconds_with_clients_attached(hospital: Path, number: int) -> None:
    server = Running(hospital)
    database = children(server.process.pid)
    assert database, "the embedded database is our child"
    with ExitStack() as attached:
        for _ in range(20):
            attached.enter_context(connect(f"{server.url.replace('http', 'ws')}/line", origin=server.url))
        assert server.stop(number) < 3
    assert server.process.returncode == 0
    assert not any(Path(f"/proc/{pid}").exists() for pid in database)


def test_a_killed_server_starts_again_with_its_data(hospital: Path) -> None:
    server = Running(hospital)
    database = children(server.process.pid)
    server.kill()
    with running(hospital) as again:
        assert _health(again.url)["status"] == "well"
    assert not any(Path(f"/proc/{pid}").exists() for pid in database)


def test_a_killed_database_is_started_again_under_a_running_server(hospital: Path) -> None:
    with running(hospital) as server:
        (database,) = children(server.process.pid)
        os.kill(database, signal.SIGKILL)
        until = time.monotonic() + 30
        while time.monotonic() < until:
            try:
                if _health(server.url)["status"] == "well" and children(server.process.pid) != [database]:
                    break
            except OSError:
                pass
            time.sleep(0.1)
        assert _health(server.url)["status"] == "well"


def test_the_command_line_reaches_the_running_servers_database(hospital: Path) -> None:
    with running(hospital):
        elsewhere = EmbeddedPostgres(hospital)
        assert elsewhere.served_elsewhere()
        with psycopg.connect(elsewhere.dsn) as connection:
            row = connection.execute("select count(*) from administration.staff").fetchone()
            assert row
            assert row[0] >= 6
