"""A test of the connection with the system that keeps the calendars: how far it came, and how it books, in words."""

from datetime import timedelta

from sportello.adapters.remote_booking.by_operation import ByOperation
from sportello.adapters.remote_booking.by_transaction import ByTransaction
from sportello.adapters.remote_booking.calendars import InOurIds
from sportello.adapters.remote_booking.choosing import booking_of, statement_of
from sportello.adapters.remote_booking.terms import Terms, server_of
from sportello.adapters.remote_fhir import server
from sportello.adapters.remote_fhir.hearing import Trouble
from sportello.adapters.remote_fhir.link import Link
from sportello.adapters.remote_fhir.trying import Step
from sportello.adapters.remote_fhir.wording import TROUBLES
from sportello.kit.house import House
from sportello.kit.i18n import N_
from sportello.scheduling.booking_port import Booking, NotReached, Sought
from sportello.scheduling.elsewhere import offered_types

NO_WAY = N_("It offers no way to book.")
_DAYS = timedelta(days=90)


async def try_it(house: House, terms: Terms) -> list[Step]:
    """Asks with a link of its own: capabilities, the way it books, free times of one type. Nothing is booked."""
    steps: list[Step] = []
    known = await server_of(house, terms)
    try:
        async with Link(house, known).wire() as wire:
            can = await server.capability(wire)
            steps.append(Step("ok", N_("The server speaks FHIR R4."), can.software))
            try:
                booking = await booking_of(wire, terms.strategy, await statement_of(wire))
            except NotReached as refusal:
                return [*steps, Step("danger", NO_WAY, str(refusal))]
            steps += said_of(booking)
            steps.append(await _times(house, InOurIds(booking, terms)))
    except Trouble as error:
        told = " ".join(part for part in (str(error.status or ""), error.told) if part)
        steps.append(Step("danger", TROUBLES[error.code], told))
    return steps


def said_of(booking: Booking) -> list[Step]:
    """The way that was found, in words."""
    if isinstance(booking, ByOperation):
        held = (
            N_("Times are held there while somebody books.")
            if "hold" in booking.operations
            else N_("It holds no times: until it is confirmed, a time may be taken there.")
        )
        named = ", ".join(f"${one}" for one in sorted(booking.operations))
        return [Step("ok", N_("It books by operations."), named), Step("ok", held)]
    if isinstance(booking, ByTransaction):
        text = N_(
            "It only stores: slot and appointment are changed in one transaction, the slot's version is the lock."
        )
    else:
        text = N_("It minds its slots itself: appointments are posted to it.")
    return [Step("ok", text), Step("ok", N_("It holds no times: until it is confirmed, a time may be taken there."))]


async def _times(house: House, booking: Booking) -> Step:
    """Free times of the first type that is offered here, to see whether ids agree."""
    types = await house.db.run(offered_types)
    now = house.clock.now()
    for service in types[:5]:
        try:
            found = await booking.find(Sought(service, now, now + _DAYS, limit=20))
        except NotReached as refusal:
            return Step("danger", N_("Free times could not be asked for."), str(refusal)[:200])
        if found:
            return Step("ok", N_("Free times are told for this type of appointment:"), service)
    if not types:
        return Step("warn", N_("No type of appointment is offered here yet: set up what you offer, and its calendars."))
    return Step(
        "warn", N_("No free times are told for these types; their ids there may be others:"), ", ".join(types[:5])
    )
