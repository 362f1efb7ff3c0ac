"""Who may follow and write in a conversation's stream: its patient, its agent, and supervisors who read along."""

from typing import Any
from uuid import UUID

from sportello.administration import audit
from sportello.administration.actor import Actor
from sportello.conversations import posting, reading, store
from sportello.conversations.states import OPEN_TO_WORDS, State
from sportello.conversations.store import Conversation
from sportello.kit.house import House
from sportello.kit.ids import as_uuid
from sportello.kit.streams import Grant, Listener, Post, Posted

_AUDITED_AGAIN_AFTER = 600.0  # seconds: one watcher's opening is one event on record


class ConversationGate:
    """The gate of `conversation:<uuid>`; a patient's listener has the conversation's id as its own."""

    def __init__(self) -> None:
        self._watched: dict[tuple[str, str], float] = {}

    async def may_follow(self, house: House, listener: Listener, stream: str) -> Grant | None:
        conversation = as_uuid(stream.removeprefix("conversation:"))
        if conversation is None:
            return None
        fence = await house.streams.fence_of(house.db, stream)
        found = await store.get(house.db, conversation)
        if found is None:
            return None
        if listener.kind == "patient":
            if listener.id != str(conversation):
                return None
            return Grant("all", fence, found.state in OPEN_TO_WORDS, "patient")
        return await self._staff(house, listener, found, fence)

    async def _staff(self, house: House, listener: Listener, found: Conversation, fence: int) -> Grant | None:
        own = str(found.agent) == listener.id and found.state is not State.OFFERED
        if own:
            return Grant("staff", fence, found.state in (State.ACTIVE, State.WAITING), f"agent:{listener.id}")
        if "conversation.supervise" in listener.permissions:
            await self._on_record(house, listener, found)
            return Grant("staff", fence, may_post=False, sender=f"agent:{listener.id}")
        return None

    async def _on_record(self, house: House, listener: Listener, found: Conversation) -> None:
        key, now = (listener.id, str(found.id)), house.clock.now().timestamp()
        if now - self._watched.get(key, 0.0) < _AUDITED_AGAIN_AFTER:
            return
        self._watched = {k: at for k, at in self._watched.items() if now - at < _AUDITED_AGAIN_AFTER} | {key: now}
        actor = Actor("staff", listener.id, listener.name, listener.language, None, listener.permissions)
        async with house.db.transaction() as tx:
            await audit.record(
                house, tx, actor, "conversation.read_along", patient=found.patient_id, entity=str(found.id)
            )

    async def post(self, house: House, listener: Listener, stream: str, grant: Grant, frame: Post) -> Posted:
        return await posting.post(house, listener, stream, grant, frame)

    async def signal(self, house: House, listener: Listener, stream: str, frame: dict[str, Any]) -> None:
        conversation = UUID(stream.removeprefix("conversation:"))
        mine = listener.kind == "patient" or str(await _agent(house, conversation)) == listener.id
        if not mine:
            return
        if frame.get("t") == "typing":
            house.streams.broadcast(stream, {"t": "typing", "by": listener.kind, "name": listener.name})
        elif frame.get("t") == "seen" and isinstance(frame.get("n"), int) and frame["n"] >= 0:
            await reading.seen(house, conversation, by_agent=listener.kind == "staff", seq=frame["n"])


async def _agent(house: House, conversation: UUID) -> UUID | None:
    return (await store.owners(house.db, [conversation])).get(conversation)
