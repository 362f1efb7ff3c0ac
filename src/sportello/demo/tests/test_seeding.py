"""The hospital is made once, all or nothing."""

import msgspec
import pytest

from sportello.demo.seeding import seed
from sportello.testing import database_of


@pytest.fixture
def dsn(postgres):
    with database_of(postgres) as empty:
        yield empty


@pytest.fixture
def settings(settings):
    return msgspec.structs.replace(settings, demo=True)


COUNTS = {
    "fhir.resource": 3000, "scheduling.slot": 3000, "administration.staff": 7, "knowledge.article": 15,
    "scripts.script": 6, "portal.account": 3, "scheduling.appointment": 10,
}  # fmt: skip


async def counted(house):
    return {table: await house.db.fetchval(f"select count(*) from {table}") for table in COUNTS}  # noqa: S608


async def test_twice_is_once(house):
    assert await seed(house)
    first = await counted(house)
    assert {table: n for table, n in first.items() if n < COUNTS[table]} == {}
    assert not await seed(house)
    assert await counted(house) == first
