"""Whether what a draft says can still be chosen: a specialty may have closed while its form was open."""

from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_
from sportello.scheduling import prerequisites, referrals
from sportello.scheduling.calendar import Service
from sportello.scheduling.drafts import Wizard
from sportello.scheduling.store import choices
from sportello.scheduling.store.slots import Wanted

UNKNOWN = N_("This choice is not known.")
EXPLAIN = N_("This type is not booked by phone alone: say that its preparation was explained otherwise.")


async def unknown(house: House, tx: Transaction, one: Wizard, step: str) -> dict[str, str]:
    """Choices that exist no more, or never did."""
    said = one.answers
    if step == "who":
        known = (
            any(specialty.id == said.specialty for specialty in await choices.specialties(tx))
            if said.specialty
            else await choices.practitioners(tx, ids=[said.practitioner])
        )
        return {} if known else {"who": UNKNOWN}
    if step == "type":
        offered = await choices.services(tx, said.specialty, said.practitioner, alone=one.own)
        found = [service for service in offered if service.id == said.service and said.channel in service.channels]
        return await _not_yet(house, tx, one, found[0]) if found else {"type": UNKNOWN}
    if step == "place" and said.location:
        where = Wanted(said.service, said.specialty, said.practitioner)
        there = any(place.id == said.location for place in await choices.locations(tx, where))
        return {} if there else {"place": UNKNOWN}
    return {}


async def _not_yet(house: House, tx: Transaction, one: Wizard, service: Service) -> dict[str, str]:
    """What stands before this type: another one first, or a preparation that is not explained on the telephone."""
    said = one.answers
    if (one.own or not said.elsewhere) and await prerequisites.missing(house, tx, one.patient, service.id):
        return {"type": prerequisites.MISSING}
    if service.not_by_phone and not one.own and said.explained != "yes":
        return {"explained": EXPLAIN}
    return {}


async def wanting(house: House, tx: Transaction, one: Wizard) -> dict[str, str]:
    """What is wrong with the referral: asked for where the service needs one; a move keeps the one it has."""
    if one.mode == "reschedule":
        return {}
    said = one.answers
    offered = await choices.services(tx, said.specialty, said.practitioner, alone=one.own)
    required = any(service.id == said.service and service.referral_required for service in offered)
    today = house.clock.now().astimezone(house.settings.clinic.tz).date()
    return referrals.errors(
        (said.referral, said.priority, said.referred_on), required=required, brings=said.brings == "yes", own=one.own,
        today=today,
    )  # fmt: skip
