"""What routing asks of this agent, as the desk shows it: offers that ring, and the presence that brings them."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from sportello.administration.actor import Actor
from sportello.desk import views
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_, translate
from sportello.routing import planning, reading
from sportello.routing import presence as presences
from sportello.routing.noticing import Told, told
from sportello.routing.plan.parts import Plan
from sportello.routing.reading import OfferView
from sportello.routing.rules import PRESENCE_NAMES, Presence

DOTS = {
    Presence.AVAILABLE: "ok", Presence.BUSY: "warn", Presence.DO_NOT_DISTURB: "danger", Presence.AWAY: "hollow",
    Presence.OFFLINE: "",
}  # fmt: skip

FULL = N_("Busy: all places taken")


class OfferItem(Struct, frozen=True):
    """An offer that rings; `told` is how its workstream says it."""

    id: str
    name: str
    told: Told
    reason: str
    waiting_since: datetime
    expires_at: datetime
    seconds: int


class PresenceChoice(Struct, frozen=True):
    """One of the presences; `kind` is the look of its dot."""

    value: str
    name: str
    kind: str


class PresenceView(Struct, frozen=True):
    """The presence that stands, and those to choose from; `full` when Available is shown as Busy, by work."""

    value: str
    name: str
    kind: str
    choices: Sequence[PresenceChoice]
    full: bool = False


async def offers(house: House, tx: Transaction, actor: Actor) -> list[OfferItem]:
    """The offers to this agent that still run, the oldest first."""
    plan = await planning.current(house, tx)
    return [
        OfferItem(
            id=str(one.id), name=one.visitor_name, told=_told(plan, one, actor.language),
            reason=views.reason_words(one.reason, actor.language), waiting_since=one.waiting_since,
            expires_at=one.expires_at, seconds=one.seconds,
        )
        for one in await reading.offers_of(tx, views.staff_id(actor))
    ]  # fmt: skip


def _told(plan: Plan, one: OfferView, language: str) -> Told:
    stream = plan.workstream(one.channel)
    facts = {
        "patient": one.visitor_name,
        "topic": views.topic_words(one.topic, language),
        "queue": plan.queue(one.queue).name.said(language),
        "language": views.LANGUAGE_NAMES.get(one.language, one.language),
        "channel": stream.name.said(language),
    }
    return told(stream.notice, language, facts)


async def presence(house: House, tx: Transaction, actor: Actor) -> PresenceView | None:
    """The presence of whoever opens the desk; None for those who take no conversations."""
    standing = await presences.arrive(house, tx, actor)
    if standing is None:
        return None
    found = [PresenceChoice(p.value, translate(actor.language, name), DOTS[p]) for p, name in PRESENCE_NAMES.items()]
    plan = await planning.current(house, tx)
    found += [PresenceChoice(p.id, p.name.said(actor.language), DOTS[Presence(p.base)]) for p in plan.presences]
    # A lost line shows Offline whatever of the house's own was chosen before; an own one that is gone shows its base.
    named = {one.value: one for one in found}
    own = standing.own if standing.cause not in ("line", "idle", "missed") else ""
    now = named.get(own) or named[standing.presence]
    full = standing.presence is Presence.AVAILABLE and standing.full_since is not None
    if full:
        busy = named[Presence.BUSY]
        return PresenceView(now.value, translate(actor.language, FULL), busy.kind, found, full=True)
    return PresenceView(now.value, now.name, now.kind, found)
