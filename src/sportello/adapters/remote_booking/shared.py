"""What all strategies do alike: free slots are searched, a lost answer is looked for, an ended visit's slot is read."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import structlog

from sportello.adapters.remote_booking.resources import booked, offer_of_slot, resources, updated, written
from sportello.adapters.remote_booking.wire import Asking, Pairs
from sportello.scheduling.booking_port import Booked, Changes, Kept, NotReached, Offer, Ordered, Sought

STANDING = frozenset({"booked", "pending", "proposed", "arrived"})
_PAGES = 20
_AT_ONCE = 25
log = structlog.get_logger("remote_booking")


class Looking:
    """Visits there as they stand; `searches` are the parameters by which it says that it searches for them."""

    searches: frozenset[str] = frozenset()

    def __init__(self, ask: Asking) -> None:
        self.ask = ask

    async def standing(self, offer: Offer, order: Ordered) -> Booked | None:
        return await looked_for(self.ask, offer, order)

    async def moved(self, visit: str, offer: Offer, order: Ordered) -> Booked | None:
        found = _readable([body] if (body := await self.ask.read(f"Appointment/{visit}")) else [])
        return next((one for one in found if one.status in STANDING and one.starts == offer.starts), None)

    async def read(self, visit: str) -> Booked:
        return booked(await appointment_of(self.ask, visit))

    async def those(self, visits: Sequence[str]) -> dict[str, Booked | None]:
        if "_id" not in self.searches:
            told = [(one, await self.ask.read(f"Appointment/{one}")) for one in visits]
            return {one: seen for one, body in told for seen in (_readable([body]) if body else [None])}
        found: dict[str, Booked | None] = dict.fromkeys(visits)
        for first in range(0, len(visits), _AT_ONCE):
            some = visits[first : first + _AT_ONCE]
            body = await self.ask.read("Appointment", [("_id", ",".join(some)), ("_count", str(2 * _AT_ONCE))])
            there = resources(body, "Appointment")
            for one in there:
                found.pop(str(one.get("id")), None)  # there, though perhaps not to be read
            found |= {one.id: one for one in _readable(there)}
        return found

    async def changed(self, since: datetime) -> Changes | None:
        if "_lastUpdated" not in self.searches:
            return None
        params: Pairs = [("_lastUpdated", f"ge{written(since)}"), ("_sort", "_lastUpdated"), ("_count", "100")]
        found: list[dict[str, Any]] = []
        path, whole = "Appointment", False
        for _ in range(_PAGES):
            body = await self.ask.read(path, params)
            if body is None:
                return None
            found += resources(body, "Appointment")
            if whole := not (path := _next(body, "Appointment")):
                break
            params = []
        at = [updated(one) for one in found]
        known = [one for one in at if one]
        ordered = len(known) == len(at) and known == sorted(known)
        until = max(known, default=since) if known and (whole or ordered) else None
        return Changes(_readable(found), until)


def _readable(found: Iterable[dict[str, Any]]) -> list[Booked]:
    """What cannot be read is passed over: nothing is concluded from it."""
    told = []
    for one in found:
        try:
            told.append(booked(one))
        except NotReached:
            log.warning("an appointment of the other system cannot be read", id=str(one.get("id"))[:64])
    return told


class SlotsOnly(Looking):
    """A server of slots without operations: they are searched, and nothing is held, for nobody would give it back."""

    async def find(self, sought: Sought) -> list[Offer]:
        return await free_slots(self.ask, sought)

    async def hold(self, offer: Offer, order: Ordered) -> Kept | None:
        return None

    async def renew(self, kept: Kept, order: Ordered) -> Kept | None:
        return None

    async def release(self, kept: Kept) -> None:
        return None


async def free_slots(ask: Asking, sought: Sought) -> list[Offer]:
    """By the parameters that all servers know; what a server passed over is sifted here."""
    params = [
        ("status", "free"), ("start", f"ge{written(sought.since)}"), ("start", f"lt{written(sought.until)}"),
        ("service-type", sought.service), ("_include", "Slot:schedule"), ("_count", str(sought.limit)),
    ]  # fmt: skip
    actor = f"Practitioner/{sought.practitioner}" if sought.practitioner else ""
    actor = actor or (f"Location/{sought.location}" if sought.location else "")
    if actor:
        params.append(("schedule.actor", actor))
    found: list[Offer] = []
    path = "Slot"
    for _ in range(_PAGES):
        body = await ask.read(path, params)
        schedules = resources(body, "Schedule")
        free = [one for one in resources(body, "Slot") if one.get("status") == "free"]
        found += [offer_of_slot(one, sought.service, schedules) for one in free]
        if len(found) >= sought.limit or not (path := _next(body)):
            break
        params = []
    fits = [
        one
        for one in found
        if sought.since <= one.starts < sought.until
        and sought.practitioner in ("", one.practitioner)
        and sought.location in ("", one.location)
    ]
    return sorted(fits, key=lambda one: one.starts)[: sought.limit]


def _next(body: Any, kind: str = "Slot") -> str:
    """Where the next page is, below the server's own address."""
    links = body.get("link", []) if isinstance(body, dict) else []
    url = next(
        (str(one.get("url", "")) for one in links if isinstance(one, dict) and one.get("relation") == "next"), ""
    )
    return f"{kind}?" + url.partition("?")[2] if "?" in url else ""


async def looked_for(ask: Asking, offer: Offer, order: Ordered, but: str = "") -> Booked | None:
    """The visit that an answer which was lost may have told of."""
    day = written(offer.starts)[:10]
    body = await ask.read("Appointment", [("patient", order.patient), ("date", f"ge{day}"), ("_count", "50")])
    for one in resources(body, "Appointment"):
        if one.get("status") not in STANDING or one.get("id") == but:
            continue
        told = booked(one)
        if told.starts == offer.starts and told.slot in ("", offer.id):
            return told
    return None


async def appointment_of(ask: Asking, visit: str) -> dict[str, Any]:
    """The visit as it stands there; NotReached when it does not."""
    body = await ask.read(f"Appointment/{visit}")
    if body is None:
        raise NotReached(f"Appointment/{visit} is not there")
    return dict(body)


async def is_free(ask: Asking, slot: str) -> bool | None:
    """Whether a slot was given back; None when the system has no such slot to show."""
    body = await ask.read(f"Slot/{slot}") if slot else None
    return body.get("status") == "free" if body else None
