"""The hospital is made once, quickly, and holds what the story needs."""

import time

import msgspec
import pytest

from sportello.administration.actor import SYSTEM
from sportello.demo.hospital import calendar
from sportello.demo.people import people
from sportello.demo.seeding import seed
from sportello.record import reading


@pytest.fixture
def settings(settings):
    return msgspec.structs.replace(settings, demo=True)


COUNTS = {
    "fhir.resource": 3000, "scheduling.slot": 3000, "administration.staff": 6, "knowledge.article": 15,
    "scripts.script": 6, "portal.account": 3, "scheduling.appointment": 10,
}  # fmt: skip


async def counted(house):
    return {table: await house.db.fetchval(f"select count(*) from {table}") for table in COUNTS}  # noqa: S608


async def test_twice_is_once_and_quick(house):
    began = time.monotonic()
    assert await seed(house)
    seconds = time.monotonic() - began
    first = await counted(house)
    assert {table: n for table, n in first.items() if n < COUNTS[table]} == {}
    began = time.monotonic()
    assert not await seed(house)
    assert time.monotonic() - began < 0.2
    assert await counted(house) == first
    assert seconds < 20, f"made in {seconds:.1f} s"


async def test_giulia_has_all_that_the_story_needs(house):
    await seed(house)
    giulia = people()[0]
    assert giulia.name == "Giulia Ferri"
    async with house.db.transaction() as tx:
        header = await reading.patient_header(house, tx, SYSTEM, giulia.id)
        plans = await reading.care_plans(house, tx, SYSTEM, giulia.id)
        team = await reading.care_team(house, tx, SYSTEM, giulia.id)
        timeline = await reading.timeline(house, tx, SYSTEM, giulia.id)
    assert header.fiscal_code == giulia.fiscal_code
    assert header.email == "giulia.ferri@posta.example"
    assert header.gp
    assert [one for one in header.allergies if one.high]
    assert header.flags
    assert header.next_visit
    assert plans
    assert plans[0].goals
    assert plans[0].activities
    bookable = {one.id for one in calendar().practitioners}
    assert [one for one in team.members if one.practitioner_id in bookable]
    assert timeline


async def test_everybody_can_be_read(house):
    await seed(house)
    async with house.db.transaction() as tx:
        for person in people():
            header = await reading.patient_header(house, tx, SYSTEM, person.id)
            assert header.name == person.name
            assert header.allergies or header.no_known_allergies
