"""One hospital for all peers of a run, and the page of another site that carries Web Chat."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, ClassVar

import pytest

from sportello.kit.database.embedded import EmbeddedPostgres
from sportello.testing import database_of
from tests.peers.hospital import Hospital
from tests.peers.running import WEB_CHAT

_PAGE = b"""<!doctype html><html lang="it"><title>Ospedale</title><div id="chat" style="height:600px"></div>
<script src="/webchat.js"></script><script>
const asked = new URLSearchParams(location.hash.slice(1));
WebChat.renderWebChat({ locale: "it-IT", directLine: WebChat.createDirectLine({ domain: asked.get("domain"),
  token: asked.get("token"), conversationStartProperties: { locale: "it-IT" } }) }, document.getElementById("chat"));
</script></html>"""


class _Site(BaseHTTPRequestHandler):
    """The hospital's own site, elsewhere, as it would carry Web Chat."""

    files: ClassVar[dict[str, bytes]] = {}

    def do_GET(self) -> None:
        content = WEB_CHAT.read_bytes() if self.path == "/webchat.js" else _PAGE
        self.send_response(200)
        self.send_header("content-type", "text/javascript" if self.path == "/webchat.js" else "text/html")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *words: Any) -> None:
        """Quiet."""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """The address of a page that carries Web Chat."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Site)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture(scope="module")
def hospital(postgres: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory, site: str) -> Iterator[Hospital]:
    """Started as an operator would; ended by its own pid."""
    with database_of(postgres) as dsn:
        made = Hospital(tmp_path_factory.mktemp("hospital"), dsn, site)
        yield made
        made.process.stop()
