"""An agent gives a conversation back to the bot, which begins anew with it."""

from uuid import UUID

from sportello.administration import audit
from sportello.administration.actor import Actor
from sportello.administration.permissions import Permission
from sportello.conversations.moves import locked, move
from sportello.conversations.refusals import NotPossible, not_yours
from sportello.conversations.states import State
from sportello.conversations.store import Conversation
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_
from sportello.routing import planning

NO_BOT = N_("There is no bot for conversations of this channel.")


async def hand_back(house: House, tx: Transaction, conversation: UUID, actor: Actor) -> Conversation:
    """To the bot: by the agent who has it, or a supervisor. Given back already, it stays so.

    Raises NotPossible where the channel's conversations do not begin with the bot.
    """
    talk = await locked(tx, conversation)
    if talk.state is State.BOT:
        return talk
    if str(talk.agent) != actor.id and not actor.may(Permission.SUPERVISE):
        raise not_yours(talk.state)
    if not (await planning.current(house, tx)).workstream(talk.channel).bot_first:
        raise NotPossible(NO_BOT, "no-bot", talk.state)
    given = await move(
        house, tx, conversation, State.BOT, expected={State.ACTIVE, State.WAITING}, by=actor, reason="handed-back"
    )
    await audit.record(house, tx, actor, "conversation.handed_back", patient=talk.patient_id, entity=str(conversation))
    return given
