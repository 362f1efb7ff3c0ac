"""Brings the database to this version's shape: Alembic with plain SQL, one branch per room."""

import hashlib
from pathlib import Path

import psycopg

import sportello

EXTENSIONS = ("pg_trgm", "unaccent", "btree_gist")
_LEAST_VERSION = 160_000
_LOCK = 0x53504F52  # advisory lock: two servers that start at once migrate one after the other


class UnusableDatabase(Exception):
    """The database cannot carry Sportello; the message says what to change."""


def migration_folders() -> list[Path]:
    root = Path(sportello.__file__).parent
    return sorted(folder for folder in root.glob("*/migrations") if any(folder.glob("*.py")))


def fingerprint() -> str:
    """Names the set of migrations of this version, so that an up-to-date database is known without Alembic."""
    digest = hashlib.sha256()
    for folder in migration_folders():
        for file in sorted(folder.glob("*.py")):
            digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()


def migrate(dsn: str) -> bool:
    """Checks the server, makes the extensions, applies what is missing; True when something was applied."""
    try:
        connection = psycopg.connect(dsn, autocommit=True, connect_timeout=10)
    except psycopg.OperationalError as error:
        reason = str(error).strip().splitlines()[-1]
        raise UnusableDatabase(f"setting database.url: the database cannot be reached: {reason}") from error
    with connection:
        _check_server(connection)
        connection.execute("select pg_advisory_lock(%s)", [_LOCK])
        connection.execute("create table if not exists public.sportello_schema (fingerprint text not null)")
        row = connection.execute("select fingerprint from public.sportello_schema").fetchone()
        if row and row[0] == fingerprint():
            return False
        _make_extensions(connection)
        upgrade(dsn)
        connection.execute("delete from public.sportello_schema")
        connection.execute("insert into public.sportello_schema values (%s)", [fingerprint()])
        return True


def _check_server(connection: "psycopg.Connection[tuple[object, ...]]") -> None:
    version = connection.info.server_version
    if version < _LEAST_VERSION:
        raise UnusableDatabase(
            f"the database is PostgreSQL {version // 10_000}; Sportello needs {_LEAST_VERSION // 10_000} or later"
        )


def _make_extensions(connection: "psycopg.Connection[tuple[object, ...]]") -> None:
    for name in EXTENSIONS:
        try:
            connection.execute(f"create extension if not exists {name}")
        except psycopg.Error as error:
            raise UnusableDatabase(
                f"the database has no extension {name}: install PostgreSQL's contrib package on the server,"
                f" or let its administrator run: create extension {name}"
            ) from error


def upgrade(dsn: str, to: str = "heads") -> None:
    """Applies what is missing up to a revision; tests stop at older ones to see data converted."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "alembic"))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", "\n".join(map(str, migration_folders())))
    config.attributes["dsn"] = dsn
    command.upgrade(config, to)
