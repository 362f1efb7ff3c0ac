"""A small invented hospital for the tests: two sites in two towns, three practitioners, two specialties."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import httpx
import pytest

from sportello.administration import machines
from sportello.administration.actor import SYSTEM, Actor
from sportello.administration.testing import staff_member
from sportello.app import furnish
from sportello.fhir import store as fhir
from sportello.kit.clock import FixedClock
from sportello.kit.house import House
from sportello.kit.settings import Settings
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
from sportello.scheduling.loading import load_calendar
from sportello.scheduling.planning import generate_slots
from sportello.scheduling.tests.browsing import enter  # noqa: F401  a fixture of browser tests

Ask = Callable[..., Awaitable[httpx.Response]]
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
async def house(settings: Settings, rooms: tuple[str, ...], clock: FixedClock) -> AsyncIterator[House]:
    """A house whose clock stands still and whose jobs run only when asked, with the hospital's offer and Giulia."""
    house = furnish(settings, rooms, clock)
    await house.db.open()
    await house.streams.start(house)
    await house.jobs.start(house)
    await house.jobs.stop()
    async with house.db.transaction() as tx:
        await load_calendar(tx, san_luca())
        await generate_slots(tx, date(2026, 11, 23), 2)
        for resource in GIULIA:
            await fhir.put(tx, resource)
    yield house
    await house.tasks.stop()
    await house.streams.stop()
    await house.db.close()


@pytest.fixture
async def elena(house: House) -> Actor:
    """Elena Conti, an agent."""
    return await staff_member(house, "agent")


@pytest.fixture
def system(house: House, client: httpx.AsyncClient) -> Callable[..., Awaitable[Ask]]:
    """Another system with a token."""

    async def arrives(*scopes: str) -> Ask:
        async with house.db.transaction() as tx:
            token = await machines.issue(house, tx, SYSTEM, "fhir", list(scopes) or ["*"], "Region", timedelta(days=1))

        async def ask(path: str, method: str = "GET", **parameters: Any) -> httpx.Response:
            body = None
            if method == "POST":
                listed = [_parameter(name.replace("_", "-"), value) for name, value in parameters.items()]
                body = {"resourceType": "Parameters", "parameter": listed}
            answer = await client.request(
                method, f"/fhir/R4/{path}", headers={"authorization": f"Bearer {token}"}, json=body
            )
            if answer.status_code >= 400:
                assert answer.json()["resourceType"] == "OperationOutcome"
            return answer

        return ask

    return arrives


def _parameter(name: str, value: Any) -> dict[str, Any]:
    if isinstance(value, dict):
        return {"name": name, "resource": value}
    return {"name": name, "valueBoolean" if isinstance(value, bool) else "valueString": value}


def wanted(slot: int, /, **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Appointment", "status": "proposed", "description": "Controllo",
        "slot": [{"reference": f"Slot/{slot}"}],
        "serviceType": [{"coding": [{"code": "ecg"}]}],
        "participant": [{"actor": {"reference": "Patient/giulia"}, "status": "accepted"}], **more,
    }  # fmt: skip


def found(answer: httpx.Response) -> list[Any]:
    assert answer.status_code in (200, 201), answer.text
    return [one["resource"] for one in answer.json().get("entry", [])]


async def slot_at(house: House, wall: str, schedule: str = "bassi-centro") -> int:
    """The slot of a calendar at a wall time such as `2026-11-24 09:30`."""
    starts = datetime.fromisoformat(wall).replace(tzinfo=house.settings.clinic.tz)
    return int(
        await house.db.fetchval("select id from scheduling.slot where schedule = $1 and starts = $2", schedule, starts)
    )


async def status_of(house: House, slot: int) -> str:
    return str(await house.db.fetchval("select status from scheduling.slot where id = $1", slot))


GIULIA: list[dict[str, Any]] = [
    {
        "resourceType": "Patient",
        "id": "giulia",
        "name": [{"family": "Ferri", "given": ["Giulia"]}],
        "birthDate": "1984-05-17",
        "telecom": [{"system": "email", "value": "giulia.ferri@example.org"}],
        "address": [{"postalCode": "44100", "city": "Ferrara"}],
        "communication": [{"language": {"coding": [{"code": "it"}]}, "preferred": True}],
    },
    {"resourceType": "Practitioner", "id": "bassi", "name": [{"text": "Dott.ssa Irene Bassi"}]},
    {"resourceType": "Practitioner", "id": "villa", "name": [{"text": "Dott. Ugo Villa"}]},
    {
        "resourceType": "CareTeam",
        "id": "team-giulia",
        "status": "active",
        "subject": {"reference": "Patient/giulia"},
        "participant": [
            {"role": [{"text": "Cardiologa"}], "member": {"reference": "Practitioner/bassi"}},
            {"role": [{"text": "Medico di famiglia"}], "member": {"reference": "Practitioner/villa"}},
            {"role": [{"text": "Figlia"}], "member": {"display": "Anna Ferri"}},
        ],
    },
    {"resourceType": "Patient", "id": "marco", "name": [{"family": "Riva", "given": ["Marco"]}]},
]
