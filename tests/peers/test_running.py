"""The peers' runner itself: what a peer says comes back, what it complains of is told, and none outlives its test."""

from pathlib import Path

import pytest

from tests.peers.running import PEERS, WEB_CHAT, bot, node


def script(folder: Path, text: str) -> Path:
    path = folder / "peer.cjs"
    path.write_text(text)
    return path


async def test_what_a_script_prints_comes_back(tmp_path: Path) -> None:
    assert await node(script(tmp_path, "console.log('hello ' + process.env.WHO)"), WHO="Elena") == "hello Elena\n"


async def test_a_script_that_fails_tells_why(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="no such seat"):
        await node(script(tmp_path, "throw new Error('no such seat')"))


async def test_a_script_that_hangs_is_ended(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="had not ended"):
        await node(script(tmp_path, "setInterval(() => {}, 1000)"), seconds=0.5)


@pytest.mark.parametrize(
    ("kit", "package"),
    [("agents", "microsoft_agents.hosting.aiohttp"), ("botbuilder", "botbuilder.integration.aiohttp")],
)
async def test_each_kit_has_its_own_environment(tmp_path: Path, kit: str, package: str) -> None:
    written = tmp_path / "bot.py"
    written.write_text(f"import {package}, time\nprint('ready at last')\ntime.sleep(60)\n")
    async with bot(kit, written, ready="ready at last") as process:
        assert process.returncode is None
    assert process.returncode is not None


def test_web_chat_is_there() -> None:
    assert WEB_CHAT.stat().st_size > 1_000_000, f"{PEERS} is not complete; run bin/install-peers"
