"""Gets a virtual visit its link: a job asks the maker, a failure is tried again and then shown to people.

Until there is a link the appointment is pending, never silently booked. The maker is asked while no transaction is
open, and what it answers counts only if the visit is still the one that was asked for.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import structlog

from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_
from sportello.kit.ids import new_token
from sportello.kit.jobs import errand
from sportello.scheduling import confirming
from sportello.scheduling.appointments import Appointment
from sportello.scheduling.codes import AppointmentStatus, Channel
from sportello.scheduling.events import AppointmentBooked, AppointmentCancelled, MeetingLinkFailed
from sportello.scheduling.ports import OWN, MeetingFailed, makers_of
from sportello.scheduling.rules import next_link_try
from sportello.scheduling.store import appointments, meetings

log = structlog.get_logger("scheduling")


class OwnRooms:
    """The default maker: an address of our own whose token cannot be guessed."""

    name = N_("A waiting room of our own")

    def __init__(self, public_url: str) -> None:
        self._public_url = public_url.rstrip("/")

    async def make(self, house: House, appointment: Appointment) -> str:
        """The same address for the same appointment, also after a move."""
        now = house.clock.now()
        token = await house.db.run(lambda tx: meetings.add_room(tx, new_token(), appointment.id, now))
        return f"{self._public_url}/visit/{token}"

    async def end(self, house: House, appointment: Appointment) -> None:
        """The room's own page tells that the visit is off."""


async def wanted(house: House, tx: Transaction, appointment: UUID) -> None:
    """Promises the link; also how a person asks to try again."""
    await appointments.reset_link(tx, appointment)
    await _promise(house, tx, appointment, None)


async def on_cancelled(house: House, tx: Transaction, event: AppointmentCancelled) -> None:
    """Whoever made the link takes it back."""
    if maker := await meetings.maker_of(tx, event.appointment):
        await _take_back(house, tx, event.appointment, maker)


async def chosen(house: House, tx: Transaction, service: str | None) -> str:
    """Who makes the links of a type of appointment; our own rooms while the choice is not wired any more."""
    choices = await meetings.choices(tx)
    maker = choices.get(service or "") or choices.get("") or OWN
    return maker if maker in makers_of(house) else OWN


async def _promise(house: House, tx: Transaction, appointment: UUID, run_at: Any) -> None:
    await house.jobs.enqueue(
        tx, "scheduling.make_link", {"appointment": str(appointment)}, run_at=run_at, dedupe_key=f"link:{appointment}"
    )


async def _take_back(house: House, tx: Transaction, appointment: UUID, maker: str) -> None:
    await house.jobs.enqueue(
        tx, "scheduling.end_meeting", {"appointment": str(appointment), "maker": maker},
        dedupe_key=f"end_meeting:{maker}:{appointment}",
    )  # fmt: skip


@errand("scheduling.make_link")
async def make_link(house: House, payload: dict[str, Any]) -> None:
    """Asks the maker, then books if the appointment is still the one that was asked for."""
    known = UUID(payload["appointment"])

    async def look(tx: Transaction) -> tuple[Appointment, str] | None:
        one = await appointments.read(tx, known)
        return (one, await chosen(house, tx, one.service)) if one is not None and _waits(one) else None

    asked = await house.db.run(look)
    if asked is None:
        return
    one, maker = asked
    try:
        link = await makers_of(house)[maker].make(house, one)
    except Exception as error:
        reason = error
        await house.db.run(lambda tx: _failed(house, tx, one, reason))
    else:
        await house.db.run(lambda tx: _made(house, tx, one, maker, link))


@errand("scheduling.end_meeting")
async def end_meeting(house: House, payload: dict[str, Any]) -> None:
    """Takes a link back; unless the visit has meanwhile come to stand again with the same maker."""
    known, maker = UUID(payload["appointment"]), makers_of(house).get(payload["maker"])

    async def look(tx: Transaction) -> Appointment | None:
        return await appointments.read(tx, known)

    one = await house.db.run(look)
    if one and maker and (one.status is AppointmentStatus.CANCELLED or one.meeting_maker != payload["maker"]):
        await maker.end(house, one)


async def _made(house: House, tx: Transaction, asked: Appointment, maker: str, link: str) -> None:
    now = house.clock.now()
    one = await appointments.read(tx, asked.id, lock=True)
    if one is None or not _waits(one):
        if one is None or one.meeting_maker != maker:  # cancelled while the maker was at work
            await _take_back(house, tx, asked.id, maker)
        return
    if one.sequence != asked.sequence:
        return  # moved while the maker was at work: the move has promised another try
    if one.meeting_maker and one.meeting_maker != maker:
        await _take_back(house, tx, one.id, one.meeting_maker)
    await meetings.set_link(tx, one.id, link, maker, now)
    await appointments.add_change(tx, one.id, "linked", "system", now)
    booked = msgspec.structs.replace(one, meeting_link=link, status=AppointmentStatus.BOOKED)
    assert booked.starts is not None
    await house.news.announce(tx, AppointmentBooked(booked.id, booked.patient, booked.starts, booked.conversation))
    await confirming.announce_if_wanted(house, tx, booked)


async def _failed(house: House, tx: Transaction, asked: Appointment, error: Exception) -> None:
    now = house.clock.now()
    one = await appointments.read(tx, asked.id, lock=True)
    if one is None or not _waits(one) or one.sequence != asked.sequence:
        return
    pause = next_link_try(one.link_tries + 1)
    log.warning("no meeting link", appointment=str(one.id), tries=one.link_tries + 1, error=type(error).__name__)
    await appointments.link_failed(tx, one.id, None if pause else now)
    if pause:
        asked_for = error.retry_after if isinstance(error, MeetingFailed) else None
        await _promise(house, tx, one.id, now + max(pause, asked_for or timedelta()))
    else:
        await house.news.announce(tx, MeetingLinkFailed(one.id, one.patient))


def _waits(one: Appointment) -> bool:
    return one.status is AppointmentStatus.PENDING and one.channel is Channel.VIRTUAL
