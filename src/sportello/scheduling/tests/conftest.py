"""A small invented hospital for the tests: two sites in two towns, three practitioners, two specialties."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, time

import pytest

from sportello.kit.clock import FixedClock
from sportello.kit.database import Database
from sportello.scheduling.calendar import (
    Calendar,
    Hours,
    Location,
    PostalCode,
    Practitioner,
    Role,
    Service,
    Specialty,
    WeeklyTemplate,
    Words,
)
from sportello.scheduling.codes import Channel
from sportello.scheduling.loading import generate_slots, load_calendar

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)  # a Monday, 09:00 in Rome
WEEKDAYS = tuple(Hours(day, time(9), time(12)) for day in range(5))
AFTERNOONS = tuple(Hours(day, time(14), time(16)) for day in range(5))


def san_luca() -> Calendar:
    """The offer that the tests book from."""
    return Calendar(
        specialties=(
            Specialty("cardiology", Words("Cardiologia", "Cardiology")),
            Specialty("dermatology", Words("Dermatologia", "Dermatology")),
        ),
        practitioners=(
            Practitioner("bassi", "Dott.ssa Irene Bassi"),
            Practitioner("galli", "Dott. Pietro Galli"),
            Practitioner("neri", "Dott.ssa Lucia Neri"),
        ),
        locations=(
            Location(
                "centro", "Poliambulatorio Centro", "Ferrara", "44121", "Via delle Erbe 3", "", 44.836, 11.619
            ),
            Location("mare", "Casa della Salute Mare", "Comacchio", "44022", "Via Lido 8", "", 44.694, 12.183),
        ),
        services=(
            Service(
                "ecg", "cardiology", Words("Elettrocardiogramma", "Electrocardiogram"), 20,
                preparation=Words("Nessuna preparazione.", "No preparation is needed."),
            ),
            Service(
                "heart-check", "cardiology", Words("Visita cardiologica", "Heart check-up"), 30,
                (Channel.IN_PERSON, Channel.VIRTUAL), referral_required=True,
            ),
            Service("skin-check", "dermatology", Words("Visita dermatologica", "Skin check-up"), 20),
        ),
        roles=(
            Role("bassi-centro", "bassi", "cardiology", "centro"),
            Role("galli-mare", "galli", "cardiology", "mare"),
            Role("neri-centro", "neri", "dermatology", "centro"),
        ),
        templates=(
            WeeklyTemplate("bassi-centro", "bassi-centro", 30, WEEKDAYS),
            # The same mornings offered in shorter slots: they overlap those above on purpose.
            WeeklyTemplate("bassi-short", "bassi-centro", 20, WEEKDAYS, ("ecg",)),
            WeeklyTemplate("galli-mare", "galli-mare", 30, AFTERNOONS),
            WeeklyTemplate("neri-centro", "neri-centro", 20, WEEKDAYS),
        ),
        postal_codes=(PostalCode("44100", "Ferrara", 44.83, 11.62),),
    )  # fmt: skip


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
async def db(dsn: str) -> AsyncIterator[Database]:
    """The test's database with the hospital's offer and two weeks of slots."""
    database = Database(dsn)
    await database.open()
    async with database.transaction() as tx:
        await load_calendar(tx, san_luca())
        await generate_slots(tx, date(2026, 11, 23), 2)
    yield database
    await database.close()
