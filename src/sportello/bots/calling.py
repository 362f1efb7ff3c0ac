"""Takes a turn of a bot with the house's help: answers its calls, in the transaction that holds what they changed."""

from msgspec.structs import replace

from sportello.administration.actor import Actor
from sportello.bots import visit_calls, waiting_calls
from sportello.bots.asked import Asked
from sportello.bots.operations import MOST_CALLS
from sportello.bots.ports import BotPort, BotSession, Call, Effect, PatientTurn
from sportello.bots.state import Outcome
from sportello.conversations.moves import locked
from sportello.kit.database import Transaction
from sportello.kit.house import House

ANSWERS = visit_calls.ANSWERS | waiting_calls.ANSWERS
GUEST = Outcome("guest")


class TooManyCalls(Exception):
    """A scenario calls without end."""


async def take_turn(
    house: House, tx: Transaction, bot: BotPort, session: BotSession, turn: PatientTurn
) -> tuple[list[Effect], tuple[Outcome, ...]]:
    """The turn's effects and the house's answers; each call makes the bot take the turn again, knowing more."""
    before, heard = session.memory, turn.heard
    while len(heard) <= MOST_CALLS:
        session.memory = before
        await bot.send(session, replace(turn, heard=heard))
        effects = [event.effect async for event in bot.events(session, "")]
        call = effects[-1] if effects else None
        if not isinstance(call, Call):
            return effects, heard
        heard += (await _answer(house, tx, session, call),)
    raise TooManyCalls


async def _answer(house: House, tx: Transaction, session: BotSession, call: Call) -> Outcome:
    """Only for the patient who signed in and writes here: whoever was merely recognised by staff is a guest to it."""
    talk = await locked(tx, session.conversation.id)
    if not talk.account_patient:
        return GUEST
    patient = Actor(kind="patient", id=talk.account_patient, name=talk.visitor_name, language=call.language)
    return await ANSWERS[call.operation](Asked(house, tx, talk.id, patient, call.values))
