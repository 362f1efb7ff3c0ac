"""When a turn fails, a person takes over: the patient is told, the conversation stands in the queue."""

from uuid import UUID

import structlog

from sportello.bots import store
from sportello.conversations import handover, posting
from sportello.conversations.moves import locked
from sportello.conversations.states import State
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_, in_each, translate
from sportello.kit.traces import where

log = structlog.get_logger("bots")
SORRY = N_(
    "I am sorry, something went wrong on our side. I am passing you to a person. In an emergency call %(number)s."
)
SUMMARY = N_("The assistant failed; nobody has answered the patient's last message yet. Please read the conversation.")


async def rescue(house: House, conversation: UUID) -> bool:
    """False when even this failed; the sweep then tries again."""

    async def work(tx: Transaction) -> None:
        found = await locked(tx, conversation)
        if found.state is State.BOT:
            number = house.settings.clinic.emergency_number
            await posting.say(house, tx, conversation, translate(found.language, SORRY, number=number), sender="bot")
            await handover.escalate(house, tx, conversation, reason="bot-error", summary=in_each(SUMMARY), priority=10)
        await store.end(tx, conversation, 0, house.clock.now())

    try:
        await house.db.run(work)
    except Exception as error:
        log.error("a rescue failed", conversation=str(conversation), error=where(error))
        return False
    return True
