"""The hospital holds what the story needs."""

import msgspec
import pytest

from sportello.administration.actor import SYSTEM
from sportello.demo.hospital import calendar
from sportello.demo.people import people
from sportello.demo.seeding import seed
from sportello.record import reading, team_messages


@pytest.fixture
def settings(settings):
    return msgspec.structs.replace(settings, demo=True)


async def test_giulia_has_all_that_the_story_needs(house):
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
    async with house.db.transaction() as tx:
        for person in people():
            header = await reading.patient_header(house, tx, SYSTEM, person.id)
            assert header.name == person.name
            assert header.allergies or header.no_known_allergies


async def test_one_member_of_giulias_and_emilys_teams_can_be_written_to(house):
    async with house.db.transaction() as tx:
        await tx.execute("delete from administration.staff where login = 'carla'")
    assert not await seed(house), "a hospital that was made before she had an account gets it"
    known = {person.key: person for person in people()}
    async with house.db.transaction() as tx:
        for key in ("giulia.ferri", "emily.carter"):
            team = await reading.care_team(house, tx, SYSTEM, known[key].id)
            assert [one.name for one in (await team_messages.members(house, tx, team)).values()] == ["Carla Pavan"]
