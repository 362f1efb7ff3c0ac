"""The embedded server survives what machines do to it: kills, stale files, closed parents, second owners."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from sportello.kit.database import home
from sportello.kit.database.binaries import find_binaries
from sportello.kit.database.embedded import AlreadyServed, EmbeddedPostgres, StartFailed


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data directory behind a closed parent, as temporary folders of root are."""
    tmp_path.chmod(0o700)
    return tmp_path / "data"


def _rows(server: EmbeddedPostgres) -> int:
    with psycopg.connect(server.dsn) as connection:
        row = connection.execute("select count(*) from public.kept").fetchone()
        assert row
        return int(row[0])


def _fill(server: EmbeddedPostgres, rows: int) -> None:
    with psycopg.connect(server.dsn) as connection:
        connection.execute("create table public.kept (n int)")
        connection.execute("insert into public.kept select generate_series(1, %s::int)", [rows])


def test_what_was_committed_is_there_after_a_stop_and_a_start(data: Path) -> None:
    server = EmbeddedPostgres(data)
    server.start()
    _fill(server, 7)
    server.stop()
    server.start()
    assert _rows(server) == 7
    server.stop()


def test_parents_of_the_data_directory_are_left_alone(data: Path) -> None:
    server = EmbeddedPostgres(data)
    server.start()
    server.stop()
    assert data.parent.stat().st_mode & 0o777 == 0o700
    assert server.home.cluster.stat().st_mode & 0o777 == 0o700


def test_a_second_owner_is_refused(data: Path) -> None:
    first, second = EmbeddedPostgres(data), EmbeddedPostgres(data)
    first.start()
    assert second.served_elsewhere()
    with pytest.raises(AlreadyServed):
        second.start()
    first.stop()
    assert not second.served_elsewhere()


def test_a_killed_server_is_started_again_with_every_row(data: Path) -> None:
    server = EmbeddedPostgres(data)
    server.start()
    _fill(server, 50_000)
    assert server.pid
    os.kill(server.pid, signal.SIGKILL)
    while server.alive():
        time.sleep(0.01)
    server.restart()
    assert _rows(server) == 50_000
    server.stop()


def test_a_stale_pid_file_that_names_a_stranger_does_not_fool_us(data: Path) -> None:
    server = EmbeddedPostgres(data)
    server.start()
    _fill(server, 3)
    server.stop()
    stranger = subprocess.Popen(["/bin/sleep", "60"], start_new_session=True)
    try:
        lines = [str(stranger.pid), str(server.home.cluster), str(int(time.time())), "5432", "", "", "", "ready   "]
        (server.home.cluster / "postmaster.pid").write_text("\n".join(lines) + "\n")
        os.chown(server.home.cluster / "postmaster.pid", -1, -1)
        server.start()
        assert _rows(server) == 3
        assert stranger.poll() is None, "the stranger was not touched"
    finally:
        server.stop()
        stranger.kill()
        stranger.wait()


_OWNER = """
import sys, time
from pathlib import Path
from sportello.kit.database import home
from sportello.kit.database.binaries import find_binaries
from sportello.kit.database.embedded import EmbeddedPostgres
server = EmbeddedPostgres(Path(sys.argv[1])); server.start()
print(server.pid, flush=True)
time.sleep(120)
"""


def test_a_killed_owner_takes_its_server_along_and_the_next_one_starts(data: Path) -> None:
    owner = subprocess.Popen([sys.executable, "-c", _OWNER, str(data)], stdout=subprocess.PIPE, text=True)
    assert owner.stdout
    assert int(owner.stdout.readline())
    owner.kill()
    owner.wait()
    began = time.monotonic()
    server = EmbeddedPostgres(data)
    server.start()
    assert time.monotonic() - began < 15
    server.stop()


def test_a_broken_cluster_is_explained_with_the_servers_own_words(data: Path) -> None:
    server = EmbeddedPostgres(data)
    server.start()
    server.stop()
    (server.home.cluster / "PG_VERSION").write_text("9\n")
    with pytest.raises(StartFailed, match=r"9"):
        server.start()


def test_programs_behind_a_closed_folder_work_from_their_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(home, "SHARED", tmp_path / "shared")
    copied = home._copied(find_binaries())
    assert copied.is_relative_to(tmp_path)
    for program in ("postgres", "initdb"):
        told = subprocess.run([copied / program, "--version"], capture_output=True, text=True, check=False)
        assert told.returncode == 0, told.stderr
    libraries = subprocess.run(["ldd", copied / "initdb"], capture_output=True, text=True, check=True).stdout
    assert "libpq" in libraries
    assert str(find_binaries().parents[2]) not in libraries, "nothing is taken from the closed folder"
    assert home._copied(find_binaries()) == copied
