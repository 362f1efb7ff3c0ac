"""Starts a real Sportello as an operator would, waits until it answers, and ends it by its own pid."""

import contextlib
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sportello.kit.database.embedded import EmbeddedPostgres

ROOT = Path(__file__).parents[2]
PATIENCE = float(os.environ.get("TRIAL_PATIENCE", "90"))  # more on a machine that is busy


class Running:
    """A server process and what it wrote into its ready file."""

    def __init__(self, data: Path, *options: str, command: str = "demo", environment: dict[str, str] | None = None):
        self.data = data
        data.mkdir(parents=True, exist_ok=True)
        self.ready_file = data / "ready.json"
        self.ready_file.unlink(missing_ok=True)
        self.log = data / "server.log"
        self.began = time.monotonic()
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "sportello", command, "--data", str(data), "--port", "0",
                 "--ready-file", str(self.ready_file), *options],
                cwd=ROOT, stdout=out, stderr=out, stdin=subprocess.DEVNULL,
                env=os.environ | {"PYTHONPATH": str(ROOT / "src")} | (environment or {}),
            )  # fmt: skip
        self.ready = self._wait()

    def _wait(self) -> dict[str, Any]:
        while not self.ready_file.exists():
            assert self.process.poll() is None, self.log.read_text()[-3000:]
            assert time.monotonic() - self.began < PATIENCE, self.log.read_text()[-3000:]
            time.sleep(0.02)
        self.seconds = time.monotonic() - self.began
        return dict(json.loads(self.ready_file.read_text()))

    @property
    def url(self) -> str:
        return str(self.ready["url"])

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def stop(self, number: int = signal.SIGTERM) -> float:
        """Seconds from the signal to the end."""
        began = time.monotonic()
        if self.process.poll() is None:
            self.process.send_signal(number)
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.kill()
                raise
        return time.monotonic() - began


@contextlib.contextmanager
def running(data: Path, *options: str, **more: Any) -> Iterator[Running]:
    server = Running(data, *options, **more)
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.stop()


def children(pid: int) -> list[int]:
    """The direct children of a process (Linux)."""
    found = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(part) for part in found.read_text().split()] if found.exists() else []


def copied(factory: pytest.TempPathFactory) -> Path:
    """A data directory with a copy of the demo hospital, which whoever asks first in a run of the tests makes."""
    data, base = factory.mktemp("demo"), factory.getbasetemp()
    made = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "made"
    made.mkdir(parents=True, exist_ok=True)
    with (made / "turn").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if not (made / "done").exists():
            with running(made / "data"):
                pass  # it is whole when it is ready
            (made / "done").touch()
    shutil.copy2(made / "data" / "secrets.key", data)
    clusters = [EmbeddedPostgres(folder).home.cluster for folder in (made / "data", data)]
    subprocess.run(["cp", "-a", *map(str, clusters)], check=True)  # keeps owners
    return data
