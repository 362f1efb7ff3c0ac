"""Who may follow and write in `conversation:<id>`: its patient, the agent who has it, those who take part beside that
agent, supervisors as readers.

A visitor's token must name its conversation: the listener's permissions hold `conversation:<id>`. A signed-in patient
reaches, by the listener's id, what was opened while signed in.
"""

from typing import Any
from uuid import UUID

from sportello.administration import audit
from sportello.administration.actor import Actor
from sportello.administration.permissions import Permission
from sportello.conversations import mentions, posting, reading, rules
from sportello.conversations.hearing import hearing_of
from sportello.conversations.ports import Reopening
from sportello.conversations.states import WITH_AGENT, State
from sportello.conversations.store import parties, talks
from sportello.conversations.store.activity import PATIENTS_DEVICE
from sportello.conversations.store.talks import Conversation
from sportello.kit.house import House
from sportello.kit.ids import as_uuid
from sportello.kit.streams import FenceMoved, Grant, Listener, Post, Posted, Refused, StreamClosed
from sportello.kit.streams.posting import FORBIDDEN

ENDED = "ended"  # the sender of a grant to whom every post answers that the conversation has ended
_MOST_ROLES = 50_000


class ConversationGate:
    """The gate; it remembers what each listener is in each conversation, for the signals."""

    def __init__(self) -> None:
        self._roles: dict[tuple[str, str, str], str] = {}

    async def may_follow(self, house: House, listener: Listener, stream: str) -> Grant | None:
        """The listener's grant as of the stream's fence, which is read before the state that it guards."""
        fence = await house.streams.fence_of(house.db, stream)
        conversation = as_uuid(stream.partition(":")[2])
        talk = await talks.read(house.db, conversation) if conversation else None
        role = await _role(house, listener, talk) if talk else ""
        self._remember(listener, stream, role)
        if talk is None or not role:
            return None
        if role == "patient":
            return _patients(talk, fence)
        if role in ("reader", "consulted"):
            if role == "reader":
                await self._record(house, listener, talk)
            return Grant("staff", fence, may_post=_may_note(listener, talk), sender="")
        return _agents(listener, talk, fence)

    async def post(self, house: House, listener: Listener, stream: str, grant: Grant, frame: Post) -> Posted:
        """A message, or from staff a note for staff."""
        conversation = stream.partition(":")[2]
        if grant.sender == ENDED and frame.kind != "note":
            if listener.kind == "patient" and await self._reopened(house, UUID(conversation)):
                raise FenceMoved(stream)
            raise StreamClosed(stream)
        name = rules.clean_name(listener.name)
        if frame.kind == "note" and listener.kind == "staff" and Permission.NOTE in listener.permissions:
            posted = await posting.post(
                house, conversation, frame.body, sender=f"agent:{listener.id}", client_id=frame.client_id, name=name,
                kind="note", fence=grant.fence,
            )  # fmt: skip
            if not posted.duplicate:
                await self._record_note(house, listener, UUID(conversation), frame)
            return posted
        if frame.kind != "message" or not grant.sender:
            raise Refused("forbidden", rules.NOT_TEXT if grant.sender else FORBIDDEN)
        return await posting.post(
            house, conversation, frame.body, sender=grant.sender, client_id=frame.client_id, name=name,
            fence=grant.fence,
        )  # fmt: skip

    async def signal(self, house: House, listener: Listener, stream: str, frame: dict[str, Any]) -> None:
        """Typing is passed on; what arrived and what was seen is passed on and kept. Readers leave no trace."""
        role = self._roles.get((listener.kind, listener.id, stream), "")
        if role not in ("patient", "agent", "member"):
            return
        role = "patient" if role == "patient" else "agent"
        if frame["t"] == "typing":
            house.streams.broadcast(stream, {"t": "typing", "by": role})
        elif reader := _reader(frame["t"], role, listener):
            seq = min(max(int(frame.get("n", 0)), 0), 2**53)
            if conversation := as_uuid(stream.partition(":")[2]):
                hearing_of(house).seen(conversation, reader, seq)
            house.streams.broadcast(stream, {"t": frame["t"], "by": role, "n": seq})

    async def _reopened(self, house: House, conversation: UUID) -> bool:
        """Whether the patient's conversation goes on: whoever writes again in time comes back to it."""
        reopen = house.ports.get(Reopening)
        return reopen is not None and bool(await house.db.run(lambda tx: reopen(house, tx, conversation)))

    def _remember(self, listener: Listener, stream: str, role: str) -> None:
        key = (listener.kind, listener.id, stream)
        self._roles.pop(key, None)
        if role:
            if len(self._roles) >= _MOST_ROLES:
                del self._roles[next(iter(self._roles))]
            self._roles[key] = role

    async def _record(self, house: House, listener: Listener, talk: Conversation) -> None:
        openings: reading.Openings = house.port(reading.Openings)
        if not openings.is_new(listener.id, talk.id, house.clock.now().timestamp()):
            return
        try:
            async with house.db.transaction() as tx:
                await audit.record(
                    house, tx, _actor(listener), "conversation.read", patient=talk.patient_id, entity=str(talk.id)
                )
        except BaseException:
            openings.forget(listener.id, talk.id)
            raise

    async def _record_note(self, house: House, listener: Listener, conversation: UUID, note: Post) -> None:
        talk = await talks.read(house.db, conversation)
        async with house.db.transaction() as tx:
            await audit.record(
                house, tx, _actor(listener), "conversation.noted", patient=talk.patient_id if talk else None,
                entity=str(conversation),
            )  # fmt: skip
            if talk:
                said = str(note.body.get("text", ""))
                await mentions.tell(house, tx, talk, _actor(listener), said, note.client_id)


def _reader(signal: str, role: str, listener: Listener) -> str:
    """Under which name a mark is kept: patients tell what arrived at them and what they read, staff what they read."""
    if role == "patient":
        return {"got": PATIENTS_DEVICE, "seen": "patient"}.get(signal, "")
    return f"agent:{listener.id}" if signal == "seen" else ""


async def _role(house: House, listener: Listener, talk: Conversation) -> str:
    """`patient`, `agent`, `member` (writes beside the agent), `consulted`, `reader`, or nothing at all."""
    if listener.kind == "patient":
        by_token = f"conversation:{talk.id}" in listener.permissions
        by_account = talk.account_patient is not None and talk.account_patient == listener.id
        return "patient" if by_token or by_account else ""
    if listener.id == str(talk.agent) and talk.state in WITH_AGENT:
        return "agent"
    staff = as_uuid(listener.id)
    if staff and (role := await parties.role_of(house.db, talk.id, staff)):
        return role
    return "reader" if reading.may_read(talk, _actor(listener)) else ""


def _patients(talk: Conversation, fence: int) -> Grant:
    return Grant("all", fence, may_post=True, sender="patient" if rules.patient_may_write(talk.state) else ENDED)


def _agents(listener: Listener, talk: Conversation, fence: int) -> Grant:
    writes = rules.agent_may_write(talk.state) and Permission.TAKE_CONVERSATION in listener.permissions
    return Grant("staff", fence, may_post=True, sender=f"agent:{listener.id}" if writes else ENDED)


def _may_note(listener: Listener, talk: Conversation) -> bool:
    return Permission.NOTE in listener.permissions and talk.state is not State.CLOSED


def _actor(listener: Listener) -> Actor:
    return Actor("staff", listener.id, listener.name, listener.language, permissions=listener.permissions)
