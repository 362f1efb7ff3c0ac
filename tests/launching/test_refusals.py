"""What cannot work is refused at once, in one line that names the cause."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from sportello.kit.database.embedded import EmbeddedPostgres
from sportello.kit.security.sealing import Sealing
from sportello.kit.settings import Settings

ROOT = Path(__file__).parents[2]


def _serve(data: Path, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "sportello", "serve", "--data", str(data), *options],
        cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT / "src")} | environment,
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def _refused(done: subprocess.CompletedProcess[str], *words: str) -> None:
    assert done.returncode == 2, done
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    for word in words:
        assert word in done.stderr


def test_an_unknown_setting(tmp_path: Path) -> None:
    _refused(_serve(tmp_path, SPORTELLO_SERVER_PROT="1"), "prot")


@pytest.mark.parametrize("port", ["99999", "-1"])
def test_a_wrong_port(tmp_path: Path, port: str) -> None:
    _refused(_serve(tmp_path, f"--port={port}"), "server.port")


def test_a_port_in_use(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        _refused(_serve(tmp_path, "--port", port), port, "in use", "--port")


def test_a_key_that_secrets_are_sealed_with_is_missing(dsn: str, tmp_path: Path) -> None:
    """A database put back without its key: no start that would seal new secrets beside unreadable ones."""
    import psycopg

    other = Sealing(Settings(data=tmp_path / "elsewhere"))
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(
            "insert into adapters.key (name, value, created_at) values ('directline', %s, now())",
            [other.seal("adapters.key.directline", "k").encode()],
        )
    done = _serve(tmp_path / "here", "--port", "0", SPORTELLO_DATABASE_URL=dsn)
    _refused(done, "secrets.key", "security.secrets_keys", str(other.keys()[0].kid))


def test_a_database_that_cannot_be_reached(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    done = _serve(tmp_path, "--port", "0", SPORTELLO_DATABASE_URL=f"postgresql://x@127.0.0.1:{port}/x")
    _refused(done, "database.url", "cannot be reached")


def test_a_data_directory_that_is_served_already(tmp_path: Path) -> None:
    owner = EmbeddedPostgres(tmp_path)
    owner.start()
    try:
        _refused(_serve(tmp_path, "--port", "0"), "already serves")
    finally:
        owner.stop()


def test_a_database_without_the_extensions_is_told_which(postgres: EmbeddedPostgres, tmp_path: Path) -> None:
    """A role that may not make extensions meets a database that has none."""
    import psycopg

    with psycopg.connect(postgres.dsn, autocommit=True) as connection:
        connection.execute("create role humble login")
        connection.execute("create database bare")
    try:
        from sportello.kit.database import migrating

        with psycopg.connect(postgres.dsn.replace("/sportello?", "/bare?"), autocommit=True) as connection:
            connection.execute("set role humble")
            with pytest.raises(migrating.UnusableDatabase, match=r"btree_gist|pg_trgm|unaccent"):
                migrating._make_extensions(connection)
    finally:
        with psycopg.connect(postgres.dsn, autocommit=True) as connection:
            connection.execute("drop database bare")
            connection.execute("drop role humble")


def test_an_old_database_is_refused() -> None:
    """The check itself, with the version number that PostgreSQL 15 reports."""
    from types import SimpleNamespace

    from sportello.kit.database import migrating

    with pytest.raises(migrating.UnusableDatabase, match=r"PostgreSQL 15.*16"):
        migrating._check_server(SimpleNamespace(info=SimpleNamespace(server_version=150_018)))  # type: ignore[arg-type]
