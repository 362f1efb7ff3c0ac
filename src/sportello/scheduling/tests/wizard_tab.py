"""A tab with the wizard in it, as the tests' agent sees it."""

import re
from typing import Any

import httpx

PART = {"HX-Request": "true"}


class Wizard:
    """A tab with the wizard in it, as an agent sees it."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.id = ""
        self.answer: httpx.Response

    async def begin(self, **fields: str) -> "Wizard":
        self.answer = await self.client.post(
            "/desk/scheduling/wizard", data={"patient": "giulia"} | fields, headers=PART
        )
        if found := re.search(r'data-wizard="([^"]+)"', self.answer.text):
            self.id = found[1]
        return self

    async def say(self, step: str, **fields: Any) -> httpx.Response:
        if step == "reason":
            fields = {"brings": "yes"} | fields  # the referral, to the visit
        self.answer = await self.client.post(f"/desk/scheduling/wizard/{self.id}/{step}", data=fields, headers=PART)
        return self.answer

    async def look(self) -> httpx.Response:
        self.answer = await self.client.get(f"/desk/scheduling/wizard/{self.id}", headers=PART)
        return self.answer

    @property
    def step(self) -> str:
        found = re.search(rf'action="/desk/scheduling/wizard/{self.id}/(?!leave)(\w+)"', self.answer.text)
        return found[1] if found else "done"

    async def to_review(self, slot: int, channel: str = "in_person") -> None:
        await self.say("who", who="practitioner:bassi")
        await self.say("type", type=f"heart-check|{channel}")
        await self.say("place", place="centro", postal_code="44100")
        await self.say("time", slot=str(slot))
        await self.say("time", action="next")
        await self.say("reason", reason="Controllo annuale", details="Porta gli esami.")
        assert self.step == "review", self.answer.text
