"""Microsoft's botframework-directlinejs, unmodified, against the real server: by socket and by polling."""

import asyncio
import json
from pathlib import Path

import pytest

from sportello.administration.testing import staff_member
from sportello.kit.house import House
from tests.peers.direct_line import agent_takes, said_by_patient, token
from tests.peers.running import node

SCRIPT = Path(__file__).parent / "directline.cjs"


@pytest.mark.parametrize("mode", ["ws", "poll"])
async def test_a_patient_on_directlinejs_meets_the_bot_then_a_person(house: House, server: str, mode: str) -> None:
    elena = await staff_member(house)
    bearer, conversation = await token(house, server)
    asked = {"DIRECTLINE_DOMAIN": f"{server}/v3/directline", "DIRECTLINE_TOKEN": bearer, "DIRECTLINE_MODE": mode}
    taking = asyncio.create_task(agent_takes(house, conversation, elena, "Sono Elena, mi dica pure."))
    said = json.loads((await node(SCRIPT, seconds=40, **asked)).splitlines()[-1])
    await taking
    assert said["conversation"] == str(conversation)
    assert len(said["ids"]) == len(set(said["ids"])), "nothing comes twice"
    assert set(said["posted"][:1]) <= set(said["ids"]), "the echo has the id of the answer"
    assert set(said["users"]) == {"dl_rosa"}, "a forged sender is put right"
    assert any("Elena Conti" in text for text in said["texts"])
    assert await said_by_patient(house, conversation) == ["Buongiorno", "vorrei parlare con un operatore"]
    assert "ExpiredToken" not in said["states"]
    assert "FailedToConnect" not in said["states"]
