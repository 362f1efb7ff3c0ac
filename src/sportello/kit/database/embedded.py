"""The embedded PostgreSQL: our own child in the foreground, so that one command runs everything.

Rules (each was paid for): ready only when `postmaster.pid` names our child and says so; nothing is concluded from
a process id alone; start is retried while a killed server's shared memory lingers; SIGINT is the fast stop; the
cluster is made beside its place and moved there whole; no password exists (peer authentication on a unix socket).
"""

import contextlib
import ctypes
import fcntl
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

from sportello.kit.database.binaries import find_binaries
from sportello.kit.database.home import Home, settle

USER = DATABASE = "sportello"
_START_SECONDS = 60.0
_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "logging_collector": "off",
    "log_statement": "none",
    "log_min_messages": "warning",
    "log_min_error_statement": "panic",  # statements may carry what patients wrote
    "log_parameter_max_length_on_error": "0",
}


class AlreadyServed(Exception):
    """Another Sportello serves this data directory."""


class StartFailed(Exception):
    """The server did not come up; the message carries the end of its log."""


class EmbeddedPostgres:
    """A PostgreSQL cluster in a data directory, owned by this process from `start` to `stop`."""

    def __init__(self, data: Path, configured: str = "") -> None:
        self.data = data.resolve()
        self.home: Home = settle(self.data, find_binaries(configured))
        self._child: subprocess.Popen[bytes] | None = None
        self._lock = -1

    @property
    def dsn(self) -> str:
        return f"postgresql://{USER}@/{DATABASE}?host={quote(str(self._sockets()))}"

    @property
    def pid(self) -> int | None:
        return self._child.pid if self._child else None

    def alive(self) -> bool:
        """Whether our child still runs."""
        return self._child is not None and self._child.poll() is None

    def restart(self) -> None:
        """Starts a server that died under us; from the thread that called `start`, whose end would end the server."""
        self._run_until_ready()

    def served_elsewhere(self) -> bool:
        """Whether another live Sportello holds this data directory (asked of its lock, not of a pid)."""
        try:
            self._take_lock()
        except AlreadyServed:
            return True
        self._release_lock()
        return False

    def start(self) -> None:
        """Starts the server and returns when it accepts connections; raises AlreadyServed or StartFailed."""
        self._take_lock()
        try:
            if not (self.home.cluster / "PG_VERSION").exists():
                self._make_cluster()
            self._make_sockets()
            self._run_until_ready()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Fast stop: transactions under way are rolled back, committed ones are kept."""
        child, self._child = self._child, None
        if child and child.poll() is None:
            child.send_signal(signal.SIGINT)
            try:
                child.wait(10)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        self._release_lock()

    def _take_lock(self) -> None:
        self._lock = os.open(self.data / "lock", os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._release_lock()
            raise AlreadyServed(str(self.data)) from None

    def _release_lock(self) -> None:
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def _make_cluster(self) -> None:
        making = self.home.cluster.with_name("postgres.making")
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir(mode=0o700)
        self._give(making)
        self._call(
            "initdb", "-D", str(making), "-U", USER, "--auth=peer", "--encoding=UTF8", "--no-instructions",
            "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--lc-collate=C", "--lc-ctype=C",
        )  # fmt: skip
        people = {pwd.getpwuid(os.geteuid()).pw_name, "nobody" if self.home.account else USER}
        (making / "pg_hba.conf").write_text("local all all peer map=sportello\n")
        (making / "pg_ident.conf").write_text("".join(f"sportello {name} {USER}\n" for name in sorted(people)))
        making.rename(self.home.cluster)

    def _sockets(self) -> Path:
        inside = self.home.cluster.parent / "socket"
        # A socket's path may have 107 bytes (sun_path); PostgreSQL adds its own name of 16.
        if len(str(inside)) < 85:
            return inside
        name = f"sportello-{os.geteuid()}-{abs(hash_path(inside)):x}"
        return Path(tempfile.gettempdir()) / name

    def _make_sockets(self) -> None:
        folder = self._sockets()
        folder.mkdir(mode=0o700, exist_ok=True)
        self._give(folder)
        if folder.is_symlink() or folder.stat().st_mode & 0o077:
            raise StartFailed(f"{folder} is not a private folder")

    def _give(self, path: Path) -> None:
        if self.home.account:
            os.chown(path, self.home.account.pw_uid, self.home.account.pw_gid)

    def _run_until_ready(self) -> None:
        log = self.data / "postgres.log"
        until, retry_until = time.monotonic() + _START_SECONDS, time.monotonic() + 12
        while True:
            before = log.stat().st_size if log.exists() else 0
            self._child = self._spawn(log)
            while self._child.poll() is None and time.monotonic() < until:
                if self._is_ready(self._child.pid):
                    self._make_database()
                    return
                time.sleep(0.02)
            said = log.read_bytes()[before:].decode(errors="replace")
            busy = "already exists" in said or "still in use" in said
            if not busy or time.monotonic() > retry_until:
                raise StartFailed(f"PostgreSQL did not start:\n{said[-1500:]}")
            self._stop_orphan()
            time.sleep(0.2)

    def _spawn(self, log: Path) -> "subprocess.Popen[bytes]":
        settings = _SETTINGS | {"unix_socket_directories": str(self._sockets())}
        options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        with log.open("ab") as out:
            return subprocess.Popen(
                [str(self.home.programs / "postgres"), "-D", str(self.home.cluster), *options],
                stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd="/", env=_environment(),
                start_new_session=True, preexec_fn=self._become,
            )  # fmt: skip

    @property
    def _become(self) -> Callable[[], None]:
        account = self.home.account
        libc = ctypes.CDLL(None) if sys.platform == "linux" else None

        def become() -> None:
            if account:
                os.setgroups([])
                os.setgid(account.pw_gid)
                os.setuid(account.pw_uid)
            if libc:
                libc.prctl(1, signal.SIGINT)  # PR_SET_PDEATHSIG: a killed owner takes the server along, fast stop

        return become

    def _call(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [str(self.home.programs / program), *arguments],
            capture_output=True, cwd="/", env=_environment(), preexec_fn=self._become, check=False,
        )  # fmt: skip
        if done.returncode:
            raise StartFailed(f"{program} failed:\n{done.stderr.decode(errors='replace')[-1500:]}")

    def _pid_file(self) -> list[str]:
        try:
            return (self.home.cluster / "postmaster.pid").read_text().split("\n")
        except (FileNotFoundError, PermissionError):
            return []

    def _is_ready(self, pid: int) -> bool:
        lines = self._pid_file()
        return len(lines) > 7 and lines[0] == str(pid) and lines[7].strip() == "ready"

    def _make_database(self) -> None:
        import psycopg

        with psycopg.connect(self._maintenance(), autocommit=True) as connection:
            if not connection.execute("select 1 from pg_database where datname = %s", [DATABASE]).fetchone():
                connection.execute(f"create database {DATABASE}")

    def _maintenance(self) -> str:
        return f"postgresql://{USER}@/postgres?host={quote(str(self._sockets()))}"

    def _stop_orphan(self) -> None:
        """Ends a server that a killed owner left behind.

        We hold the lock, so no owner lives; that the pid is that server is proved by asking the server itself for
        its directory and start time.
        """
        import psycopg

        lines = self._pid_file()
        with contextlib.suppress(psycopg.Error, ValueError, IndexError, ProcessLookupError):
            with psycopg.connect(self._maintenance(), connect_timeout=1) as connection:
                row = connection.execute(
                    "select current_setting('data_directory'), extract(epoch from pg_postmaster_start_time())::bigint"
                ).fetchone()
            if row and row[0] == str(self.home.cluster) and abs(row[1] - int(lines[2])) <= 1:
                os.kill(int(lines[0]), signal.SIGINT)


def hash_path(path: Path) -> int:
    """A number for a path that stays the same from run to run."""
    import hashlib

    return int.from_bytes(hashlib.sha256(str(path).encode()).digest()[:6])


def _environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C", "TZ": "UTC"}
