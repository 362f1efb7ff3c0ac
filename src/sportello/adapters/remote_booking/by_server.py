"""Strategy 2, where the server minds the slot: an Appointment is posted with it (as Oracle, Canvas, athena have it)."""

from typing import Any

from msgspec.structs import replace

from sportello.adapters.remote_booking import resources, shared
from sportello.adapters.remote_booking.shared import SlotsOnly
from sportello.scheduling.booking_port import Booked, Kept, NotReached, Offer, Ordered, TimeTaken
from sportello.scheduling.codes import CancelReason

JSON_PATCH = "application/json-patch+json"


class ByServer(SlotsOnly):
    """A move makes the new visit first, so that the old one stands until then."""

    async def confirm(self, offer: Offer, order: Ordered, kept: Kept | None = None) -> Booked:
        return await self._made(offer, order, but="")

    async def _made(self, offer: Offer, order: Ordered, but: str) -> Booked:
        try:
            heard = await self.ask.change("POST", "Appointment", resources.appointment(offer, order, "booked"))
        except NotReached:
            if made := await shared.looked_for(self.ask, offer, order, but):
                return made
            raise
        if told := resources.resources(heard.body, "Appointment"):
            return resources.booked(told[0])
        # Oracle answers with the address alone.
        name = heard.headers.get("location", "").partition("/_history")[0].rpartition("/")[2]
        return resources.booked(await shared.appointment_of(self.ask, name))

    async def move(self, visit: str, offer: Offer, order: Ordered) -> Booked:
        made = await self._made(offer, order, but=visit)
        try:
            await self.cancel(visit, CancelReason.OTHER)
        except NotReached:
            await self.cancel(made.id, CancelReason.OTHER)  # better the old one alone than two
            raise
        return made

    async def moved(self, visit: str, offer: Offer, order: Ordered) -> Booked | None:
        made = await shared.looked_for(self.ask, offer, order, but=visit)
        if made:
            await self.cancel(visit, CancelReason.OTHER)  # of the two halves of a move, one may have been left
        return made

    async def cancel(self, visit: str, reason: CancelReason, note: str = "") -> Booked:
        before: dict[str, Any] = {}
        for last in (False, True):
            before = await shared.appointment_of(self.ask, visit)
            if before.get("status") == "cancelled":
                break
            try:
                await self._ended(before, reason)
                break
            except TimeTaken as refusal:  # another version by now, or being changed: once more
                if last:
                    raise NotReached(str(refusal)) from refusal
        one = resources.booked(await shared.appointment_of(self.ask, visit))
        if one.status != "cancelled":
            raise NotReached(f"Appointment/{visit} still stands")
        slot = resources.booked(before).slot
        return replace(one, slot=slot, slot_free=await shared.is_free(self.ask, slot))

    async def _ended(self, before: dict[str, Any], reason: CancelReason) -> None:
        path, version = f"Appointment/{before['id']}", resources.version_of(before)
        patch = [
            {"op": "replace", "path": "/status", "value": "cancelled"},
            {"op": "add", "path": "/cancelationReason", "value": resources.why(reason)},
        ]
        try:
            await self.ask.change("PATCH", path, patch, version=version, kind=JSON_PATCH)
        except NotReached:  # it does not patch
            await self.ask.change("PUT", path, resources.cancelled(before, reason), version=version)
