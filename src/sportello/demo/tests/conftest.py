"""The whole invented hospital, made once for all tests of the demo; each has a copy of its own."""

import asyncio
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from sportello.app import ROOMS, furnish, open_house
from sportello.demo.seeding import seed
from sportello.kit.settings import Clinic, DatabaseSettings, Settings
from sportello.testing import database_of

_HOSPITAL = "template_hospital"


@pytest.fixture(scope="session")
def hospital(postgres, tmp_path_factory):
    """The name of a database that holds the hospital."""
    with database_of(postgres) as dsn:
        asyncio.run(_made(dsn, tmp_path_factory.mktemp("hospital")))
        with psycopg.connect(postgres.dsn, autocommit=True) as connection:
            connection.execute(f"create database {_HOSPITAL} template {urlsplit(dsn).path[1:]}")
    return _HOSPITAL


async def _made(dsn: str, data: Path) -> None:
    clinic = Clinic(name="Ospedale San Luca")
    house = furnish(Settings(clinic=clinic, database=DatabaseSettings(url=dsn), data=data, demo=True), ROOMS)
    async with open_house(house, ROOMS):
        assert await seed(house)


@pytest.fixture
def dsn(postgres, hospital):
    with database_of(postgres, hospital) as dsn:
        yield dsn
