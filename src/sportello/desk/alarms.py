"""Tells the desks of those who answer for it that the hospital's own bot is down, and that it is back."""

from sportello.administration import store as administration
from sportello.administration.permissions import Permission
from sportello.bots.monitoring import Outage, OwnBot, OwnBotBack, OwnBotDown
from sportello.kit.database import Transaction
from sportello.kit.house import House

KIND = "own-bot"


async def went_down(house: House, tx: Transaction, down: OwnBotDown) -> None:
    """Every window of every supervisor and administrator: a sentence, and the sound that they chose."""
    await _tell(house, tx, {"down": True, "trouble": down.trouble})


async def came_back(house: House, tx: Transaction, back: OwnBotBack) -> None:
    await _tell(house, tx, {"down": False, "seconds": back.seconds})


async def outage(house: House, tx: Transaction) -> Outage | None:
    """The outage that goes on, for the board."""
    own: OwnBot | None = house.ports.get(OwnBot)
    return await own.down(tx) if own else None


async def _tell(house: House, tx: Transaction, body: dict[str, object]) -> None:
    wanted = (Permission.SUPERVISE, Permission.SETTINGS_CHANGE)
    staff = {one for permission in wanted for one in await administration.staff_with(tx, permission)}
    for one in sorted(staff):
        await house.streams.append(tx, f"desk:{one}", KIND, body, audience="staff")
