"""The one way a conversation changes state: row locked, move checked, owner set, stream told, in one transaction."""

from collections.abc import Collection
from uuid import UUID

from sportello.administration import audit
from sportello.administration.actor import Actor
from sportello.conversations import store
from sportello.conversations.events import Moved
from sportello.conversations.rules import agent_of, may_move
from sportello.conversations.states import State
from sportello.conversations.store import Conversation
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_


class NotPossible(Exception):
    """The conversation is not (any more) where this move starts from; `message` is a message id."""

    def __init__(self, message: str = N_("This conversation has moved on meanwhile.")) -> None:
        super().__init__(message)
        self.message = message


class NoSuchConversation(Exception):
    """There is no conversation of this id."""


async def locked(tx: Transaction, conversation: UUID) -> Conversation:
    """The conversation, held until the end of the transaction."""
    found = await store.lock(tx, conversation)
    if found is None:
        raise NoSuchConversation
    return found


async def move(
    house: House,
    tx: Transaction,
    conversation: UUID,
    target: State,
    *,
    expected: State | Collection[State],
    by: Actor,
    agent: UUID | None = None,
    agent_name: str = "",
    reason: str = "",
    owner: UUID | None = None,
) -> Conversation:
    """Moves to `target` if the state is still an `expected` one (and, with `owner`, still that agent's).

    The stream gets a `moved` event, its fence rises so that grants given before are asked for again, and `Moved` is
    announced. Raises NotPossible; the caller's transaction is then rolled back.
    """
    found = await locked(tx, conversation)
    allowed = {expected} if isinstance(expected, State) else set(expected)
    if found.state not in allowed or not may_move(found.state, target):
        raise NotPossible
    if owner is not None and found.agent != owner:
        raise NotPossible
    new_agent = agent_of(target, str(agent) if agent else str(found.agent) if found.agent else None)
    owned = UUID(new_agent) if new_agent else None
    await store.set_state(tx, conversation, target, owned, house.clock.now())
    body = {"from": found.state.value, "to": target.value, "by": by.kind, "name": by.name, "reason": reason}
    if agent_name:
        body["agent_name"] = agent_name
    # An offer is staff's business; the patient hears when somebody has come.
    hidden = State.OFFERED in (target, found.state) and target is not State.ACTIVE
    await house.streams.append(
        tx, found.stream, "moved", body, sender=sender_of(by), audience="staff" if hidden else "all"
    )
    house.streams.fence(tx, found.stream)
    if target is State.CLOSED:
        house.streams.close(tx, found.stream)
    await house.news.announce(tx, Moved(conversation, found.state.value, target.value, owned, found.agent))
    if by.kind == "staff":
        await audit.record(
            house, tx, by, f"conversation.{target.value}", patient=found.patient_id, entity=str(conversation),
            detail={"from": found.state.value} | ({"reason": reason} if reason else {}),
        )  # fmt: skip
    for agent_told in {owned, found.agent} - {None}:
        await house.streams.append(
            tx, f"desk:{agent_told}", "work", {"conversation": str(conversation)}, audience="staff"
        )
    tx.after_commit(lambda: house.streams.broadcast("board", {"t": "hint"}))
    return await locked(tx, conversation)


def sender_of(actor: Actor) -> str:
    """How a stream names who did something."""
    return f"agent:{actor.id}" if actor.kind == "staff" else actor.kind
