"""Whether what a draft says can still be chosen: a specialty may have closed while its form was open."""

from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_
from sportello.scheduling import referrals
from sportello.scheduling.drafts import Wizard
from sportello.scheduling.store import choices
from sportello.scheduling.store.slots import Wanted

UNKNOWN = N_("This choice is not known.")


async def unknown(tx: Transaction, one: Wizard, step: str) -> dict[str, str]:
    """Choices that exist no more, or never did."""
    said = one.answers
    if step == "who":
        found = (
            any(specialty.id == said.specialty for specialty in await choices.specialties(tx))
            if said.specialty
            else await choices.practitioners(tx, ids=[said.practitioner])
        )
        return {} if found else {"who": UNKNOWN}
    if step == "type":
        offered = await choices.services(tx, said.specialty, said.practitioner, alone=one.own)
        found = any(service.id == said.service and said.channel in service.channels for service in offered)
        return {} if found else {"type": UNKNOWN}
    if step == "place" and said.location:
        where = Wanted(said.service, said.specialty, said.practitioner)
        found = any(place.id == said.location for place in await choices.locations(tx, where))
        return {} if found else {"place": UNKNOWN}
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
