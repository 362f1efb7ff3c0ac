"""Strategy 1, where the server has operations: `$find`, `$hold`, `$book` (IHE ITI-115 to 117, Argonaut, Sportello)."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from sportello.adapters.remote_booking import resources, shared
from sportello.adapters.remote_booking.resources import instant, written
from sportello.adapters.remote_booking.wire import Asking
from sportello.adapters.remote_fhir.hearing import Heard
from sportello.scheduling.booking_port import Booked, Kept, NotReached, Offer, Ordered, Sought, TimeTaken
from sportello.scheduling.codes import CancelReason

HELD = "urn:sportello:held-until"


class ByOperation(shared.Looking):
    """`operations` are those the server names: it need not hold, move or cancel by operations of their own."""

    def __init__(self, ask: Asking, operations: Collection[str]) -> None:
        super().__init__(ask)
        self.operations = operations

    async def find(self, sought: Sought) -> list[Offer]:
        params = [("visit-type", sought.service), ("start", written(sought.since)), ("end", written(sought.until)),
                  ("_count", str(sought.limit))]  # fmt: skip
        if sought.practitioner:
            params.append(("practitioner", f"Practitioner/{sought.practitioner}"))
        if sought.location:
            params.append(("location-reference", f"Location/{sought.location}"))
        body = await self.ask.read("Appointment/$find", params)
        found = [
            resources.offer_of_proposal(one, sought.service)
            for one in resources.resources(body, "Appointment") if one.get("status") == "proposed"
        ]  # fmt: skip
        return sorted(found, key=lambda one: one.starts)[: sought.limit]

    async def hold(self, offer: Offer, order: Ordered) -> Kept | None:
        if "hold" not in self.operations:
            return None
        return await self._held(offer, {"appt-resource": resources.appointment(offer, order, "proposed")})

    async def renew(self, kept: Kept, order: Ordered) -> Kept | None:
        asked = {"appt-id": kept.id, "appt-resource": resources.appointment(kept.offer, order, "proposed")}
        try:
            return await self._held(kept.offer, asked)
        except TimeTaken:  # it knows no renewing, so the time is in our own way
            await self.release(kept)
            return await self.hold(kept.offer, order)

    async def _held(self, offer: Offer, asked: dict[str, Any]) -> Kept | None:
        heard = await self._do("Appointment/$hold", asked)
        (held,) = resources.resources(heard.body, "Appointment")[:1] or [{}]
        return Kept(str(held["id"]), offer, _until(held)) if held.get("id") else None

    async def release(self, kept: Kept) -> None:
        try:
            await self._do("Appointment/$hold", {"appt-id": kept.id, "slot-status": "free"})
        except (TimeTaken, NotReached):
            return  # it ends by itself

    async def confirm(self, offer: Offer, order: Ordered, kept: Kept | None = None) -> Booked:
        asked: dict[str, Any] = {"appt-resource": resources.appointment(offer, order, "proposed")}
        if kept:
            asked["appt-id"] = kept.id
        try:
            return _booked(await self._do("Appointment/$book", asked))
        except NotReached:
            if made := await shared.looked_for(self.ask, offer, order):
                return made
            raise

    async def move(self, visit: str, offer: Offer, order: Ordered) -> Booked:
        try:
            if "reschedule" in self.operations:
                asked = {"slot": f"Slot/{offer.id}", "reason": order.reason, "anywhere": True}
                return _booked(await self._do(f"Appointment/{visit}/$reschedule", asked))
            # ITI-117: booking an Appointment with its own id modifies it.
            return _booked(
                await self._do(
                    "Appointment/$book",
                    {"appt-resource": resources.appointment(offer, order, "booked") | {"id": visit}},
                )
            )
        except NotReached:
            one = resources.booked(await shared.appointment_of(self.ask, visit))
            if one.starts == offer.starts:
                return one
            raise

    async def cancel(self, visit: str, reason: CancelReason, note: str = "") -> Booked:
        before = await shared.appointment_of(self.ask, visit)
        if before.get("status") != "cancelled":
            if "cancel" in self.operations:
                asked: dict[str, Any] = {"reason": reason.value, **({"comment": note} if note else {})}
                await self._ended(f"Appointment/{visit}/$cancel", asked)
            else:
                await self._ended("Appointment/$book", {"appt-resource": resources.cancelled(before, reason)})
        one = resources.booked(await shared.appointment_of(self.ask, visit))
        if one.status != "cancelled":
            raise NotReached(f"Appointment/{visit} still stands")
        slot = resources.booked(before).slot
        return replace(one, slot=slot, slot_free=await shared.is_free(self.ask, slot))

    async def _ended(self, path: str, asked: dict[str, Any]) -> None:
        try:
            await self._do(path, asked)
        except TimeTaken as refusal:
            raise NotReached(str(refusal)) from refusal

    async def _do(self, path: str, asked: dict[str, Any]) -> Heard:
        body = {"resourceType": "Parameters", "parameter": [_parameter(name, value) for name, value in asked.items()]}
        return await self.ask.change("POST", path, body)


def _parameter(name: str, value: Any) -> dict[str, Any]:
    if isinstance(value, dict):
        return {"name": name, "resource": value}
    return {"name": name, "valueBoolean" if isinstance(value, bool) else "valueString": value}


def _booked(heard: Heard) -> Booked:
    found = resources.resources(heard.body, "Appointment")
    if not found:
        raise NotReached("no Appointment was answered")
    return resources.booked(found[0])


def _until(held: dict[str, Any]) -> datetime | None:
    told = [one.get("valueInstant") for one in held.get("extension", []) if one.get("url") == HELD]
    return instant(str(told[0])) if told else None
