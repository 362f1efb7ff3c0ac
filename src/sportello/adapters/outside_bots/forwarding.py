"""The patient's next words for a bot elsewhere: looked at first, promised before they leave, never promised twice."""

from typing import Any
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from sportello.adapters.outside_bots import guard, store
from sportello.adapters.outside_bots.connection import Connection
from sportello.adapters.outside_bots.patience import waits
from sportello.adapters.outside_bots.taking import handed, settled
from sportello.bots import staying
from sportello.bots.applying import apply
from sportello.conversations.moves import locked
from sportello.conversations.states import State
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.streams import Event

_PAGE = 50


class Turn(Struct, frozen=True):
    """What may leave the house now."""

    id: str
    text: str
    payload: str
    language: str


async def next_turn(house: House, conversation: UUID, terms: Connection) -> Turn | None:
    """The next words that may leave, promised; None when there are none. Red flags and wishes for a person never do."""
    while True:
        session = await store.read(house.db, conversation)
        if session is None or session.state not in ("opening", "open"):
            return None
        events = await house.streams.since(f"conversation:{conversation}", session.cursor, _PAGE)
        wanted = next((event for event in events if _is_patients(event)), None)
        if wanted is None and not events:
            return None
        await guard.refresh(house)
        upto = wanted.seq if wanted else events[-1].seq

        async def work(tx: Transaction, wanted: Event | None = wanted, upto: int = upto) -> Turn | None:
            return await _promised(house, tx, conversation, terms, wanted, upto)

        if turn := await house.db.run(work):
            return turn


async def _promised(
    house: House, tx: Transaction, conversation: UUID, terms: Connection, wanted: Event | None, upto: int
) -> Turn | None:
    talk, session = await locked(tx, conversation), await store.lock(tx, conversation)
    if session is None or session.state not in ("opening", "open") or session.cursor >= upto:
        return None
    session = replace(session, cursor=upto)
    if talk.state is not State.BOT:
        await store.keep(tx, await handed(house, tx, session, "taken"))
        return None
    turn: Turn | None = None
    if wanted:
        body: dict[str, Any] = wanted.body
        said, pressed = str(body.get("text", "")), str(body.get("payload", ""))
        decision = guard.decide(house, session.guard, said, pressed)
        session = replace(session, guard=decision.memory, said=0)
        if decision.forward is not None:
            name = str(wanted.client_id or wanted.seq)
            session = await waits(house, tx, session, terms)
            if await store.promise(tx, conversation, name, house.clock.now()):
                await staying.counted(tx, conversation, 1)
                turn = Turn(name, decision.forward, pressed if decision.forward == said else "", talk.language)
        else:
            session = await settled(house, tx, session)
            done = await apply(house, tx, conversation, decision.effects, house.clock.now())
            session = await handed(house, tx, session, done.reason or done.outcome) if done.over else session
    await store.keep(tx, session)
    return turn


async def look_at_once(house: House, conversation: UUID, terms: Connection) -> None:
    """In the moment in which a patient wrote, whatever the bot is busy with: their wait begins, and a red flag is not
    kept waiting behind words that are still on their way.
    """
    session = await store.read(house.db, conversation)
    if session is None or session.state not in ("opening", "open"):
        return
    events = await house.streams.since(f"conversation:{conversation}", session.cursor, _PAGE)
    pending = [event for event in events if _is_patients(event)]
    await guard.refresh(house)
    alarm = next((event for event in pending if guard.alarms(house, str(event.body.get("text", "")))), None)

    async def work(tx: Transaction) -> None:
        talk, now = await locked(tx, conversation), await store.lock(tx, conversation)
        if now is None or now.state not in ("opening", "open") or talk.state is not State.BOT:
            return
        if alarm and alarm.seq > now.cursor:
            decision = guard.decide(house, guard.fresh(talk.language), str(alarm.body.get("text", "")), "")
            done = await apply(house, tx, conversation, decision.effects, house.clock.now())
            over = await handed(house, tx, replace(now, cursor=alarm.seq), done.reason or done.outcome)
            await store.keep(tx, over)
        elif pending and pending[-1].seq > now.cursor:
            await store.keep(tx, await waits(house, tx, now, terms))

    if pending:
        await house.db.run(work)


def _is_patients(event: Event) -> bool:
    return event.kind == "message" and event.sender == "patient" and not event.body.get("attachment")
