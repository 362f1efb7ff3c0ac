"""Free times for other systems: proposed Appointments (`$find`: Argonaut Scheduling, IHE ITI-115)."""

from datetime import datetime, timedelta
from typing import Any

from sportello.fhir.door import values
from sportello.fhir.door.outcomes import bad_parameter
from sportello.fhir.door.questions import Answer, Question
from sportello.fhir.door.rendering import bundle
from sportello.fhir.door.visiting import Visit
from sportello.fhir.r4 import ID
from sportello.kit.database import Transaction
from sportello.scheduling import elsewhere
from sportello.scheduling.door_requests import OFFERED, given, logical_id, text
from sportello.scheduling.store import slots
from sportello.scheduling.store.slots import Slot, Wanted

MOST, USUAL = 200, 50
LONGEST = timedelta(days=400)


async def find(visit: Visit, tx: Transaction, asks: Question) -> Answer:
    """Free times as proposed Appointments, soonest first; `visit-type` is a HealthcareService's id."""
    visit.may_act("Slot", "s")
    told = given(asks)
    service = logical_id(text(told, "visit-type"), "HealthcareService")
    if not service:
        raise bad_parameter("visit-type", "say which service, by the id of a HealthcareService")
    since, until = _stretch(visit, text(told, "start"), text(told, "end"))
    number = text(told, "_count") or str(USUAL)
    if not number.isdecimal() or not 0 < int(number[:6]) <= MOST:
        raise bad_parameter("_count", f"expected a number up to {MOST}")
    wanted = Wanted(
        service, text(told, "specialty"), await slots.whose(tx, text(told, "practitioner")),
        logical_id(text(told, "location-reference"), "Location"),
    )  # fmt: skip
    calendars = await slots.schedules(tx, wanted, text(told, "location-string"))
    zone = visit.house.settings.clinic.zone
    copied = bool(calendars) and await elsewhere.fresh(visit.house, tx, wanted, since) is not None
    only = service if copied else ""
    found = (
        await slots.free(tx, calendars, since, until, (0, 24), zone, int(number), copied_for=only) if calendars else []
    )
    machines = {one.practitioner for one in found if one.alone}
    alone = await slots.stand_ins(tx, machines) if machines else {}
    entries = [{"resource": _proposed(one, service, alone), "search": {"mode": "match"}} for one in found]
    return Answer(200, bundle("searchset", entries, total=len(entries)))


def _stretch(visit: Visit, start: str, end: str) -> tuple[datetime, datetime]:
    try:
        since = values.date(start).start if start else visit.now
        until = values.date(end).end if end else since + timedelta(days=90)
    except ValueError as error:
        raise bad_parameter("start", str(error)) from error
    since = max(since, visit.now + timedelta(minutes=1))
    return since, min(until, since + LONGEST)


def _proposed(slot: Slot, service: str, alone: dict[str, str]) -> dict[str, Any]:
    name = f"{OFFERED}{slot.id}.{service}"
    whose = alone.get(slot.practitioner, f"Practitioner/{slot.practitioner}")
    return {
        "resourceType": "Appointment",
        **({"id": name} if ID.fullmatch(name) else {}),
        "status": "proposed",
        "serviceType": [{"coding": [{"system": "urn:sportello:service", "code": service}]}],
        "start": slot.starts,  # an instant; the encoder writes it, a hundred of them in no time
        "end": slot.ends,
        "slot": [{"reference": f"Slot/{slot.id}"}],
        "participant": [
            {"actor": {"reference": whose, "display": slot.practitioner_name},
             "status": "needs-action"},
            {"actor": {"reference": f"Location/{slot.location}", "display": slot.location_name},
             "status": "needs-action"},
        ],
    }  # fmt: skip
