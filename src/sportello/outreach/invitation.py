"""The calendar file of an appointment (RFC 5545, 5546); it holds no clinical word: calendars show on lock screens."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from icalendar import Alarm, Calendar, Event, vCalAddress

from sportello.kit.i18n import translate
from sportello.kit.settings import Settings
from sportello.scheduling.appointments import Appointment
from sportello.scheduling.codes import AppointmentStatus, Channel
from sportello.scheduling.zones import rules_of, told


def method_of(one: Appointment) -> str:
    """REQUEST until it is cancelled: calendars then take over changes of the same UID by rising SEQUENCE."""
    return "CANCEL" if one.status is AppointmentStatus.CANCELLED else "REQUEST"


def invitation(one: Appointment, settings: Settings, language: str, now: datetime, recipient: str = "") -> bytes:
    """One event in the zone of its place, with that zone's own rules beside it; `recipient` is who is invited."""
    clinic, zone = settings.clinic, zone_of(one, settings)
    assert one.starts is not None
    assert one.ends is not None
    method = method_of(one)
    event = Event()
    event.add("uid", f"{one.id}@sportello")
    event.add("sequence", one.sequence)
    event.add("dtstamp", now)
    starts, ends = told(one.starts, one.ends, zone)
    event.add("dtstart", starts)
    event.add("dtend", ends)
    event.add("summary", translate(language, "Appointment – %(clinic)s", clinic=clinic.name))
    event.add("status", "CANCELLED" if method == "CANCEL" else "CONFIRMED")
    event.add("class", "PRIVATE")
    organizer = vCalAddress(f"mailto:{settings.mail.sender}")
    organizer.params["CN"] = clinic.name
    event.add("organizer", organizer)
    if recipient:
        guest = vCalAddress(f"mailto:{recipient}")
        guest.params |= {"PARTSTAT": "ACCEPTED", "RSVP": "FALSE", "ROLE": "REQ-PARTICIPANT"}
        event.add("attendee", guest)
    if one.channel is Channel.VIRTUAL and one.meeting_link:
        event.add("location", translate(language, "Virtual visit"))
        event.add("url", one.meeting_link)
        event.add("description", one.meeting_link)
    elif one.place:
        event.add("location", one.place)
    if method != "CANCEL":
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", translate(language, "Appointment – %(clinic)s", clinic=clinic.name))
        alarm.add("trigger", timedelta(days=-1))
        event.add_component(alarm)
    calendar = Calendar()
    calendar.add("prodid", "-//Sportello//Sportello//EN")
    calendar.add("version", "2.0")
    calendar.add("method", method)
    calendar.add_component(rules_of(zone, one.starts.astimezone(zone).year, one.ends.astimezone(zone).year))
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def zone_of(one: Appointment, settings: Settings) -> ZoneInfo:
    """The wall clock that the patient goes by: the place's, for a virtual visit the clinic's."""
    return ZoneInfo(one.zone) if one.zone and one.channel is not Channel.VIRTUAL else settings.clinic.tz
