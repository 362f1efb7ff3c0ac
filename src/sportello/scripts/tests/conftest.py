"""Fixtures of the scripts' tests: a house without routing, where Elena has a conversation with Giulia."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest

from sportello.administration.actor import SYSTEM, Actor
from sportello.administration.testing import sign_in
from sportello.conversations.handover import escalate
from sportello.conversations.moves import move
from sportello.conversations.opening import open_conversation
from sportello.conversations.states import State
from sportello.kit.house import House
from sportello.knowledge.loading import load_articles
from sportello.knowledge.tests.test_articles import HOURS, PARKING
from sportello.scripts.loading import ScriptText, ScriptWords, StepText, StepWords, load_scripts

__all__ = ["sign_in"]


def step(slug: str, kind: Any = "text", text: str = "", **more: Any) -> StepText:
    return StepText(
        slug=slug, kind=kind, it=StepWords(f"Passo {slug}", text), en=StepWords(f"Step {slug}", text), **more
    )


def script(slug: str, *steps: StepText, topics: tuple[str, ...] = (), rank: int = 100) -> ScriptText:
    return ScriptText(slug, topics, ScriptWords(f"Copione {slug}"), ScriptWords(f"Script {slug}"), steps, rank)


MOVE = script(
    "move-visit",
    step("greet", text="Buongiorno {patient}, sono {agent} di {clinic}."),
    step("identity", "script", script="identity"),
    step("plan", "macro", macro="schedule_appointment"),
    step("send", "macro", macro="send_article", arguments={"article": "opening-hours"}),
    step("end", "macro", macro="end_conversation"),
    topics=("reschedule",),
)
IDENTITY = script("identity", step("birth"), step("code"))
GENERAL = script("general", step("listen"), topics=("*",), rank=200)


@pytest.fixture
def rooms() -> tuple[str, ...]:
    return ("kit", "web", "administration", "fhir", "record", "knowledge", "conversations", "scripts")


@pytest.fixture
async def hospital(house: House) -> House:
    """A house with scripts and articles."""
    async with house.db.transaction() as tx:
        await load_articles(tx, [HOURS, PARKING], house.clock)
        await load_scripts(tx, [MOVE, IDENTITY, GENERAL])
    return house


Giving = Callable[..., Awaitable[UUID]]


@pytest.fixture
def conversation_of(hospital: House) -> Giving:
    """`await conversation_of(elena, topic=..., patient_id=...)`: a conversation that she has accepted."""

    async def give(agent: Actor, topic: str = "reschedule", patient_id: str | None = "giulia") -> UUID:
        async with hospital.db.transaction() as tx:
            talk = await open_conversation(
                hospital, tx, patient_id=patient_id, visitor_name="Giulia Ferri", language="it"
            )
            await escalate(hospital, tx, talk.id, reason="needs-person", topic=topic)
            await move(
                hospital, tx, talk.id, State.ACTIVE, expected=State.QUEUED, by=SYSTEM, agent=UUID(agent.id),
                agent_name=agent.name,
            )  # fmt: skip
        return talk.id

    return give
