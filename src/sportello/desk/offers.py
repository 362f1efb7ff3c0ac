"""What routing asks of this agent, as the desk shows it: offers that ring, and the presence that brings them."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from sportello.administration.actor import Actor
from sportello.desk import views
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import translate
from sportello.routing import presence as presences
from sportello.routing import reading
from sportello.routing.rules import PRESENCE_NAMES, Presence

DOTS = {
    Presence.AVAILABLE: "ok", Presence.BUSY: "warn", Presence.DO_NOT_DISTURB: "danger", Presence.AWAY: "hollow",
    Presence.OFFLINE: "",
}  # fmt: skip


class OfferItem(Struct, frozen=True):
    """An offer that rings."""

    id: str
    name: str
    topic: str
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
    """The presence that stands, and those to choose from."""

    value: str
    name: str
    kind: str
    choices: Sequence[PresenceChoice]


async def offers(house: House, tx: Transaction, actor: Actor) -> list[OfferItem]:
    """The offers to this agent that still run, the oldest first."""
    return [
        OfferItem(
            id=str(one.id), name=one.visitor_name, topic=views.topic_words(one.topic, actor.language),
            reason=views.reason_words(one.reason, actor.language), waiting_since=one.waiting_since,
            expires_at=one.expires_at, seconds=one.seconds,
        )
        for one in await reading.offers_of(tx, views.staff_id(actor))
    ]  # fmt: skip


async def presence(house: House, tx: Transaction, actor: Actor) -> PresenceView | None:
    """The presence of whoever opens the desk; None for those who take no conversations."""
    standing = await presences.arrive(house, tx, actor)
    if standing is None:
        return None
    found = [PresenceChoice(p.value, translate(actor.language, name), DOTS[p]) for p, name in PRESENCE_NAMES.items()]
    now = next(one for one in found if one.value == standing.presence)
    return PresenceView(now.value, now.name, now.kind, found)
