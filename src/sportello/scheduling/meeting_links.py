"""Gets a virtual visit its link: the job asks the maker, a failure is tried again and then shown to people.

Until there is a link the appointment is pending, never silently booked.
"""

from typing import Any
from uuid import UUID

import msgspec
import structlog

from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.ids import new_token
from sportello.kit.jobs import job
from sportello.scheduling import confirming
from sportello.scheduling.appointments import Appointment
from sportello.scheduling.codes import AppointmentStatus, Channel
from sportello.scheduling.events import AppointmentBooked, MeetingLinkFailed
from sportello.scheduling.ports import MeetingLinks
from sportello.scheduling.rules import next_link_try
from sportello.scheduling.store import appointments

log = structlog.get_logger("scheduling")


class OwnRooms:
    """The default maker: an address of our own whose token cannot be guessed."""

    def __init__(self, public_url: str) -> None:
        self._public_url = public_url.rstrip("/")

    async def make(self, tx: Transaction, appointment: Appointment) -> str:
        """The same address for the same appointment, also after a move."""
        assert appointment.starts is not None
        token = await appointments.add_room(tx, new_token(), appointment.id, appointment.starts)
        return f"{self._public_url}/visit/{token}"


async def wanted(house: House, tx: Transaction, appointment: UUID) -> None:
    """Promises the link; also how a person asks to try again."""
    await appointments.reset_link(tx, appointment)
    await _promise(house, tx, appointment, None)


async def _promise(house: House, tx: Transaction, appointment: UUID, run_at: Any) -> None:
    await house.jobs.enqueue(
        tx, "scheduling.make_link", {"appointment": str(appointment)}, run_at=run_at, dedupe_key=f"link:{appointment}"
    )


@job("scheduling.make_link")
async def make_link(house: House, tx: Transaction, payload: dict[str, Any]) -> None:
    """Asks the maker without holding a lock, then books if the appointment is still the one that was asked for."""
    asked = await appointments.read(tx, UUID(payload["appointment"]))
    if not _waits(asked):
        return
    assert asked is not None
    maker: MeetingLinks = house.port(MeetingLinks)
    try:
        async with tx.connection.transaction():  # a savepoint: what a failed maker wrote does not stay
            link = await maker.make(tx, asked)
    except Exception as error:
        await _failed(house, tx, asked, error)
        return
    now = house.clock.now()
    one = await appointments.read(tx, asked.id, lock=True)
    if one is None or not _waits(one) or one.sequence != asked.sequence:
        return
    await appointments.set_link(tx, one.id, link, now)
    await appointments.add_change(tx, one.id, "linked", "system", now)
    booked = msgspec.structs.replace(one, meeting_link=link, status=AppointmentStatus.BOOKED)
    assert booked.starts is not None
    await house.news.announce(tx, AppointmentBooked(booked.id, booked.patient, booked.starts, booked.conversation))
    await confirming.announce_if_wanted(house, tx, booked)


async def _failed(house: House, tx: Transaction, one: Appointment, error: Exception) -> None:
    pause = next_link_try(one.link_tries + 1)
    now = house.clock.now()
    log.warning("no meeting link", appointment=str(one.id), tries=one.link_tries + 1, error=type(error).__name__)
    await appointments.link_failed(tx, one.id, None if pause else now)
    if pause:
        await _promise(house, tx, one.id, now + pause)
    else:
        await house.news.announce(tx, MeetingLinkFailed(one.id, one.patient))


def _waits(one: Appointment | None) -> bool:
    return one is not None and one.status is AppointmentStatus.PENDING and one.channel is Channel.VIRTUAL
