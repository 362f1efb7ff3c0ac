"""Public holidays of a country or of a part of it, for whatever keeps opening hours or calendars."""

from datetime import date
from functools import lru_cache

import holidays


class UnknownHolidays(ValueError):
    """The holidays library does not know this country or part of it."""


@lru_cache(maxsize=512)
def holidays_of(where: str, year: int) -> frozenset[date]:
    """The public holidays of a country ("IT") or of a part of it ("IT-BZ"); none for an empty name."""
    if not where:
        return frozenset()
    country, _, part = where.partition("-")
    try:
        return frozenset(holidays.country_holidays(country, subdiv=part or None, years=year))
    except (NotImplementedError, KeyError) as error:
        raise UnknownHolidays(where) from error
