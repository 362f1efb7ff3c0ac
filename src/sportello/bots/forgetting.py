"""Whoever tells the assistant that they want to be forgotten has asked for it: the request stands with who decides,
as soon as it is known whose it is.
"""

from uuid import UUID

from sportello.administration.actor import BOT
from sportello.administration.privacy import erasing
from sportello.conversations.events import Escalated, PatientLinked
from sportello.conversations.store import talks
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.ids import uuid7

# Its one way to a person that is not the patient's asking for one, or a sign of danger, is behind their confirmation.
SCENARIO, CONFIRMED = "forget_me", "needs-person"


async def on_escalated(house: House, tx: Transaction, event: Escalated) -> None:
    """A signed-in patient is known at once."""
    await _asked(house, tx, event.conversation)


async def on_linked(house: House, tx: Transaction, event: PatientLinked) -> None:
    """A visitor is known when an agent has found out."""
    await _asked(house, tx, event.conversation)


async def _asked(house: House, tx: Transaction, conversation: UUID) -> None:
    talk = await talks.read(tx, conversation)
    if talk is None or talk.patient_id is None:
        return
    if talk.context.get("scenario") == SCENARIO and talk.reason == CONFIRMED:
        await erasing.ask(house, tx, BOT, uuid7(), talk.patient_id, talk.summary, "conversation", conversation)
