"""Strategy 3, where the server only stores: Slot and Appointment change in one transaction Bundle, and the Slot's
version is the lock (HAPI, Azure, Google). Nothing is held: a time that nobody gives back would be lost.
"""

from typing import Any
from uuid import uuid4

from msgspec.structs import replace

from sportello.adapters.remote_booking import resources, shared
from sportello.adapters.remote_booking.shared import SlotsOnly
from sportello.adapters.remote_fhir.hearing import Heard
from sportello.scheduling.booking_port import Booked, Kept, NotReached, Offer, Ordered, TimeTaken
from sportello.scheduling.codes import CancelReason

Entry = dict[str, Any]


class ByTransaction(SlotsOnly):
    """Whoever's version of the slot is no longer the newest was too late."""

    async def confirm(self, offer: Offer, order: Ordered, kept: Kept | None = None) -> Booked:
        slot = await self._free(offer)
        made = resources.appointment(offer, order, "booked")
        post = {"fullUrl": f"urn:uuid:{uuid4()}", "resource": made, "request": {"method": "POST", "url": "Appointment"}}
        try:
            heard = await self._all([_put(slot | {"status": "busy"}), post])
        except NotReached:
            if told := await shared.looked_for(self.ask, offer, order):
                return told
            raise
        return await self._standing(_named(heard, 1), offer, order)

    async def move(self, visit: str, offer: Offer, order: Ordered) -> Booked:
        before = await shared.appointment_of(self.ask, visit)
        after = before | resources.appointment(offer, order, "booked") | {"id": visit}
        new, old = await self._free(offer), await self._slot_of(before)
        changes = [_put(new | {"status": "busy"}), _put(after)]
        changes += [_put(old | {"status": "free"})] if old and old.get("status") == "busy" else []
        try:
            await self._all(changes)
        except NotReached:
            one = resources.booked(await shared.appointment_of(self.ask, visit))
            if one.starts == offer.starts:
                return one
            raise
        return resources.booked(await shared.appointment_of(self.ask, visit))

    async def cancel(self, visit: str, reason: CancelReason, note: str = "") -> Booked:
        for last in (False, True):
            before = await shared.appointment_of(self.ask, visit)
            if before.get("status") == "cancelled":
                break
            old = await self._slot_of(before)
            changes = [_put(resources.cancelled(before, reason))]
            changes += [_put(old | {"status": "free"})] if old and old.get("status") == "busy" else []
            try:
                await self._all(changes)
                break
            except TimeTaken as refusal:  # changed meanwhile: once more with what stands now
                if last:
                    raise NotReached(str(refusal)) from refusal
        one = resources.booked(await shared.appointment_of(self.ask, visit))
        return replace(one, slot=one.slot, slot_free=await shared.is_free(self.ask, one.slot))

    async def _free(self, offer: Offer) -> dict[str, Any]:
        """The slot as it stands; TimeTaken when it is not free, or another version than was shown."""
        slot = await self.ask.read(f"Slot/{offer.id}")
        if slot is None or slot.get("status") != "free":
            raise TimeTaken(f"Slot/{offer.id} is not free")
        return dict(slot)

    async def _slot_of(self, visit: dict[str, Any]) -> dict[str, Any] | None:
        name = resources.booked(visit).slot
        found = await self.ask.read(f"Slot/{name}") if name else None
        return dict(found) if found else None

    async def _all(self, entries: list[Entry]) -> Heard:
        """All or nothing."""
        heard = await self.ask.change("POST", "", {"resourceType": "Bundle", "type": "transaction", "entry": entries})
        told = heard.body.get("entry", []) if isinstance(heard.body, dict) else []
        if len(told) != len(entries):
            raise NotReached("the answer to the transaction is not whole")
        return heard

    async def _standing(self, name: str, offer: Offer, order: Ordered) -> Booked:
        if name:
            return resources.booked(await shared.appointment_of(self.ask, name))
        if made := await shared.looked_for(self.ask, offer, order):
            return made
        raise NotReached("what was booked cannot be found")


def _put(resource: dict[str, Any]) -> Entry:
    """A change of the version that was read; without a version there would be no lock."""
    version = resources.version_of(resource)
    if not version:
        raise NotReached("the other system gives no versions")
    url = f"{resource['resourceType']}/{resource['id']}"
    return {"fullUrl": url, "resource": resource, "request": {"method": "PUT", "url": url, "ifMatch": f'W/"{version}"'}}


def _named(heard: Heard, place: int) -> str:
    """The id that an entry of the answer tells."""
    told = heard.body["entry"][place]
    known = told.get("resource", {}).get("id")
    location = str(told.get("response", {}).get("location", ""))
    return str(known or location.partition("/_history")[0].rpartition("/")[2])
