"""What routing offers this agent, as the desk shows it."""

from typing import Any

from sportello.administration.actor import Actor
from sportello.kit.database import Transaction
from sportello.kit.house import House


async def offers(house: House, tx: Transaction, actor: Actor) -> list[Any]:
    """The offers to this agent that still run."""
    return []
