"""A model of slots, holds, visits and closures, and the room's own code: both do the same, in whatever order."""

import asyncio
import os
from collections.abc import Iterator
from datetime import date, time, timedelta

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as judged
from hypothesis.stateful import run_state_machine_as_test

from sportello.app import furnish
from sportello.kit.clock import FixedClock
from sportello.kit.house import House
from sportello.kit.settings import Settings
from sportello.scheduling.calendar import (
    Calendar,
    Hours,
    Location,
    Practitioner,
    Resource,
    Role,
    Service,
    Specialty,
    WeeklyTemplate,
    Words,
)
from sportello.scheduling.loading import load_calendar
from sportello.scheduling.planning import generate_slots
from sportello.scheduling.tests.model import BEGINS, Model, Time

TUESDAY = date(2026, 11, 24)
EXAMPLES = int(os.environ.get("SPORTELLO_EXAMPLES", "5"))
WEEK = (Hours(1, time(9), time(10, 20)),)
# Overlapping calendars of one person, a room that three share, minutes kept after, seats for two.
OFFER = Calendar(
    specialties=(Specialty("cardiology", Words("Cardiologia", "Cardiology")),),
    practitioners=tuple(Practitioner(one, one) for one in ("bassi", "galli", "neri", "riva")),
    locations=(Location("centro", "Centro", "Ferrara"),),
    resources=(Resource("stanza", "Stanza", "centro"), Resource("eco", "Ecografo", "centro", "device")),
    services=(Service("ecg", "cardiology", Words("ECG", "ECG"), 20),),
    roles=tuple(Role(one, one, "cardiology", "centro") for one in ("bassi", "galli", "neri", "riva")),
    templates=(
        WeeklyTemplate("long", "bassi", 30, WEEK),
        WeeklyTemplate("short", "bassi", 20, WEEK),
        WeeklyTemplate("room", "galli", 30, WEEK, after=10, resources=("stanza",)),
        WeeklyTemplate("both", "neri", 20, WEEK, resources=("stanza", "eco")),
        WeeklyTemplate("group", "riva", 40, WEEK, seats=2, resources=("eco",)),
    ),
)  # fmt: skip


@pytest.fixture
def world(settings: Settings, rooms: tuple[str, ...]) -> Iterator[type[Model]]:
    """The machine with a house of its own in a loop of its own."""
    clock = FixedClock(BEGINS)
    with asyncio.Runner() as runner:
        house = furnish(settings, rooms, clock)
        runner.run(_opened(house))
        rows = runner.run(house.db.fetch("select * from scheduling.slot order by id"))
        times = [
            Time(
                row["id"], frozenset([row["practitioner"], *row["resources"]]), row["practitioner"], row["starts"],
                row["ends"], row["ends"] + timedelta(minutes=row["after"]), row["seats"],
            )
            for row in rows
        ]  # fmt: skip
        assert len(times) == 2 + 4 + 2 + 4 + 2
        yield type("Model", (Model,), {"house": house, "clock": clock, "run": staticmethod(runner.run), "times": times})
        runner.run(_closed(house))


async def _opened(house: House) -> None:
    await house.db.open()
    await house.streams.start(house)
    await house.jobs.start(house)
    await house.jobs.stop()
    async with house.db.transaction() as tx:
        await load_calendar(tx, OFFER)
        await generate_slots(tx, TUESDAY, 1)


async def _closed(house: House) -> None:
    await house.tasks.stop()
    await house.streams.stop()
    await house.db.close()


def test_the_room_does_what_the_model_says(world: type[Model]) -> None:
    run_state_machine_as_test(
        world,
        settings=judged(
            max_examples=EXAMPLES, stateful_step_count=30, deadline=None, database=None, derandomize=EXAMPLES < 50,
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
