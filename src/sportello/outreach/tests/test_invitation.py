"""The calendar file, read by a library that did not write it: one event through changes, in the zone of its place."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from msgspec import structs

from sportello.kit.settings import Clinic, Mail, Settings
from sportello.outreach.invitation import invitation
from sportello.outreach.letters import facts
from sportello.scheduling.appointments import Appointment
from sportello.scheduling.codes import AppointmentStatus, Channel
from sportello.scheduling.tests.calendar_files import instants, read_calendar
from sportello.scheduling.tests.test_booking import booking

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
SETTINGS = Settings(clinic=Clinic(name="Ospedale San Luca"), mail=Mail(sender="prenotazioni@sanluca.example"))


def visit(wall: str, zone: str = "Europe/Rome", **changes: Any) -> Appointment:
    starts = datetime.fromisoformat(wall).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    made = booking(1)
    values: dict[str, Any] = {
        "id": "01999999-0000-7000-8000-000000000001", "status": AppointmentStatus.BOOKED, "patient": made.patient,
        "starts": starts, "ends": starts + timedelta(minutes=30), "zone": zone, "channel": Channel.IN_PERSON,
        "location_name": "Poliambulatorio; Centro", "address": "Via delle Erbe 3, scala A",
    }  # fmt: skip
    return Appointment(**(values | changes))


def read(one: Appointment) -> Any:
    return read_calendar(invitation(one, SETTINGS, "it", NOW, "giulia.ferri@example.org").decode())


@pytest.mark.parametrize(
    ("wall", "zone", "hours"),
    [
        ("2027-03-28 09:00", "Europe/Rome", 2),  # the day on which clocks go forward
        ("2027-10-31 09:00", "Europe/Rome", 1),
        ("2028-02-29 09:00", "Europe/Rome", 1),
        ("2027-01-01 09:00", "Australia/Adelaide", 10.5),
        ("2027-04-04 09:00", "Australia/Adelaide", 9.5),
    ],
)
def test_the_zone_travels_with_the_event(wall: str, zone: str, hours: float) -> None:
    calendar = read(visit(wall, zone))
    event = calendar.vevent
    assert event.dtstart.value.isoformat(" ", "minutes")[:16] == wall
    assert event.dtstart.value.utcoffset() == timedelta(hours=hours)
    assert calendar.vtimezone.tzid.value == zone == event.dtstart.params["X-VOBJ-ORIGINAL-TZID"][0]


@pytest.mark.parametrize(
    ("day", "zone"),
    [
        ("2027-03-28", "Europe/Rome"),
        ("2027-10-31", "Europe/Rome"),
        ("2026-10-04", "Australia/Lord_Howe"),  # half an hour forward
        ("2027-04-04", "Australia/Lord_Howe"),  # half an hour back
    ],
)
def test_every_half_hour_of_the_night_is_the_same_moment_elsewhere(day: str, zone: str) -> None:
    """The half hours that come twice too: a wall time alone would name the first of them."""
    first = datetime.fromisoformat(day).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    for number in range(12):
        one = visit(day, zone)
        starts = first + timedelta(minutes=30 * number)
        one = structs.replace(one, starts=starts, ends=starts + timedelta(minutes=30))
        written = invitation(one, SETTINGS, "it", NOW).decode()
        assert list(instants(written).values()) == [(one.starts, one.ends)], written


def test_a_request_with_who_invites_whom() -> None:
    calendar = read(visit("2026-11-24 09:30", sequence=2))
    event = calendar.vevent
    assert calendar.method.value == "REQUEST"
    assert event.organizer.value == "mailto:prenotazioni@sanluca.example"
    assert event.attendee.value == "mailto:giulia.ferri@example.org"
    assert (event.sequence.value, event.status.value) == ("2", "CONFIRMED")
    assert event.location.value == "Poliambulatorio; Centro, Via delle Erbe 3, scala A"


def test_a_cancellation_is_of_the_same_event() -> None:
    before = read(visit("2026-11-24 09:30")).vevent
    calendar = read(visit("2026-11-24 09:30", status=AppointmentStatus.CANCELLED, sequence=1))
    assert calendar.method.value == "CANCEL"
    assert calendar.vevent.uid.value == before.uid.value
    assert (calendar.vevent.sequence.value, calendar.vevent.status.value) == ("1", "CANCELLED")


def test_a_virtual_visit_carries_its_link_and_the_clinics_zone() -> None:
    one = visit(
        "2026-11-24 09:30", channel=Channel.VIRTUAL, meeting_link="https://example.org/visit/x", zone="Asia/Tokyo"
    )
    event = read(one).vevent
    assert event.url.value == "https://example.org/visit/x"
    assert event.dtstart.params["X-VOBJ-ORIGINAL-TZID"] == ["Europe/Rome"]


@pytest.mark.parametrize(("language", "label"), [("it", "Apparecchiatura"), ("en", "Device")])
def test_the_letter_calls_a_machine_what_it_is(language: str, label: str) -> None:
    one = visit("2026-11-24 09:30", alone="device", practitioner_name="ECG 1")
    lines = facts(SETTINGS, one, language, cancelled=False)
    assert (label, "ECG 1") in [(line.label, line.text) for line in lines]
