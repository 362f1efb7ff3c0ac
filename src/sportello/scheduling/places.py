"""Sites by nearness to a postal code: straight-line kilometres when positions are known, else by what codes share."""

from msgspec import Struct

from sportello.kit.database import Transaction
from sportello.scheduling.calendar import Location
from sportello.scheduling.drafts import About
from sportello.scheduling.geonames import normal
from sportello.scheduling.rules import common_prefix, straight_line
from sportello.scheduling.store import choices, postal_codes, wizards
from sportello.scheduling.store.slots import Wanted


class Near(Struct, frozen=True):
    """A site and how far it is; without kilometres the order alone tells nearness."""

    location: Location
    kilometres: float | None


async def places(tx: Transaction, wanted: Wanted, postal_code: str, about: About) -> list[Near]:
    """The sites that offer what is wanted, the nearest first."""
    found = await choices.locations(tx, wanted)
    code = normal(postal_code)
    towns = {one.casefold() for one in (postal_code.strip(), about.town) if one}
    here = await _position(tx, postal_code.strip(), about)
    near = [Near(one, _distance(here, one)) for one in found]
    # Without a map: the same code first, then the longer common beginning, then the same town.
    return sorted(
        near,
        key=lambda one: (
            one.kilometres is None,
            one.kilometres or 0.0,
            -common_prefix(normal(one.location.postal_code), code),
            one.location.town.casefold() not in towns,
            one.location.town,
            one.location.name,
        ),
    )


async def _position(tx: Transaction, typed: str, about: About) -> tuple[float, float] | None:
    """Where the patient lives, when it is their code; the operator's table; our own sites and patients of that code."""
    code = normal(typed)
    if not code:
        return None
    if code == normal(about.postal_code) and about.latitude is not None and about.longitude is not None:
        return about.latitude, about.longitude
    return (
        await postal_codes.position(tx, code)
        or await postal_codes.position_of_town(tx, typed)
        or await postal_codes.middle_of_sites(tx, code)
        or await wizards.middle_of_homes(tx, code)
    )


def _distance(here: tuple[float, float] | None, place: Location) -> float | None:
    if here is None or place.latitude is None or place.longitude is None:
        return None
    return straight_line(here, (place.latitude, place.longitude))
