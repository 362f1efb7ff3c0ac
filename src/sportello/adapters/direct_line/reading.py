"""Sets of activities as they come, in order of arrival, into events with an id and a place to go on from."""

import hashlib
from datetime import datetime
from typing import Any

import msgspec

from sportello.adapters.outside_bots.dialects import Terms, effects_of
from sportello.bots.ports import BotEvent, Note

_CLOSE = 0.5  # seconds within which a set's timestamps decide the order
_REMEMBERED = 2_000


class Inbox:
    """Knows what was taken, so that a service that starts again from the beginning says nothing new."""

    def __init__(self, terms: Terms, language: str, watermark: str) -> None:
        self.watermark = watermark
        self._terms, self._language = terms, language
        self._seen: dict[str, None] = {}

    def take(self, said: Any) -> list[BotEvent]:
        """The new events of a set. The watermark is kept as it is said, and only when one is."""
        if not isinstance(said, dict):
            return []
        activities = said.get("activities")
        known = [one for one in activities if isinstance(one, dict)] if isinstance(activities, list) else []
        found = [event for activity in _ordered(known) for event in self._events(activity)]
        watermark = said.get("watermark")
        if isinstance(watermark, str | int) and str(watermark):
            self.watermark = str(watermark)[:300].replace("\0", "")
            if found:
                found[-1] = msgspec.structs.replace(found[-1], cursor=self.watermark)
        return found

    def _events(self, activity: dict[str, Any]) -> list[BotEvent]:
        effects = effects_of(activity, self._terms, self._language)
        if activity.get("type") == "typing":
            return [BotEvent("", "", effect) for effect in effects]
        name = str(activity.get("id") or hashlib.sha256(msgspec.json.encode(activity, order="sorted")).hexdigest())
        name = name.replace("\0", "")[:280]
        if name in self._seen:
            return []
        self._seen[name] = None
        while len(self._seen) > _REMEMBERED:
            del self._seen[next(iter(self._seen))]
        # What means nothing to us still counts as read.
        effects = effects or [Note("read", {})]
        return [BotEvent(f"{name}#{place}" if place else name, "", effect) for place, effect in enumerate(effects)]


def _ordered(activities: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """By arrival; neighbours that lie within half a second of each other, by their time."""
    found = list(activities)
    for place in range(1, len(found)):
        at = place
        while at and _earlier(found[at], found[at - 1]):
            found[at - 1], found[at] = found[at], found[at - 1]
            at -= 1
    return found


def _earlier(one: dict[str, Any], other: dict[str, Any]) -> bool:
    first, second = _second(one.get("timestamp")), _second(other.get("timestamp"))
    return first is not None and second is not None and 0 < second - first <= _CLOSE


def _second(said: Any) -> float | None:
    try:
        return datetime.fromisoformat(said).timestamp() if isinstance(said, str) else None
    except ValueError:
        return None
