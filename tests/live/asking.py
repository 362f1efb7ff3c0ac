"""A lean HTTP client that keeps its connection: what is measured is the server, not who asks it."""

import asyncio
import json
from typing import Any
from urllib.parse import urlsplit


class Caller:
    """One connection to a server, one question after the other; it connects anew after the server has gone."""

    def __init__(self, url: str, **headers: str) -> None:
        split = urlsplit(url)
        assert split.hostname
        assert split.port
        self.host, self.port = split.hostname, split.port
        lines = [f"Host: {self.host}:{self.port}", *(f"{name}: {value}" for name, value in headers.items())]
        self.head = "\r\n".join(lines)
        self.reader: asyncio.StreamReader | None = None
        self.writer: asyncio.StreamWriter | None = None

    async def ask(
        self, path: str, method: str = "GET", body: bytes = b"", kind: str = "application/fhir+json"
    ) -> tuple[int, bytes]:
        """Status and body; ConnectionError when the server goes away meanwhile."""
        if self.reader and self.reader.at_eof():
            self.close()  # the server ended an idle connection
        if self.reader is None or self.writer is None:
            self.reader, self.writer = await asyncio.open_connection(self.host, self.port, limit=2**22)
        more = f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n" if body or method == "POST" else ""
        self.writer.write(f"{method} {path} HTTP/1.1\r\n{self.head}\r\n{more}\r\n".encode() + body)
        try:
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            told = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
            length = int(told.get("content-length", 0))
            return int(head[0].split()[1]), await self.reader.readexactly(length) if length else b""
        except (OSError, asyncio.IncompleteReadError) as gone:
            self.close()
            raise ConnectionError(str(gone)) from gone
        except asyncio.CancelledError:
            self.close()  # its answer would be read as that of the next question
            raise

    async def post(self, path: str, body: Any) -> tuple[int, Any]:
        """Posts JSON; status and what was answered."""
        status, told = await self.ask(path, "POST", json.dumps(body).encode())
        return status, json.loads(told) if told else None

    def close(self) -> None:
        if self.writer:
            self.writer.close()
        self.reader = self.writer = None
