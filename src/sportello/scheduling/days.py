"""Which day it is where a visit would be: places may lie in other zones than the clinic."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.scheduling.codes import Channel
from sportello.scheduling.store import choices


async def today(house: House, tx: Transaction, location: str, channel: Channel | None) -> date:
    """By the clock of the place; of any place, the earliest that it still is somewhere. Virtual: the clinic's."""
    now, clinic = house.clock.now(), house.settings.clinic.tz
    here = now.astimezone(clinic).date()
    if channel is Channel.VIRTUAL:
        return here
    return await choices.today(tx, location, now) or here


def day_of(house: House, starts: datetime, wall: str, channel: Channel | None) -> date:
    """The day of a visit, or of a time for one, by the clock that the patient goes by."""
    virtual = channel is Channel.VIRTUAL or not wall
    return starts.astimezone(house.settings.clinic.tz if virtual else ZoneInfo(wall)).date()
