"""How long the whole system takes to start for the first time, to start again, and to stop with sockets attached."""

import shutil
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from websockets.sync.client import connect

from tests.launching.running import Running


def rows(_arguments: list[str]) -> list[dict[str, object]]:
    """Seconds; dependencies are present, the database and the invented hospital are not."""
    data = Path(tempfile.mkdtemp(prefix="sportello-bench-"))
    try:
        found: list[dict[str, object]] = []
        for what in ("first start (cluster, migrations, hospital)", "next start", "next start, again"):
            server = Running(data)
            found.append({"what": what, "seconds": round(server.seconds, 2)})
            with ExitStack() as attached:
                for _ in range(50):
                    attached.enter_context(connect(f"{server.url.replace('http', 'ws')}/line", origin=server.url))
                stopped = server.stop()
        found.append({"what": "stop with 50 sockets attached", "seconds": round(stopped, 2)})
        server = Running(data)
        server.kill()
        began = time.monotonic()
        server = Running(data)
        found.append({"what": "start after kill -9", "seconds": round(time.monotonic() - began, 2)})
        server.stop()
        return found
    finally:
        shutil.rmtree(data, ignore_errors=True)
