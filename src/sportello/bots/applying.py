"""Does to a conversation what a bot asked for, whichever bot it was: says, hands over, ends, notes."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from sportello.administration.actor import BOT
from sportello.bots import store
from sportello.bots.ports import Effect, End, Escalate, Note, Say
from sportello.conversations import ending, handover, posting
from sportello.kit.database import Transaction
from sportello.kit.house import House

_MOST_BUTTONS = 8


class Applied(Struct, frozen=True):
    """What became of a turn: `outcome` is said, escalated (for `reason`), ended or silent."""

    outcome: str = "silent"
    wish: str = ""
    score: int = 0
    reason: str = ""
    missed: bool = False

    @property
    def over(self) -> bool:
        return self.outcome in ("escalated", "ended")


async def apply(house: House, tx: Transaction, conversation: UUID, effects: Iterable[Effect], now: datetime) -> Applied:
    """Everything in order. After the handover or the end nothing of the bot's reaches the patient any more."""
    done = Applied()
    for effect in effects:
        match effect:
            case Say() if not done.over:
                await _say(house, tx, conversation, effect)
                done = replace(done, outcome="said")
            case Escalate() if not done.over:
                await handover.escalate(
                    house, tx, conversation, reason=effect.reason, summary=effect.summary, topic=effect.topic or None,
                    priority=effect.priority, context={**effect.context, "language": effect.language},
                )  # fmt: skip
                done = replace(done, outcome="escalated", reason=effect.reason)
            case End() if not done.over:
                await ending.end(house, tx, conversation, BOT, effect.reason)
                done = replace(done, outcome="ended")
            case Note(kind="understood", data=data):
                wish = str(data.get("wish", ""))
                done = replace(done, wish=wish, score=int(data.get("score", 0)), missed=not wish)
            case Note(kind="feedback", data=data) if data.get("article"):
                await store.keep_feedback(tx, conversation, data["article"], data.get("helpful") == "yes", now)
            case _:
                pass
    return done


async def _say(house: House, tx: Transaction, conversation: UUID, said: Say) -> None:
    buttons = [{"text": one.text, "payload": one.payload, "value": one.payload} for one in said.buttons[:_MOST_BUTTONS]]
    await posting.say(
        house, tx, conversation, said.text, sender="bot", buttons=buttons or None, article=said.article, link=said.link
    )
