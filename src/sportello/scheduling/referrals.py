"""The referral a visit rests on, and how long its priority class lets the patient wait. Pure.

Classes and limits are those of the Italian national plan for waiting lists (PNGLA 2019-2021): U within 72 hours,
B within 10 days, D within 30 days for visits and 60 for exams, P within 120 days, counted from the day of the referral.
"""

import re
from collections.abc import Mapping
from datetime import date, timedelta

from sportello.kit.i18n import N_

CLASSES = {"U": N_("U, urgent: within 72 hours"), "B": N_("B, short: within 10 days"),
           "D": N_("D, deferrable: within 30 or 60 days"), "P": N_("P, programmed: within 120 days")}  # fmt: skip
_DAYS = {"U": 3, "B": 10, "P": 120}
_NUMBER = re.compile(r"[0-9A-Z][0-9A-Z/-]{4,39}")

WRITE_NUMBER = N_("Write the number of the referral, or say that the patient brings it.")
OWN_NUMBER = N_("Write the number of your referral: it is on the top right of the sheet.")
NOT_NUMBER = N_("A referral's number has 5 to 40 letters and digits, without spaces.")
CHOOSE_CLASS = N_("Choose the class that is written on the referral.")
NOT_DAY = N_("Write the day of the referral: not in the future, not over a year ago.")


def number(text: str) -> str:
    """As it is kept: capitals, without spaces."""
    return re.sub(r"\s+", "", text).upper()


def errors(said: tuple[str, str, str], *, required: bool, brings: bool, own: bool, today: date) -> dict[str, str]:
    """What is wrong with number, class and day as typed, by field; `brings` lets staff book without a number."""
    typed, priority, day = said
    wrong: dict[str, str] = {}
    if not number(typed):
        if required and (own or not brings):
            wrong["referral"] = OWN_NUMBER if own else WRITE_NUMBER
    elif not _NUMBER.fullmatch(number(typed)):
        wrong["referral"] = NOT_NUMBER
    if priority and priority not in CLASSES:
        wrong["priority"] = CHOOSE_CLASS
    if day and (written(day) is None or not today - timedelta(days=366) <= (written(day) or today) <= today):
        wrong["referred_on"] = NOT_DAY
    return wrong


def written(day: str) -> date | None:
    """The day of the referral, when it is one."""
    try:
        return date.fromisoformat(day) if day else None
    except ValueError:
        return None


def limit(priority: str, referred_on: date | None, kind: str, own: Mapping[str, int] | None = None) -> date | None:
    """The last day within its class, by the type's `own` limits or the plan's; None without class or day."""
    if referred_on is None or priority not in CLASSES:
        return None
    days = (own or {}).get(priority) or _DAYS.get(priority) or (60 if kind == "exam" else 30)
    return referred_on + timedelta(days=days)
