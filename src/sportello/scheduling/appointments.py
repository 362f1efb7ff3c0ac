"""An appointment as everybody reads it: the booking with the names of its people and places."""

from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec import Struct

from sportello.scheduling.calendar import Words
from sportello.scheduling.codes import AppointmentStatus, CancelReason, Channel
from sportello.scheduling.notice import working_days
from sportello.scheduling.referrals import limit
from sportello.scheduling.rules import Movable


class Appointment(Struct, frozen=True, kw_only=True):
    """A visit, as booked; names are empty for what is missing."""

    id: UUID
    status: AppointmentStatus
    patient: str
    practitioner: str | None = None
    practitioner_name: str | None = None
    specialty: str | None = None
    specialty_name: Words | None = None
    service: str | None = None
    service_name: Words | None = None
    preparation: Words | None = None
    referral_required: bool | None = None
    location: str | None = None
    location_name: str | None = None
    address: str | None = None
    town: str | None = None
    postal_code: str | None = None
    location_phone: str | None = None
    zone: str | None = None
    holidays: str | None = None
    saturday: bool = True
    channel: Channel | None = None
    slot: int | None = None
    starts: datetime | None = None
    ends: datetime | None = None
    reason: str = ""
    details: str = ""
    sequence: int = 0
    meeting_link: str | None = None
    meeting_maker: str = ""
    link_tries: int = 0
    link_failed_at: datetime | None = None
    cancel_reason: CancelReason | None = None
    conversation: UUID | None = None
    confirm_to: str | None = None
    overbooked: str = ""
    notice_hours: int | None = None
    notice_days: int | None = None
    service_limits: dict[str, int] | None = None
    referral: str = ""
    priority: str = ""
    referred_on: date | None = None
    service_kind: str | None = None
    series: UUID | None = None
    alone: str = ""  # "room" or "device": the visit is with that, not with a practitioner
    remote: str = ""  # its id in the system that keeps the calendars

    def late(self, now: datetime) -> bool:
        """Whether its time is nearer than the notice that its service asks for, in hours or in working days."""
        if self.starts is None:
            return False
        if self.starts - now < timedelta(hours=self.notice_hours or 0):
            return True
        zone = ZoneInfo(self.zone or "UTC")
        between = working_days(
            now.astimezone(zone).date(),
            self.starts.astimezone(zone).date(),
            self.holidays or "",
            saturday=self.saturday,
        )
        return between < (self.notice_days or 0)

    @property
    def wall(self) -> str:
        """The zone of the clock that the patient goes by: the place's; empty, for a virtual visit, the clinic's."""
        return "" if self.channel is Channel.VIRTUAL else self.zone or ""

    @property
    def limit(self) -> date | None:
        """The last day within its priority class."""
        return limit(self.priority, self.referred_on, self.service_kind or "visit", self.service_limits)

    @property
    def movable(self) -> Movable:
        """What decides whether it may be moved."""
        return Movable(self.status, self.practitioner, self.location, self.channel)

    @property
    def place(self) -> str:
        """The site in one line, as on an envelope."""
        town = " ".join(part for part in (self.postal_code, self.town) if part)
        return ", ".join(part for part in (self.location_name, self.address, town) if part)
