"""Whom a conversation can be shared with: colleagues who could be asked, queues that could take it, best first."""

from datetime import datetime, timedelta
from uuid import UUID

from msgspec import Struct

from sportello.administration import store as administration
from sportello.administration.actor import Actor
from sportello.administration.permissions import Permission
from sportello.conversations.inviting import invite
from sportello.conversations.moves import locked
from sportello.conversations.parties import Kind
from sportello.conversations.refusals import NotPossible
from sportello.conversations.store import Conversation, lists
from sportello.conversations.store.parties import Invitation
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_
from sportello.routing import places, planning
from sportello.routing.engine import hours
from sportello.routing.people import agent_name
from sportello.routing.plan.parts import Plan
from sportello.routing.rules import Presence
from sportello.routing.store import presences
from sportello.routing.store.presences import Standing

NOT_THERE = N_("%(name)s cannot be asked now: not at the desk, or not to be disturbed.")
_ASKABLE = (Presence.AVAILABLE, Presence.BUSY)


class Colleague(Struct, frozen=True):
    """Somebody who could be asked; `speaks` tells that they are known to speak the patient's language."""

    id: UUID
    name: str
    role: str
    presence: Presence
    load: int
    places: int
    speaks: bool


class QueueState(Struct, frozen=True):
    """A queue one could put somebody into: how many wait, how many who serve it are at their desks, whether it is open
    by its hours; closed, `opens_at` says when it opens (None: not within a year).
    """

    id: str
    name: str
    waiting: int
    serving: int
    open: bool = True
    opens_at: datetime | None = None


async def colleagues(house: House, tx: Transaction, talk: Conversation, actor: Actor) -> list[Colleague]:
    """Everybody but the actor and the owner who could be asked: first who speaks the language, then who is freest."""
    plan = await planning.current(house, tx)
    here = {one.staff: one for one in await presences.standings(tx) if _there(house, plan, one)}
    load = await places.loads(house, tx, list(here.values()))
    found = []
    for row in await administration.all_staff(tx):
        standing = here.get(row["id"])
        if standing is None or not row["active"] or str(row["id"]) == actor.id or row["id"] == talk.agent:
            continue
        skills = plan.member(row["login"]).skills
        found.append(
            Colleague(
                row["id"], row["name"], row["role"], standing.presence, *load[row["id"]],
                talk.language in skills,
            )
        )  # fmt: skip
    return sorted(
        found, key=lambda one: (not one.speaks, one.presence is not Presence.AVAILABLE, one.load / max(1, one.places),
                                one.name)
    )  # fmt: skip


def _there(house: House, plan: Plan, one: Standing) -> bool:
    """At the desk, and neither away nor undisturbed."""
    since = house.clock.now() - timedelta(seconds=plan.line_grace_seconds)
    return one.presence in _ASKABLE and (one.lost_at is None or one.lost_at > since)


async def queue_states(house: House, tx: Transaction, language: str) -> list[QueueState]:
    """The queues of the plan in force."""
    plan = await planning.current(house, tx)
    waiting = await lists.queues_lengths(tx)
    standing = {one.staff for one in await presences.standings(tx) if _there(house, plan, one)}
    logins = {row["login"]: row["id"] for row in await administration.all_staff(tx) if row["active"]}
    states, now = [], house.clock.now()
    for queue in plan.queues:
        members = {logins[m.login] for m in plan.members if queue.id in m.queues and m.login in logins}
        serving = standing & (members or standing)
        times = next((one for one in plan.hours if one.id == queue.hours), None)
        opens = hours.next_opening(times, now, house.settings.clinic.tz)
        states.append(
            QueueState(
                queue.id, queue.name.said(language), waiting.get(queue.id, 0), len(serving), opens == now,
                None if opens == now else opens,
            )
        )  # fmt: skip
    return states


async def ask(
    house: House, tx: Transaction, conversation: UUID, *, kind: Kind, staff: UUID, actor: Actor, note: str = ""
) -> Invitation:
    """Asks a colleague who is at the desk, for as long as an offer of the conversation's queue may ring.

    Raises NotPossible for somebody who is not there, may not take conversations, or is in it already.
    """
    name = await agent_name(tx, staff)
    plan = await planning.current(house, tx)
    standing = await presences.standing(tx, staff)
    if standing is None or not _there(house, plan, standing):
        raise NotPossible(NOT_THERE, "not-there", name=name)
    talk = await locked(tx, conversation)
    seconds = plan.queue(talk.queue).offer_seconds
    return await invite(
        house, tx, conversation, kind=kind, asked=staff, asked_name=name, by=actor, note=note, seconds=seconds
    )


def may_share(talk: Conversation, actor: Actor) -> bool:
    """Whether somebody may ask colleagues about a conversation: who has it, and who supervises."""
    return str(talk.agent) == actor.id or actor.may(Permission.SUPERVISE)
