"""The other system's calendars in this house's own ids: one link, its pace, its token, what the server can do."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace

from sportello.adapters.remote_booking.choosing import booking_of, statement_of
from sportello.adapters.remote_booking.patients import Patients
from sportello.adapters.remote_booking.terms import Terms, codes_of, server_of, terms_of
from sportello.adapters.remote_booking.wire import Asking
from sportello.adapters.remote_fhir import terms as fhir
from sportello.adapters.remote_fhir.link import Link
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.scheduling.booking_port import Booked, Booking, Changes, Kept, NotReached, Offer, Ordered, Sought
from sportello.scheduling.codes import CancelReason

_AGAIN = timedelta(minutes=10)


class OtherCalendars:
    """Scheduling's port; made anew when the terms change."""

    def __init__(self) -> None:
        self._link: Link | None = None
        self._statement: Any = None
        self._until: datetime | None = None

    async def wired(self, house: House, tx: Transaction) -> bool:
        known = await terms_of(house, tx)
        return bool((await server_of(house, known, tx)).address)

    async def writes(self, house: House, tx: Transaction) -> bool:
        return (await terms_of(house, tx)).writes

    async def looked_every(self, house: House, tx: Transaction) -> timedelta:
        return timedelta(minutes=(await terms_of(house, tx)).minutes)

    @asynccontextmanager
    async def asking(self, house: House) -> AsyncIterator[Booking]:
        known = await terms_of(house, house.db)
        server = await server_of(house, known)
        if not server.address:
            raise NotReached("no address")
        link, now = self._to(house, server), house.clock.now()
        async with link.wire() as wire:
            if self._statement is None or self._until is None or now >= self._until:
                self._statement, self._until = await statement_of(wire), now + _AGAIN
            booking = await booking_of(wire, known.strategy, self._statement)
            yield InOurIds(booking, known, Patients(house, known.patients, Asking(wire)))

    def _to(self, house: House, server: fhir.Terms) -> Link:
        if self._link is None or self._link.terms != server:
            self._link, self._statement = Link(house, server), None
        return self._link


class InOurIds:
    """A strategy, spoken to in our ids; those that no line of the settings names are the same there."""

    def __init__(self, there: Booking, terms: Terms, patients: Patients | None = None) -> None:
        self._there = there
        self._patients = patients
        self._theirs = codes_of(terms)
        self._ours = {(name.partition("/")[0], code): name.partition("/")[2] for name, code in self._theirs.items()}

    async def find(self, sought: Sought) -> list[Offer]:
        found = await self._there.find(
            replace(
                sought, service=self._out("HealthcareService", sought.service),
                practitioner=self._out("Practitioner", sought.practitioner),
                location=self._out("Location", sought.location),
            )
        )  # fmt: skip
        return [
            replace(
                one, service=sought.service, practitioner=self._in("Practitioner", one.practitioner),
                location=self._in("Location", one.location),
            )
            for one in found
        ]  # fmt: skip

    async def hold(self, offer: Offer, order: Ordered) -> Kept | None:
        return await self._there.hold(self._offer(offer), await self._for(order))

    async def renew(self, kept: Kept, order: Ordered) -> Kept | None:
        return await self._there.renew(replace(kept, offer=self._offer(kept.offer)), await self._for(order))

    async def release(self, kept: Kept) -> None:
        await self._there.release(kept)

    async def confirm(self, offer: Offer, order: Ordered, kept: Kept | None = None) -> Booked:
        return self._told(await self._there.confirm(self._offer(offer), await self._for(order), kept))

    async def standing(self, offer: Offer, order: Ordered) -> Booked | None:
        found = await self._there.standing(self._offer(offer), await self._for(order))
        return self._told(found) if found else None

    async def read(self, visit: str) -> Booked:
        return self._told(await self._there.read(visit))

    async def those(self, visits: Sequence[str]) -> dict[str, Booked | None]:
        found = await self._there.those(visits)
        return {name: self._told(one) if one else None for name, one in found.items()}

    async def changed(self, since: datetime) -> Changes | None:
        found = await self._there.changed(since)
        return Changes([self._told(one) for one in found.visits], found.until) if found else None

    async def move(self, visit: str, offer: Offer, order: Ordered) -> Booked:
        return self._told(await self._there.move(visit, self._offer(offer), await self._for(order)))

    async def moved(self, visit: str, offer: Offer, order: Ordered) -> Booked | None:
        found = await self._there.moved(visit, self._offer(offer), await self._for(order))
        return self._told(found) if found else None

    async def cancel(self, visit: str, reason: CancelReason, note: str = "") -> Booked:
        return self._told(await self._there.cancel(visit, reason, note))

    async def _for(self, order: Ordered) -> Ordered:
        return replace(order, patient=await self._patients.theirs(order.patient)) if self._patients else order

    def _told(self, one: Booked) -> Booked:
        who, where = self._in("Practitioner", one.practitioner), self._in("Location", one.location)
        return replace(one, practitioner=who, location=where)

    def _offer(self, offer: Offer) -> Offer:
        return replace(
            offer, service=self._out("HealthcareService", offer.service),
            practitioner=self._out("Practitioner", offer.practitioner), location=self._out("Location", offer.location),
        )  # fmt: skip

    def _out(self, kind: str, ours: str) -> str:
        return self._theirs.get(f"{kind}/{ours}", ours)

    def _in(self, kind: str, theirs: str) -> str:
        return self._ours.get((kind, theirs), theirs)
