"""What patients want of letters, and which addresses can be written to."""

import re

from sportello.administration import audit
from sportello.administration.actor import Actor
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.outreach.store import terms
from sportello.outreach.store.terms import Wishes

# Not all that RFC 5321 allows: no quotes, no literal networks, nothing that could end a header.
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,63}")


def usable(address: str) -> bool:
    """Whether mail could be sent there."""
    return len(address) <= 254 and _ADDRESS.fullmatch(address) is not None and ".." not in address


async def wishes(tx: Transaction, patient: str) -> Wishes:
    """What they want; reminders unless they said no."""
    return await terms.wishes(tx, patient)


async def wish(house: House, tx: Transaction, actor: Actor, patient: str, wanted: Wishes) -> None:
    """Holds from now on, also for reminders that are planned."""
    await terms.wish(tx, patient, wanted, f"{actor.kind}:{actor.id}", house.clock.now())
    detail = {"reminders": wanted.reminders, "language": wanted.language}
    await audit.record(house, tx, actor, "letter.wishes", patient=patient, detail=detail)
