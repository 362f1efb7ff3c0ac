"""Fixtures of the tests with a language model: a house that asks a fake one, and a patient who writes to it."""

from collections.abc import AsyncIterator
from uuid import UUID

import pytest

from sportello.adapters.language_model.tests.fake import FakeModel
from sportello.administration.actor import SYSTEM
from sportello.bots.language_model import terms
from sportello.bots.language_model.asking import Asking
from sportello.bots.language_model.terms import JOBS, Terms
from sportello.bots.tests.test_turns import said, writes
from sportello.conversations.opening import open_conversation
from sportello.kit.house import House
from sportello.kit.security.rate_limit import Limits


@pytest.fixture
def rooms() -> tuple[str, ...]:
    """Without routing nobody takes over what is handed over, which is what is looked at."""
    return ("kit", "web", "administration", "fhir", "record", "knowledge", "conversations", "bots", "adapters")


@pytest.fixture
async def fake() -> AsyncIterator[FakeModel]:
    async with FakeModel().served() as served:
        yield served


@pytest.fixture
async def asking(house: House, fake: FakeModel) -> House:
    """The house, with the fake switched on for every job."""
    asked = Terms(address=fake.address, model="tiny", jobs=frozenset(JOBS), per_minute=1000)
    async with house.db.transaction() as tx:
        await terms.change(house, tx, SYSTEM, terms.with_key(house, asked, "k3y"))
        await terms.switch(house, tx, SYSTEM, on=True, reason="a test")
    return house


def forgive(house: House) -> None:
    """As if no question had failed or been counted yet."""
    house.ports.pop(Asking, None)
    house.ports.pop(Limits, None)


class Chat:
    """A patient; `say` answers what the bot said to these words."""

    def __init__(self, house: House, talk: UUID) -> None:
        self.house, self.talk = house, talk

    async def say(self, text: str, seconds: float = 8) -> str:
        from sportello.adapters.outside_bots.tests.conftest import until

        before = len(await said(self.house, self.talk))
        await writes(self.house, self.talk, text)

        async def answered() -> bool:
            return len(await said(self.house, self.talk)) > before

        await until(answered, seconds)
        return "\n".join(str(one.body["text"]) for one in (await said(self.house, self.talk))[before:])


async def comes(house: House, name: str = "Giulia Ferri", language: str = "it") -> Chat:
    async with house.db.transaction() as tx:
        return Chat(house, (await open_conversation(house, tx, visitor_name=name, language=language)).id)


async def outcomes(house: House) -> list[str]:
    """What became of the questions, in order."""
    return [str(row["outcome"]) for row in await house.db.fetch("select outcome from bots.model_call order by id")]
