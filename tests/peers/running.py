"""Runs a peer (a script in node, a bot on others' kit) as a process of its own, with an end set to it."""

import asyncio
import os
import signal
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
PEERS = ROOT / ".peers"
WEB_CHAT = PEERS / "webchat.js"


async def node(script: Path, *words: str, seconds: float = 60, **environment: str) -> str:
    """What a script of this folder printed; when it fails or does not end, the test does, with its complaint."""
    process = await _begin("node", str(script), *words, environment=environment)
    try:
        out, complaint = await asyncio.wait_for(process.communicate(), seconds)
    except TimeoutError:
        raise AssertionError(f"{script.name} had not ended after {seconds} s") from None
    finally:
        await _end(process)
    assert process.returncode == 0, (
        f"{script.name} ended with {process.returncode}: {complaint.decode()[-4000:]}{out.decode()[-2000:]}"
    )
    return out.decode()


@asynccontextmanager
async def bot(
    kit: str, script: Path, *words: str, ready: str, seconds: float = 30, **environment: str
) -> AsyncIterator[Process]:
    """A bot on a kit ("agents", "botbuilder"), from the line in which it says that it is ready until the test's end."""
    process = await _begin(str(PEERS / kit / "bin" / "python"), "-u", str(script), *words, environment=environment)
    try:
        await asyncio.wait_for(_said(process, ready), seconds)
        yield process
    finally:
        await _end(process)


async def _begin(*words: str, environment: dict[str, str]) -> Process:
    # A group of its own, so that whatever the peer starts ends with it.
    return await asyncio.create_subprocess_exec(
        *words, stdout=PIPE, stderr=PIPE, env={**os.environ, **environment}, start_new_session=True
    )


async def _said(process: Process, ready: str) -> None:
    assert process.stdout is not None
    assert process.stderr is not None
    while line := await process.stdout.readline():
        if ready in line.decode():
            return
    raise AssertionError(f"the bot ended before it was ready: {(await process.stderr.read()).decode()[-4000:]}")


async def _end(process: Process) -> None:
    if process.returncode is None:
        os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
