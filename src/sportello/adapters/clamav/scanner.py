"""clamd's INSTREAM over TCP (docs.clamav.net, `man clamd`): chunks with their lengths, a zero, one line back."""

import asyncio
import struct

import structlog

from sportello.conversations.ports import Verdict
from sportello.kit.settings import Clamav

log = structlog.get_logger("clamav")

PATIENCE = 30.0  # seconds for a whole scan
_CHUNK = 64 * 1024


class ClamavScanner:
    """A connection for each file; every failure is `unavailable`, never `clean`."""

    name = "ClamAV"

    def __init__(self, settings: Clamav) -> None:
        self._settings = settings

    async def scan(self, content: bytes) -> Verdict:
        """What clamd says of a content."""
        try:
            async with asyncio.timeout(PATIENCE):
                return _verdict(await self._ask(content))
        except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
            log.warning("the scanner does not answer", error=type(error).__name__)
            return Verdict("unavailable")

    async def _ask(self, content: bytes) -> str:
        reader, writer = await asyncio.open_connection(self._settings.host, self._settings.port)
        try:
            writer.write(b"zINSTREAM\0")
            for start in range(0, len(content), _CHUNK):
                chunk = content[start : start + _CHUNK]
                writer.write(struct.pack("!L", len(chunk)) + chunk)
                await writer.drain()
            writer.write(struct.pack("!L", 0))
            await writer.drain()
            said = await reader.readuntil(b"\0")
        finally:
            writer.close()
        return said.rstrip(b"\0\n").decode("utf-8", "replace")


def _verdict(said: str) -> Verdict:
    """`stream: OK`, `stream: NAME FOUND`, or an error such as the daemon's own limit of size."""
    answer = said.removeprefix("stream: ")
    if answer == "OK":
        return Verdict("clean")
    if answer.endswith(" FOUND"):
        return Verdict("infected", answer.removesuffix(" FOUND")[:100])
    log.warning("the scanner could not scan", said=answer[:100])
    return Verdict("unavailable")
