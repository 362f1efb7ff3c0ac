"""Booking at a plain store and at a server that minds its slots: one answer for whoever was too late, nothing lost."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from sportello.adapters.remote_booking.by_operation import ByOperation
from sportello.adapters.remote_booking.by_server import ByServer
from sportello.adapters.remote_booking.by_transaction import ByTransaction
from sportello.adapters.remote_booking.choosing import booking_of
from sportello.adapters.remote_booking.tests.conftest import Minding, Store
from sportello.scheduling.booking_port import Booking, NotReached, Offer, Ordered, Sought, TimeTaken
from sportello.scheduling.codes import CancelReason

SOUGHT = Sought("ecg", datetime(2026, 11, 24, tzinfo=UTC), datetime(2026, 11, 25, tzinfo=UTC))
GIULIA, MARCO = Ordered("giulia", "Controllo", "Porta gli esami"), Ordered("marco", "Controllo")
SERVERS = pytest.mark.parametrize("kind", [Store, Minding])


async def at(kind: type[Store]) -> tuple[Store, Booking, list[Offer]]:
    server = kind()
    booking = await booking_of(server.wire())
    return server, booking, await booking.find(SOUGHT)


def standing(server: Store) -> list[dict[str, Any]]:
    return [one for one in server.kept.values() if one["resourceType"] == "Appointment" and one["status"] == "booked"]


@SERVERS
async def test_found_booked_moved_cancelled(kind: type[Store]) -> None:
    server, booking, offers = await at(kind)
    assert [(one.id, one.practitioner, one.practitioner_name, one.location) for one in offers] == [
        ("s1", "bianchi", "Dott. Bianchi", "nord"), ("s2", "bianchi", "Dott. Bianchi", "nord"),
    ]  # fmt: skip
    assert await booking.hold(offers[0], GIULIA) is None
    made = await booking.confirm(offers[0], GIULIA)
    assert (made.status, made.slot, made.starts) == ("booked", "s1", datetime(2026, 11, 24, 8, tzinfo=UTC))
    [kept] = standing(server)
    assert (kept["description"], kept["comment"]) == ("Controllo", "Porta gli esami")
    assert server.kept["Slot/s1"]["status"] == "busy"
    moved = await booking.move(made.id, offers[1], GIULIA)
    assert (moved.slot, len(standing(server))) == ("s2", 1)
    assert (server.kept["Slot/s1"]["status"], server.kept["Slot/s2"]["status"]) == ("free", "busy")
    over = await booking.cancel(moved.id, CancelReason.PATIENT)
    assert (over.status, over.slot_free, standing(server)) == ("cancelled", True, [])
    assert (await booking.cancel(moved.id, CancelReason.PATIENT)).status == "cancelled", "asked twice"


@SERVERS
async def test_of_two_one_has_it(kind: type[Store]) -> None:
    server, booking, offers = await at(kind)
    told = await asyncio.gather(
        booking.confirm(offers[0], GIULIA), booking.confirm(offers[0], MARCO), return_exceptions=True
    )
    assert sorted(type(one).__name__ for one in told) == ["Booked", "TimeTaken"]
    assert len(standing(server)) == 1


@SERVERS
@pytest.mark.parametrize("status", [409, 412, 422, 423])
async def test_every_refusal_means_taken(kind: type[Store], status: int) -> None:
    server, booking, offers = await at(kind)
    first = await booking.confirm(offers[0], GIULIA)
    server.fail = lambda method, _path: status if method == "POST" else None
    with pytest.raises(TimeTaken):
        await booking.confirm(offers[1], MARCO)
    with pytest.raises(TimeTaken):
        await booking.move(first.id, offers[1], GIULIA)
    assert [one["id"] for one in standing(server)] == [first.id], "the old one stands"


@SERVERS
async def test_a_lost_answer_is_looked_for(kind: type[Store]) -> None:
    server, booking, offers = await at(kind)
    server.fail = lambda method, _path: "lost after" if method == "POST" else None
    assert (await booking.confirm(offers[0], GIULIA)).slot == "s1"
    server.fail = lambda method, _path: "lost before" if method == "POST" else None
    with pytest.raises(NotReached):
        await booking.confirm(offers[1], MARCO)
    assert len(standing(server)) == 1
    server.fail = lambda method, _path: 503
    with pytest.raises(NotReached):
        await booking.find(SOUGHT)


async def test_the_old_one_stands_when_it_cannot_be_ended() -> None:
    server, booking, offers = await at(Minding)
    first = await booking.confirm(offers[0], GIULIA)
    server.fail = lambda method, path: 500 if method in ("PATCH", "PUT") and path.endswith(first.id) else None
    with pytest.raises(NotReached):
        await booking.move(first.id, offers[1], GIULIA)
    assert [one["id"] for one in standing(server)] == [first.id]
    assert server.kept["Slot/s2"]["status"] == "free"


async def test_a_slot_that_stays_taken_is_told() -> None:
    server, booking, offers = await at(Minding)
    made = await booking.confirm(offers[0], GIULIA)
    server.put(server.kept["Slot/s1"] | {"id": "s9"})
    one = server.kept[f"Appointment/{made.id}"]
    one["slot"] = [{"reference": "Slot/s9"}]
    server.fail = lambda method, _path: server.put(server.kept["Slot/s9"] | {"status": "busy"}) and None
    over = await booking.cancel(made.id, CancelReason.OTHER)
    assert (over.status, over.slot_free) == ("cancelled", False)


async def test_the_way_follows_from_what_the_server_says(monkeypatch: pytest.MonkeyPatch) -> None:
    store, minding = Store(), Minding()
    assert isinstance(await booking_of(store.wire()), ByTransaction)
    assert isinstance(await booking_of(store.wire(), "server"), ByServer)
    assert isinstance(await booking_of(minding.wire()), ByServer)
    monkeypatch.setattr(
        Minding, "capability", {"rest": [{"mode": "server", "operation": [{"name": "appointment-book"}]}]}
    )
    assert isinstance(await booking_of(minding.wire()), ByOperation)
    monkeypatch.setattr(Minding, "capability", {"rest": []})
    with pytest.raises(NotReached):
        await booking_of(minding.wire())
