"""Presence: chosen by a person, set by a missed offer or a lost line; every change is kept, and may bring work."""

from uuid import UUID

from sportello.administration import audit
from sportello.administration import store as administration
from sportello.administration.actor import Actor
from sportello.administration.permissions import Permission
from sportello.conversations.hearing import hearing_of
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.routing import planning
from sportello.routing.assigning import look_soon
from sportello.routing.events import PresenceChanged
from sportello.routing.people import agent_name
from sportello.routing.rejecting import give_back
from sportello.routing.rules import ENDS_OFFERS, Presence
from sportello.routing.store import attention, presences
from sportello.routing.store.presences import Standing


async def named(house: House, tx: Transaction, name: str) -> tuple[Presence, str] | None:
    """The presence of a name: one of the five, or one of the house's own with the one it counts as; else None."""
    if name in set(Presence):
        return Presence(name), ""
    plan = await planning.current(house, tx)
    return next(((Presence(one.base), one.id) for one in plan.presences if one.id == name), None)


async def set_presence(
    house: House, tx: Transaction, actor: Actor, presence: Presence, staff: UUID | None = None, own: str = ""
) -> Standing:
    """Sets one's own presence, or as a supervisor somebody else's, which is on record. `own` is the name of one of
    the house's own presences. Raises NotPossible when that somebody takes no conversations.

    What rings at somebody who goes Away, Offline or asks not to be disturbed goes on to the next. Chosen again, it is
    chosen anew: Available then means ready again, also for what was refused before.
    """
    whom = staff or UUID(actor.id)
    mine = str(whom) == actor.id
    if not mine:
        await agent_name(tx, whom)
    if presence in ENDS_OFFERS:
        await give_back(house, tx, whom, "withdrawn")
    by = None if mine else UUID(actor.id)
    await _put(house, tx, whom, presence, "self" if mine else "supervisor", own, by)
    if not mine:
        await audit.record(house, tx, actor, "presence.set", entity=str(whom), detail={"presence": presence.value})
    found = await presences.standing(tx, whom)
    assert found is not None
    return found


async def arrive(house: House, tx: Transaction, actor: Actor) -> Standing | None:
    """The presence of staff who open the desk; None for those who take no conversations.

    Whoever comes for the first time begins as Available when agent is their role, else as Busy: a supervisor takes
    calls by choice. Later visits find what was chosen.
    """
    if not actor.may(Permission.TAKE_CONVERSATION) or actor.kind != "staff":
        return None
    staff = UUID(actor.id)
    found = await presences.standing(tx, staff)
    if found is None:
        first = Presence.AVAILABLE if actor.role == "agent" else Presence.BUSY
        await _put(house, tx, staff, first, "arrival")
        found = await presences.standing(tx, staff)
    return found


async def missed(house: House, tx: Transaction, staff: UUID) -> None:
    """Somebody let an offer run out. After so many in a row as the plan says they are Away until they say otherwise,
    so that no patient waits for an empty chair, and supervisors are told.
    """
    count = await attention.miss(tx, staff)
    found = await presences.standing(tx, staff)
    if found is None or found.presence is not Presence.AVAILABLE:
        return
    if count < (await planning.current(house, tx)).misses_until_away:
        return
    await _put(house, tx, staff, Presence.AWAY, "missed")
    body = {"what": "missed", "name": await agent_name(tx, staff), "count": count}
    for supervisor in await administration.staff_with(tx, Permission.SUPERVISE):
        if supervisor != staff:
            await house.streams.append(tx, f"desk:{supervisor}", "alert", body, audience="staff")


async def _put(
    house: House, tx: Transaction, staff: UUID, presence: Presence, cause: str, own: str = "", by: UUID | None = None
) -> None:
    await presences.put(tx, staff, presence, cause, house.clock.now(), own=own, by=by)
    await tell(house, tx, staff, presence, cause)


async def tell(house: House, tx: Transaction, staff: UUID, presence: Presence, cause: str) -> None:
    """Every window of the agent hears, and the board; whoever is there may get work."""
    body = {"presence": presence.value, "cause": cause}
    await house.streams.append(tx, f"desk:{staff}", "presence", body, audience="staff")
    tx.after_commit(hearing_of(house).changed)
    if presence is not Presence.OFFLINE:
        look_soon(house, tx)
    await house.news.announce(tx, PresenceChanged(staff, presence.value, cause))


async def presence_of(house: House, tx: Transaction, staff: UUID) -> Presence:
    """Somebody's presence; Offline when they never had one."""
    found = await presences.standing(tx, staff)
    return found.presence if found else Presence.OFFLINE
