"""Where the embedded cluster may live, and as whom: PostgreSQL refuses to run as root.

As root it runs as `nobody`, who must be able to reach programs and files. Where a data directory lies
behind a closed parent, we open no parent: the cluster goes to `/var/lib/sportello/<id>` and the data directory
keeps a pointer to it. Clusters whose data directory is gone are swept on the next start.
"""

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from sportello.kit.ids import uuid7

SHARED = Path("/var/lib/sportello")


@dataclass(frozen=True, slots=True)
class Home:
    """The cluster's folder, the programs' folder, and the account to run as (None: our own)."""

    cluster: Path
    programs: Path
    account: pwd.struct_passwd | None


def settle(data: Path, programs: Path) -> Home:
    """Chooses the home for a data directory, making what is missing."""
    data.mkdir(parents=True, exist_ok=True, mode=0o711)
    if os.geteuid() != 0:
        return Home(data / "postgres", programs, None)
    account = pwd.getpwnam("nobody")
    if not reachable(programs / "postgres", account):
        programs = _copied(programs)
    pointer = data / "postgres.location"
    if pointer.exists():
        return Home(Path(pointer.read_text().strip()) / "postgres", programs, account)
    if reachable(data, account):
        return Home(data / "postgres", programs, account)
    _sweep()
    place = SHARED / str(uuid7())
    place.mkdir(parents=True, mode=0o711)
    (place / "origin").write_text(str(data.resolve()))
    pointer.write_text(str(place))
    return Home(place / "postgres", programs, account)


def reachable(path: Path, account: pwd.struct_passwd) -> bool:
    """Whether the account can walk to `path`, asked of the kernel as that account."""
    asked = subprocess.run(
        ["/bin/sh", "-c", 'test -x "$1"', "sh", str(path.resolve())],
        user=account.pw_uid, group=account.pw_gid, extra_groups=[], cwd="/", check=False,
    )  # fmt: skip
    return asked.returncode == 0


def _copied(programs: Path) -> Path:
    """The programs' whole installation copied to a place everybody can reach, once per version.

    The wheel keeps shared libraries in a folder beside its package, found by a path relative to the programs; the
    copy has the same shape.
    """
    about = (programs / "postgres").stat()
    target = SHARED / f"programs-{int(about.st_mtime)}-{about.st_size}-{programs.parent.name}"
    installation, package = programs.parent, programs.parent.parent
    libraries = package.with_name(f"{package.name}.libs")
    copy = Path(package.name) / installation.name
    if not (target / copy / "bin" / "postgres").exists():
        SHARED.mkdir(parents=True, exist_ok=True, mode=0o755)
        making = target.with_name(f"{target.name}.{os.getpid()}")
        without = shutil.ignore_patterns("include")
        shutil.copytree(installation, making / copy, symlinks=True, ignore=without)
        if libraries.is_dir():
            shutil.copytree(libraries, making / libraries.name, symlinks=True)
        try:
            making.rename(target)
        except OSError:  # somebody else was quicker
            shutil.rmtree(making)
    return target / copy / "bin"


def _sweep() -> None:
    if not SHARED.exists():
        return
    for place in SHARED.iterdir():
        origin = place / "origin"
        if not origin.exists():
            continue
        pointer = Path(origin.read_text().strip()) / "postgres.location"
        kept = pointer.exists() and pointer.read_text().strip() == str(place)
        if not kept and not (place / "postgres" / "postmaster.pid").exists():
            shutil.rmtree(place, ignore_errors=True)
