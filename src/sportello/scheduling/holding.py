"""Keeps a time for whoever is about to book it: minutes long, renewed while they are there, gone by itself."""

from datetime import datetime
from typing import Any

import msgspec

from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.jobs import job
from sportello.scheduling import elsewhere_orders
from sportello.scheduling.gate import hint
from sportello.scheduling.rules import LONGEST_HOLD, hold_until
from sportello.scheduling.seats import SlotTaken, seat, settle
from sportello.scheduling.store import claims, slots
from sportello.scheduling.store.claims import Hold
from sportello.scheduling.store.slots import Slot, Wanted


class HoldEnded(Exception):
    """There is no hold to renew any more."""


async def hold(
    house: House,
    tx: Transaction,
    owner: str,
    slot_id: int,
    wanted: Wanted,
    taken_by: str,
    *,
    until: datetime | None = None,
    patient: str = "",
) -> Hold:
    """Keeps a slot for `owner` instead of the one they held; raises SlotTaken, and then the old hold stands.

    `owner` names what the hold is for, such as `wizard:<uuid>`: it has at most one. `until` is for times that are
    offered to somebody: kept longer than a wizard may, and not renewed. `patient` is for whom: another system that
    keeps the calendars holds it too, if it can; NotReached when it cannot be asked.
    """
    now = house.clock.now()
    slot = await slots.offered(tx, slot_id, wanted)
    if slot is None or slot.starts <= now:
        raise SlotTaken(slot)
    async with tx.connection.transaction():  # a savepoint: a lost race gives the old hold back
        await claims.lock_owner(tx, owner)
        old = await lock(tx, owner, slot)
        if old and old.slot == slot.id and old.expires_at > now:
            return await _renewed(house, tx, old, now, slot, wanted.service)
        if old:
            await _dropped(house, tx, old)
        await clear(tx, slot, now)
        kept = Hold(
            owner, slot.id, slot.practitioner, slot.starts, slot.ends, now,
            until or hold_until(now, now + LONGEST_HOLD), until or now + LONGEST_HOLD,
        )  # fmt: skip
        await claims.add_hold(tx, kept, taken_by)
        await seat(tx, slot, hold=kept.owner)
        await settle(tx, slot)
        if slot.remote:
            ends = await elsewhere_orders.keep(house, tx, kept, slot, wanted.service, patient)
            await claims.renew_hold(tx, owner, ends)
            kept = msgspec.structs.replace(kept, expires_at=ends)
        await _promise_end(house, tx, kept)
    hint(house, tx)
    return kept


async def renew(house: House, tx: Transaction, owner: str) -> Hold:
    """Another five minutes, up to the longest; raises HoldEnded when it is too late."""
    now = house.clock.now()
    kept = await claims.hold_of(tx, owner)
    if kept is None or kept.expires_at <= now:
        raise HoldEnded
    try:
        return await _renewed(house, tx, kept, now)
    except SlotTaken as refusal:
        raise HoldEnded from refusal


async def held(house: House, tx: Transaction, owner: str) -> Hold | None:
    """What the owner holds and has not let expire."""
    kept = await claims.hold_of(tx, owner)
    return kept if kept and kept.expires_at > house.clock.now() else None


async def release(house: House, tx: Transaction, owner: str, *, used: bool = False) -> None:
    """Gives the time back; nothing happens when nothing is held. `used`: the booking uses it up, elsewhere too."""
    if await lock(tx, owner) and (kept := await claims.hold_of(tx, owner)):
        await _dropped(house, tx, kept, ended=used)
        await house.jobs.cancel(tx, _key(owner))
        hint(house, tx)


async def lock(tx: Transaction, owner: str | None, *touched: Slot) -> Hold | None:
    """Locks whom these slots and the owner's hold concern, all at once and in order; the hold, if there is one."""
    kept = await claims.hold_of(tx, owner) if owner else None
    held = await slots.whole(tx, [kept.slot]) if kept else []
    await claims.lock_for(tx, [*touched, *held])
    return kept


async def clear(tx: Transaction, slot: Slot, now: datetime) -> None:
    """Takes expired holds out of the way of a slot; the caller has the lock and settles afterwards."""
    if freed := await claims.drop_expired(tx, slot, now):
        await settle(tx, *await slots.whole(tx, freed))


async def sweep(house: House) -> None:
    """Frees what expired while no server was running."""

    async def work(tx: Transaction) -> None:
        for kept in await claims.expired_holds(tx, house.clock.now()):
            await _ended(house, tx, kept.owner, house.clock.now())

    await house.db.run(work)


async def _renewed(
    house: House, tx: Transaction, kept: Hold, now: datetime, slot: Slot | None = None, service: str = ""
) -> Hold:
    until = hold_until(now, kept.last_at)
    if kept.remote:
        slot = slot or next(iter(await slots.whole(tx, [kept.slot])), None)
        if slot:
            until = await elsewhere_orders.renew(house, tx, kept, slot, service, until)
    await claims.renew_hold(tx, kept.owner, until)
    renewed = msgspec.structs.replace(kept, expires_at=until)
    await _promise_end(house, tx, renewed)
    return renewed


async def _dropped(house: House, tx: Transaction, kept: Hold, *, ended: bool = False) -> None:
    await claims.drop_hold(tx, kept.owner)
    if kept.remote and not ended:
        await house.jobs.enqueue(tx, "scheduling.release_elsewhere", {"hold": kept.remote})
    await settle(tx, *await slots.whole(tx, [kept.slot]))


async def _promise_end(house: House, tx: Transaction, kept: Hold) -> None:
    await house.jobs.enqueue(
        tx, "scheduling.end_hold", {"owner": kept.owner}, run_at=kept.expires_at, dedupe_key=_key(kept.owner)
    )


def _key(owner: str) -> str:
    return f"hold:{owner}"


@job("scheduling.end_hold")
async def end_hold(house: House, tx: Transaction, payload: dict[str, Any]) -> None:
    """An expired hold's time is free again; one that was renewed meanwhile stays."""
    await _ended(house, tx, payload["owner"], house.clock.now())
    hint(house, tx)


async def _ended(house: House, tx: Transaction, owner: str, now: datetime) -> None:
    if await lock(tx, owner) is None:
        return
    kept = await claims.hold_of(tx, owner)
    if kept and kept.expires_at <= now:
        await _dropped(house, tx, kept, ended=True)
