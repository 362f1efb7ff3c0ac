"""The calendar file of an appointment (RFC 5545); it holds no clinical word, since calendars show on lock screens."""

from datetime import datetime, timedelta

from icalendar import Alarm, Calendar, Event

from sportello.kit.i18n import translate
from sportello.kit.settings import Clinic
from sportello.scheduling.appointments import Appointment
from sportello.scheduling.codes import AppointmentStatus, Channel


def invitation(one: Appointment, clinic: Clinic, language: str, now: datetime) -> bytes:
    """One event: same UID for all changes, SEQUENCE counting them; times in UTC, which every calendar understands."""
    cancelled = one.status is AppointmentStatus.CANCELLED
    event = Event()
    event.add("uid", f"{one.id}@sportello")
    event.add("sequence", one.sequence)
    event.add("dtstamp", now)
    event.add("dtstart", one.starts)
    event.add("dtend", one.ends)
    event.add("summary", translate(language, "Appointment – %(clinic)s", clinic=clinic.name))
    event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    event.add("class", "PRIVATE")
    if one.channel is Channel.VIRTUAL and one.meeting_link:
        event.add("location", translate(language, "Virtual visit"))
        event.add("url", one.meeting_link)
        event.add("description", one.meeting_link)
    elif one.place:
        event.add("location", one.place)
    if not cancelled:
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", translate(language, "Appointment – %(clinic)s", clinic=clinic.name))
        alarm.add("trigger", timedelta(days=-1))
        event.add_component(alarm)
    calendar = Calendar()
    calendar.add("prodid", "-//Sportello//Sportello//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "CANCEL" if cancelled else "PUBLISH")
    calendar.add_component(event)
    return bytes(calendar.to_ical())
