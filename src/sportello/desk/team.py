"""Who is at the desks, as supervisors see it: presence, since when and why, how full, what was missed; and the day."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from msgspec import Struct

from sportello.administration import store as administration
from sportello.administration.actor import Actor
from sportello.desk.offers import DOTS, FULL
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_, translate
from sportello.routing import planning, reading
from sportello.routing.plan.parts import Plan
from sportello.routing.rules import PRESENCE_NAMES, Presence

CAUSES = {
    "self": N_("chosen"),
    "supervisor": N_("set by a supervisor"),
    "arrival": N_("came to the desk"),
    "missed": N_("missed several requests"),
    "line": N_("connection"),
    "idle": N_("touched nothing for a while"),
    "input": N_("touched the desk again"),
    "work": N_("by work"),
}
DAY = timedelta(hours=24)


class Member(Struct, frozen=True):
    """One person of the team."""

    id: str
    name: str
    presence: str
    text: str
    dot: str
    cause: str
    since: datetime
    load: int
    places: int
    misses: int
    connected: bool


class Change(Struct, frozen=True):
    """A presence in the history; `by` names who chose it for somebody else."""

    at: datetime
    text: str
    cause: str
    by: str


async def team(house: House, tx: Transaction, actor: Actor) -> dict[str, Any]:
    """Everybody who takes conversations and has ever been at a desk: who is there first."""
    language, plan = actor.language, await planning.current(house, tx)
    names = {row["id"]: row["name"] for row in await administration.all_staff(tx) if row["active"]}
    loads = await reading.loads(house, tx)
    members = []
    for one in await reading.agents(tx):
        if one.staff not in names:
            continue
        load, places = loads.get(one.staff, (0, 0))
        full = one.presence is Presence.AVAILABLE and one.full_since is not None
        text = translate(language, FULL) if full else _presence(plan, language, one.presence, one.own)
        members.append(
            Member(
                str(one.staff), names[one.staff], one.presence.value, text,
                DOTS[Presence.BUSY] if full else DOTS[one.presence], translate(language, CAUSES[one.cause]),
                one.since, load, places, one.misses, one.lost_at is None,
            )
        )  # fmt: skip
    order = list(Presence)
    members.sort(key=lambda one: (order.index(Presence(one.presence)), one.name))
    choices = [(p.value, translate(language, name)) for p, name in PRESENCE_NAMES.items()]
    return {"members": members, "choices": choices + [(p.id, p.name.said(language)) for p in plan.presences]}


async def day_of(house: House, tx: Transaction, actor: Actor, staff: UUID) -> tuple[str, list[Change]]:
    """Somebody's name, and what their presence was in the last 24 hours, the newest first."""
    plan = await planning.current(house, tx)
    names = {row["id"]: row["name"] for row in await administration.all_staff(tx)}
    changes = [
        Change(
            one.at, _presence(plan, actor.language, one.presence, one.own),
            translate(actor.language, CAUSES.get(one.cause, N_("chosen"))), names.get(one.by, "") if one.by else "",
        )
        for one in reversed(await reading.presences_since(tx, staff, house.clock.now() - DAY))
    ]  # fmt: skip
    return names.get(staff, ""), changes


def _presence(plan: Plan, language: str, presence: Presence, own: str) -> str:
    known = next((one for one in plan.presences if one.id == own), None)
    return known.name.said(language) if known else translate(language, PRESENCE_NAMES[presence])
