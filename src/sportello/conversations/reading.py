"""Who may read a conversation and that they did: the agent who has it, supervisors (on record), and its own patient."""

from datetime import timedelta
from uuid import UUID

from sportello.administration import audit
from sportello.administration.actor import Actor
from sportello.administration.permissions import Permission
from sportello.conversations.states import State
from sportello.conversations.store import activity, lists, mentions, parties, talks
from sportello.conversations.store.parties import Invitation, Party
from sportello.conversations.store.talks import Conversation, Reader
from sportello.kit.database import Transaction
from sportello.kit.house import House

ONE_OPENING = timedelta(minutes=30)  # reading on within it is the same opening


class Openings:
    """Which readings are on record already, so that one opening leaves one event, not one for each reconnection."""

    def __init__(self) -> None:
        self._until: dict[tuple[str, UUID], float] = {}

    def is_new(self, reader: str, conversation: UUID, now: float) -> bool:
        """Whether this opening still has to be recorded; it then counts as recorded."""
        key = (reader, conversation)
        known = self._until.get(key, 0.0) > now
        if len(self._until) > 10_000:
            self._until = {key: until for key, until in self._until.items() if until > now}
        self._until[key] = now + ONE_OPENING.total_seconds()
        return not known

    def forget(self, reader: str, conversation: UUID) -> None:
        self._until.pop((reader, conversation), None)


def may_read(talk: Conversation, actor: Actor) -> bool:
    """Whether staff may read it: who has it (also after it was closed), and who may read any."""
    if actor.kind != "staff":
        return False
    return str(talk.agent) == actor.id or _reads_any(actor)


async def takes_part(tx: Reader, actor: Actor, conversation: UUID) -> str:
    """What staff are in a conversation beside its owner: `consulted`, `member`, or nothing."""
    return await parties.role_of(tx, conversation, UUID(actor.id)) if actor.kind == "staff" else ""


async def _called(tx: Reader, actor: Actor, conversation: UUID) -> bool:
    """Whether a colleague asked them to take part, or mentioned them in a note."""
    if actor.kind != "staff":
        return False
    return bool(await takes_part(tx, actor, conversation)) or await mentions.is_mentioned(
        tx, conversation, UUID(actor.id)
    )


async def may_look(tx: Reader, talk: Conversation, actor: Actor) -> bool:
    """Whether staff may read it for any reason: it is theirs, they may read any, or a colleague called them."""
    return may_read(talk, actor) or await _called(tx, actor, talk.id)


async def others_in(tx: Reader, conversation: UUID) -> list[Party]:
    """Who takes part beside the owner."""
    return await parties.present(tx, conversation)


async def asked_in(tx: Reader, conversation: UUID) -> list[Invitation]:
    """Who is being asked to take part, or to take it over."""
    return await parties.open_invitations(tx, conversation)


async def asked_of(tx: Reader, staff: UUID) -> list[Invitation]:
    """What somebody is being asked."""
    return await parties.invitations_for(tx, staff)


def _reads_any(actor: Actor) -> bool:
    return actor.may(Permission.READ_ANY_CONVERSATION) or actor.may(Permission.SUPERVISE)


async def opened(house: House, tx: Transaction, actor: Actor, conversation: UUID) -> Conversation | None:
    """The conversation for staff who open it, or None when there is none for them; reading others' is recorded."""
    talk = await talks.read(tx, conversation)
    if talk is None or not (may_read(talk, actor) or await _called(tx, actor, conversation)):
        return None
    if str(talk.agent) != actor.id or talk.state is State.CLOSED:
        await _recorded(house, tx, actor, talk)
    return talk


async def _recorded(house: House, tx: Transaction, actor: Actor, talk: Conversation) -> None:
    openings: Openings = house.port(Openings)
    if openings.is_new(actor.id, talk.id, house.clock.now().timestamp()):
        await audit.record(house, tx, actor, "conversation.read", patient=talk.patient_id, entity=str(talk.id))


async def my_conversations(tx: Reader, staff: UUID) -> list[Conversation]:
    """What an agent has: talks, those that wait for their patient, after-work; oldest first."""
    return await lists.of_agent(tx, staff)


async def open_queue(tx: Reader) -> list[Conversation]:
    """Who waits for an agent, in the order in which they will be offered."""
    return await lists.queued(tx)


async def conversations_of_patient(
    house: House, tx: Transaction, actor: Actor, patient: str, limit: int = 20
) -> list[Conversation]:
    """A patient's conversations, newest first, for staff who may read the patient; recorded."""
    if not actor.may(Permission.PATIENT_READ):
        return []
    await audit.record(house, tx, actor, "patient.read", patient=patient, detail={"part": "conversations"})
    return await lists.of_patient(tx, patient, limit)


async def unread(tx: Reader, staff: UUID) -> dict[UUID, int]:
    """How many messages of the patient the agent has not seen, by conversation; without those where it is none.

    Absolute figures, at most half a second old; 100 means more than 99.
    """
    return await activity.unread_of(tx, staff)
