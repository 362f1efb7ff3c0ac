"""Who is offered the next patient: a pure choice over a snapshot."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from msgspec import Struct

from sportello.kit.i18n import N_


class Presence(StrEnum):
    """Whether somebody takes work, in the words of contact centres."""

    AVAILABLE = "available"
    BUSY = "busy"
    DO_NOT_DISTURB = "do_not_disturb"
    AWAY = "away"
    OFFLINE = "offline"


PRESENCE_NAMES = {
    Presence.AVAILABLE: N_("Available"),
    Presence.BUSY: N_("Busy"),
    Presence.DO_NOT_DISTURB: N_("Do not disturb"),
    Presence.AWAY: N_("Away"),
    Presence.OFFLINE: N_("Offline"),
}
ENDS_OFFERS = frozenset({Presence.DO_NOT_DISTURB, Presence.AWAY, Presence.OFFLINE})


class Candidate(Struct, frozen=True):
    """An agent as of a snapshot.

    `load` counts offers, talks and after-work; `alive` tells that the desk's line was heard of lately; `queues` are
    those the agent is named for; `ready_at` is when the agent last became Available or had a place become free.
    """

    staff: UUID
    presence: Presence
    places: int
    load: int
    ready_at: datetime
    idle_since: datetime
    alive: bool = True


def fit(one: Candidate, refused: Mapping[UUID, datetime]) -> bool:
    """Whether an agent can be asked: Available, there, with a place, and not having said no since becoming ready."""
    if one.presence is not Presence.AVAILABLE or not one.alive or one.load >= one.places:
        return False
    said_no = refused.get(one.staff)
    return said_no is None or said_no < one.ready_at


def choose(candidates: Iterable[Candidate], refused: Mapping[UUID, datetime]) -> Candidate | None:
    """The agent to ask: the least loaded, of those the longest idle; None when nobody can be asked.

    `refused` says when each agent last rejected or missed this very conversation.
    """
    return min(
        (one for one in candidates if fit(one, refused)),
        key=lambda one: (one.load, one.idle_since, one.staff),
        default=None,
    )
