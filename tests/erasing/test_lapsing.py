"""Conversations whose time is over are emptied by themselves: those alone, once, and nothing that is held."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from sportello.administration.actor import Actor
from sportello.administration.privacy import holding, policy
from sportello.administration.privacy.policy import SUGGESTED, Policy
from sportello.administration.testing import staff_member
from sportello.conversations import lapsing
from sportello.conversations.opening import open_conversation
from sportello.kit.house import House
from sportello.kit.ids import uuid7
from sportello.record import merging
from tests.erasing.stage import BRUNO, ERMENGARDA, Person, furnish, rows_of
from tests.erasing.test_erasing import LEFT, settings  # noqa: F401  a fixture

NAMED = "select visitor_name from conversations.conversation where id = $1"


@pytest.fixture
async def people(house: House) -> tuple[Person, Person]:
    await house.jobs.stop()
    her, him = Person(*ERMENGARDA), Person(*BRUNO)
    for one in (her, him):
        await furnish(house, one)
    await ended(house, her.talk, 800)
    return her, him


async def ended(house: House, talk: UUID, days: int) -> None:
    at = house.clock.now() - timedelta(days=days)
    await house.db.execute(
        "update conversations.conversation set state = 'closed', closed_at = $2 where id = $1", talk, at
    )


async def terms(house: House, conversation: Policy) -> None:
    sara = await staff_member(house, "administrator")
    await house.db.run(lambda tx: policy.change(house, tx, sara, SUGGESTED | {"conversation": conversation}))


async def look(house: House) -> None:
    await house.db.run(lambda tx: lapsing.lapse(house, tx, {}))


async def emptied(house: House, talk: UUID) -> bool:
    return bool(await house.db.fetchval(NAMED, talk) == "—")


async def lapses(house: House) -> list[dict[str, Any]]:
    rows = await house.db.fetch(
        "select detail from administration.audit_event where action = 'privacy.lapsed' order by seq"
    )
    return [row["detail"] for row in rows]


async def held(house: House, by: Actor, *, patient: str | None = None, talk: UUID | None = None) -> UUID:
    hold = uuid7()
    until = date(2090, 1, 1)
    await house.db.run(
        lambda tx: holding.place(house, tx, by, hold, patient=patient, conversation=talk, reason="Causa", until=until)
    )
    return hold


async def test_what_is_over_is_emptied_once_and_nothing_else_is_touched(
    house: House, people: tuple[Person, Person]
) -> None:
    her, him = people
    other = await rows_of(house, him)
    await look(house)
    assert not await emptied(house, her.talk), "by the suggested terms nothing goes by itself"
    await terms(house, Policy(24, on_request=True, by_itself=True))
    guest = await house.db.run(lambda tx: open_conversation(house, tx, visitor_name="Visitatore 7", language="it"))
    open_still = await house.db.run(lambda tx: open_conversation(house, tx, visitor_name="Ida", language="it"))
    await ended(house, guest.id, 801)
    await look(house)
    assert [await emptied(house, one) for one in (her.talk, guest.id, open_still.id)] == [True, True, False]
    left = await rows_of(house, her)
    for table in ("kit.event", "conversations.file", "conversations.mailing", "bots.session", "adapters.bot_trace",
                  "desk.session"):  # fmt: skip
        assert not [row for row in left[table] if f"{her.mark} dice" in row or her.email in row], table
    assert left["fhir.resource"], "the record has its own terms"
    assert left["portal.account"]
    after = await rows_of(house, him)
    for table in LEFT:
        other.pop(table), after.pop(table)
    assert after == other
    (told,) = await lapses(house)
    assert told["conversations"] == [str(guest.id), str(her.talk)]
    assert told["rows"] > 5
    await look(house)
    assert len(await lapses(house)) == 1
    assert await house.db.fetchval("select count(*) from kit.job where name = 'conversations.empty_old'") == 1


async def test_what_is_held_stays_also_when_its_patient_s_record_was_merged(
    house: House, people: tuple[Person, Person]
) -> None:
    her, him = people
    sara = await staff_member(house, "administrator")
    await ended(house, him.talk, 800)
    await terms(house, Policy(24, on_request=True, by_itself=True))
    own = await held(house, sara, talk=him.talk)
    whole = await held(house, sara, patient=her.id)
    await look(house)
    versions = await house.db.fetch("select id, version from fhir.resource where type = 'Patient'")
    seen = {row["id"]: row["version"] for row in versions}
    await house.db.run(lambda tx: merging.merge(house, tx, sara, him.id, her.id, seen=seen))
    await look(house)
    assert not await lapses(house)
    await house.db.run(lambda tx: holding.lift(house, tx, sara, whole))
    await look(house)
    assert [await emptied(house, one) for one in (her.talk, him.talk)] == [True, False]
    await house.db.run(lambda tx: holding.lift(house, tx, sara, own))
    await look(house)
    assert await emptied(house, him.talk)
    assert len(await lapses(house)) == 2
