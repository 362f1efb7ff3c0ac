"""How much notice there is before a visit, in whole working days as Italian booking centres count it; pure."""

from datetime import date, timedelta

from sportello.kit.public_holidays import holidays_of

_MOST = 60  # days looked at: more notice than anybody asks for
_SATURDAY, _SUNDAY = 5, 6


def working_days(notice: date, visit: date, holidays: str, *, saturday: bool) -> int:
    """The whole working days between the day of the notice and that of the visit, both of them left out.

    Sundays and public holidays of the place (a name of the holidays library) do not count, Saturdays when `saturday`.
    """
    days = (notice + timedelta(days=n) for n in range(1, min((visit - notice).days, _MOST + 1)))
    return sum(1 for day in days if _works(day, holidays, saturday=saturday))


def _works(day: date, holidays: str, *, saturday: bool) -> bool:
    if day.weekday() == _SUNDAY or (day.weekday() == _SATURDAY and not saturday):
        return False
    return day not in holidays_of(holidays, day.year)
