"""The check question: compared, never shown, three times at most, on record; and in which language one speaks."""

from datetime import date
from typing import Any

import pytest

from sportello.administration.actor import Actor
from sportello.conversations.identifying import TOO_OFTEN, identify
from sportello.conversations.refusals import NotPossible
from sportello.conversations.speaking import speak
from sportello.conversations.states import State
from sportello.conversations.tests.cast import current
from sportello.conversations.tests.conftest import Begin
from sportello.fhir import store as resources
from sportello.kit.house import House


async def _trail(house: House) -> list[str]:
    rows = await house.db.fetch(
        """select action from administration.audit_event where action like 'conversation.%' order by seq"""
    )
    return [row["action"] for row in rows]


@pytest.fixture
async def twins(house: House) -> None:
    """Two of one name."""
    async with house.db.transaction() as tx:
        for key, born in (("mario", "1950-02-28"), ("mario-2", "1981-07-01"), ("mario-3", None)):
            one: dict[str, Any] = {"resourceType": "Patient", "id": key, "name": [{"text": "Mario Bassi"}]}
            await resources.put(tx, one | ({"birthDate": born} if born else {}))


async def test_the_answer_decides_and_wrong_ones_are_counted(
    house: House, begin: Begin, elena: Actor, davide: Actor, twins: None
) -> None:
    talk = await begin(State.ACTIVE, elena, patient_id=None, visitor_name="")
    people = ["mario", "mario-2", "mario-3", "nobody"]

    async def answer(born: date, who: Actor = elena) -> Any:
        return await house.db.run(lambda tx: identify(house, tx, talk.id, people, born, who))

    with pytest.raises(NotPossible):  # not the conversation's agent
        await answer(date(1950, 2, 28), davide)
    assert await answer(date(1950, 2, 27)) is None
    linked = await answer(date(1981, 7, 1))
    assert (linked.patient_id, linked.visitor_name) == ("mario-2", "Mario Bassi")
    assert await _trail(house) == [
        "conversation.identify_failed", "conversation.identified", "conversation.linked"
    ]  # fmt: skip
    for _ in range(3):
        assert await answer(date(1900, 1, 1)) is None
    with pytest.raises(NotPossible) as refused:
        await answer(date(1950, 2, 28))
    assert refused.value.message == TOO_OFTEN
    assert (await current(house, talk.id)).patient_id == "mario-2"


async def test_the_language_is_set_by_whoever_has_it(house: House, begin: Begin, elena: Actor, davide: Actor) -> None:
    talk = await begin(State.ACTIVE, elena)
    for by, language in ((davide, "en"), (elena, "de")):
        with pytest.raises(NotPossible):
            await house.db.run(lambda tx, by=by, language=language: speak(house, tx, talk.id, language, by))
    for _ in range(2):
        await house.db.run(lambda tx: speak(house, tx, talk.id, "en", elena))
    assert (await current(house, talk.id)).language == "en"
    assert await _trail(house) == ["conversation.language_set"]
