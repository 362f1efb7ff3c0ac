"""The scanner against a daemon that speaks clamd's protocol as it is published."""

import asyncio
import struct
from collections.abc import AsyncIterator

import pytest

from sportello.adapters.clamav.scanner import ClamavScanner
from sportello.kit.settings import Clamav

# The test file of the European Institute for Computer Antivirus Research, in two parts so that this file is none.
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-" + b"STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


class Daemon:
    """Speaks INSTREAM; `heard` is what it was sent."""

    def __init__(self, most: int = 1_000_000) -> None:
        self.heard = b""
        self.most = most

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert await reader.readexactly(10) == b"zINSTREAM\0"
        self.heard = b""
        while size := struct.unpack("!L", await reader.readexactly(4))[0]:
            self.heard += await reader.readexactly(size)
            if len(self.heard) > self.most:
                writer.write(b"INSTREAM size limit exceeded. ERROR\0")
                await writer.drain()
                writer.close()
                return
        writer.write(b"stream: Eicar-Test-Signature FOUND\0" if EICAR in self.heard else b"stream: OK\0")
        await writer.drain()
        writer.close()


@pytest.fixture
async def daemon() -> AsyncIterator[tuple[Daemon, ClamavScanner]]:
    spoken = Daemon()
    server = await asyncio.start_server(spoken, "127.0.0.1", 0)
    yield spoken, ClamavScanner(Clamav("127.0.0.1", server.sockets[0].getsockname()[1]))
    server.close()


async def test_a_clean_file_and_an_infected_one(daemon: tuple[Daemon, ClamavScanner]) -> None:
    spoken, scanner = daemon
    content = bytes(range(256)) * 1000
    assert (await scanner.scan(content)).result == "clean"
    assert spoken.heard == content
    verdict = await scanner.scan(b"x" * 70_000 + EICAR)
    assert (verdict.result, verdict.found) == ("infected", "Eicar-Test-Signature")


async def test_whatever_fails_is_never_clean(daemon: tuple[Daemon, ClamavScanner]) -> None:
    spoken, scanner = daemon
    spoken.most = 100
    assert (await scanner.scan(b"x" * 1000)).result == "unavailable"
    nobody = ClamavScanner(Clamav("127.0.0.1", 1))
    assert (await nobody.scan(b"x")).result == "unavailable"


async def test_a_daemon_that_hangs_up_is_unavailable() -> None:
    async def rude(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await asyncio.start_server(rude, "127.0.0.1", 0)
    scanner = ClamavScanner(Clamav("127.0.0.1", server.sockets[0].getsockname()[1]))
    assert (await scanner.scan(b"x" * 500_000)).result == "unavailable"
    server.close()
