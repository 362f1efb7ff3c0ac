"""Fixtures of the bot's tests: a mind with two articles, and a house with the rooms that the bot knows."""

from collections.abc import AsyncIterator
from datetime import date

import pytest

from sportello.app import furnish
from sportello.bots.engine import step
from sportello.bots.library import library
from sportello.bots.mind import Mind, Quote, mind_of
from sportello.bots.ports import Call
from sportello.bots.state import Input, Outcome, State
from sportello.bots.walking import Step
from sportello.fhir import store as fhir
from sportello.kit.clock import FixedClock
from sportello.kit.house import House
from sportello.kit.settings import Settings
from sportello.knowledge.texts import ArticleText, ArticleWords
from sportello.scheduling.loading import load_calendar
from sportello.scheduling.planning import generate_slots
from sportello.scheduling.tests.conftest import GIULIA, NOW, san_luca

HOURS = ArticleText(
    slug="opening-hours",
    category="hospital",
    answers="hours",
    topics=("info",),
    approved_by="Sara Villa",
    approved_on=date(2026, 1, 10),
    review_by=date(2099, 1, 10),
    it=ArticleWords(
        title="Orari degli sportelli",
        summary="Gli sportelli sono aperti dal lunedì al venerdì dalle 8 alle 18, il sabato dalle 8 alle 13.",
        body="## Sportelli\n\nDal lunedì al venerdì dalle 8 alle 18.",
        phrases=("a che ora aprite la mattina",),
    ),
    en=ArticleWords(
        title="Opening hours",
        summary="The desks are open from Monday to Friday from 8 to 18, on Saturday from 8 to 13.",
        body="## Desks\n\nFrom Monday to Friday from 8 to 18.",
        phrases=("when do you open in the morning",),
    ),
)


@pytest.fixture(scope="session")
def mind() -> Mind:
    """The scenarios that ship, with one approved article."""
    quotes = {}
    for language in ("it", "en"):
        words = HOURS.words(language)
        quotes[HOURS.slug, language] = Quote(HOURS.slug, words.title, words.summary, {"slug": HOURS.slug})
    return mind_of(
        library(),
        clinic="Ospedale San Luca",
        emergency="112",
        quotes=quotes,
        answers={"hours": HOURS.slug},
        article_phrases=[(HOURS.slug, "it", HOURS.it.phrases[0])],
    )


@pytest.fixture
def rooms() -> tuple[str, ...]:
    """The rooms that the bot knows: without routing nobody takes over what it escalates, which is what is looked at."""
    return ("kit", "web", "administration", "fhir", "record", "knowledge", "conversations", "bots")


def as_guest(mind: Mind, state: State, said: Input) -> Step:
    """A whole turn of somebody who did not sign in: that is what the house answers to every call."""
    heard: tuple[Outcome, ...] = ()
    while True:
        after, effects = step(mind, state, said, heard)
        if not (effects and isinstance(effects[-1], Call)):
            return after, effects
        heard += (Outcome("guest"),)


@pytest.fixture
def still() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
async def clinic(settings: Settings, rooms: tuple[str, ...], still: FixedClock) -> AsyncIterator[House]:
    """San Luca with its calendars, Giulia and Marco; nothing runs by itself."""
    house = furnish(settings, (*rooms[:-1], "scheduling", "bots"), still)
    await house.db.open()
    await house.streams.start(house)
    await house.jobs.start(house)
    await house.jobs.stop()
    async with house.db.transaction() as tx:
        await load_calendar(tx, san_luca())
        await generate_slots(tx, date(2026, 11, 23), 2)
        await tx.execute("update scheduling.service set notice_hours = 24")
        for resource in GIULIA:
            await fhir.put(tx, resource)
    yield house
    await house.tasks.stop()
    await house.streams.stop()
    await house.db.close()
