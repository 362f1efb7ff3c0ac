"""Changes written through: collected within the transaction, sent between it and its second beginning, so that what the
audit trail says of them is kept only when the server took them.
"""

import hashlib
from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from sportello.adapters.remote_fhir import server, store
from sportello.adapters.remote_fhir.hearing import Heard, Trouble
from sportello.adapters.remote_fhir.link import Link
from sportello.adapters.remote_fhir.wire import Wire
from sportello.kit.database import Errand, Transaction
from sportello.kit.house import House
from sportello.kit.ids import uuid7
from sportello.record.ports import NotWritten, Resource, Stale

_KEY = "changes at the hospital's server"
_STALE, _CLOSED = frozenset({409, 412}), frozenset({401, 403, 404, 405, 501})
_REPLY = {"prefer": "return=representation"}
_UNSURE = frozenset({"away", "slow", "garbled", "huge"})


class Change(Struct, frozen=True):
    """What is to be written, and over which version as the server writes it; None for what is new."""

    resource: Resource
    version: str | None

    @property
    def path(self) -> str:
        return f"{self.resource['resourceType']}/{self.resource['id']}"


class _Changes:
    """Those of one transaction, in their order; given up when the work was refused halfway."""

    def __init__(self, house: House, link: Link) -> None:
        self._house = house
        self._link = link
        self.listed: list[Change] = []
        self.given_up = False

    async def __call__(self, tx: Transaction) -> None:
        assert tx.brought is not None
        if self.listed and not self.given_up and _KEY not in tx.brought:
            raise Errand(_KEY, lambda: send(self._house, self._link, self.listed))


async def keep(house: House, link: Link, tx: Transaction, resource: Resource, expected: int) -> None:
    """A change of this transaction. The second time through the work it has been sent: its outcome is raised or kept.

    The work may make its new ids anew, so changes are known by their order; what was sent says which ids hold.
    """
    kind = resource["resourceType"]
    if tx.brought is None or not link.terms.writes or not link.last_known.may_write(kind):
        raise NotWritten("read-only")
    changes = tx.before_commit(_KEY, _Changes(house, link))
    assert isinstance(changes, _Changes)
    if _KEY in tx.brought:
        outcome = tx.brought[_KEY]
        if isinstance(outcome, Exception):
            raise outcome
        sent = outcome[len(changes.listed)]
        changes.listed.append(Change(resource, None))
        resource["id"] = sent["id"]
        await store.keep(tx, [sent], house.clock.now())
        return
    version = await store.version(tx, kind, resource["id"])
    if number(version) != expected:
        changes.given_up = True
        raise Stale(number(version))
    if version == "":  # without versions nobody could tell that somebody else was quicker
        changes.given_up = True
        raise NotWritten("read-only")
    changes.listed.append(Change(dict(resource), version))


def number(version: str | None) -> int:
    """A server's version as a number: 0 for none, its own where it is one, else one that stands for it."""
    if version is None:
        return 0
    if version.isdecimal() and version.isascii() and 0 < int(version) < 10**12:
        return int(version)
    return int.from_bytes(hashlib.sha256(version.encode()).digest()[:6], "big") + 10**12


async def send(house: House, link: Link, changes: Sequence[Change]) -> list[Resource] | Exception:
    """What the server made of the changes, or why it took none; never raises, so that the work decides what follows."""
    one, now = uuid7(), house.clock.now()
    await house.db.run(lambda tx: store.begin_change(tx, one, [change.path for change in changes], now))
    outcome: list[Resource] | Exception
    try:
        async with link.wire() as wire:
            known = await link.known(wire)
            together = len(changes) > 1 and "transaction" in known.system
            try:
                outcome = await (_together(wire, changes) if together else _one_by_one(wire, changes))
                told = "kept"
            except (Stale, NotWritten) as error:
                outcome, told = error, error.why if isinstance(error, NotWritten) else "stale"
                if isinstance(error, Stale):
                    await _look_again(house, wire, changes)
    except Trouble:
        outcome, told = NotWritten("away"), "away"
    await house.db.run(lambda tx: store.end_change(tx, one, told))
    return outcome


async def _one_by_one(wire: Wire, changes: Sequence[Change]) -> list[Resource]:
    return [await _put(wire, change) for change in changes]


async def _put(wire: Wire, change: Change) -> Resource:
    headers = _REPLY | ({"if-match": f'W/"{change.version}"'} if change.version else {})
    try:
        heard = await wire.send("PUT", change.path, change.resource, headers)
    except Trouble as error:
        if error.code not in _UNSURE:
            raise NotWritten("away") from error
        return await _found_out(wire, change)
    _taken(heard)
    return await _as_it_is(wire, change, heard.body)


async def _together(wire: Wire, changes: Sequence[Change]) -> list[Resource]:
    """All or none, where the server can do that."""
    entries = []
    for change in changes:
        request = {"method": "PUT", "url": change.path}
        request |= {"ifMatch": f'W/"{change.version}"'} if change.version else {}
        entries.append({"fullUrl": f"{wire.base}/{change.path}", "resource": change.resource, "request": request})
    try:
        heard = await wire.send("POST", "", {"resourceType": "Bundle", "type": "transaction", "entry": entries}, _REPLY)
    except Trouble as error:
        if error.code not in _UNSURE:
            raise NotWritten("away") from error
        return [await _found_out(wire, change) for change in changes]
    _taken(heard)
    listed = heard.body.get("entry") if isinstance(heard.body, dict) else None
    bodies = [one.get("resource") if isinstance(one, dict) else None for one in listed or ()]
    bodies += [None] * (len(changes) - len(bodies))
    return [await _as_it_is(wire, change, body) for change, body in zip(changes, bodies, strict=False)]


def _taken(heard: Heard) -> None:
    """That the server took it; raises Stale or NotWritten."""
    if heard.status in (200, 201):
        return
    if heard.status in _STALE:
        raise Stale(0)
    raise NotWritten("read-only" if heard.status in _CLOSED else "refused")


async def _as_it_is(wire: Wire, change: Change, body: Any) -> Resource:
    """The resource as the server keeps it, its new version with it."""
    kind, name = change.resource["resourceType"], change.resource["id"]
    given = server.cleaned(body, kind, wire.base)
    if given and given["id"] == name and (given.get("meta") or {}).get("versionId"):
        return given
    try:
        read = await server.read(wire, kind, name)
    except Trouble:
        read = None
    return read or change.resource  # it was taken; without a version it is read again before it is changed again


async def _found_out(wire: Wire, change: Change) -> Resource:
    """Whether a change whose answer was lost was taken: the server is looked at instead of guessing."""
    try:
        there = await server.read(wire, change.resource["resourceType"], change.resource["id"])
    except Trouble as error:
        raise NotWritten("unknown") from error
    if there is not None and _bare(there) == _bare(change.resource):
        return there
    version = str((there.get("meta") or {}).get("versionId") or "") if there else None
    if version == change.version:
        raise NotWritten("away")
    raise Stale(number(version))


def _bare(resource: Resource) -> Resource:
    """What somebody wrote, without what the server says of it; labels are written: they alone obscure an item."""
    meta = resource.get("meta")
    labels = meta.get("security") if isinstance(meta, dict) else None
    return {name: value for name, value in resource.items() if name not in ("meta", "text")} | {"meta": labels or []}


async def _look_again(house: House, wire: Wire, changes: Sequence[Change]) -> None:
    """What others wrote meanwhile, so that the slower one sees it."""
    found: list[Resource] = []
    for change in changes:
        try:
            there = await server.read(wire, change.resource["resourceType"], change.resource["id"])
        except Trouble:
            continue
        found += [there] if there else []
    await house.db.run(lambda tx: store.keep(tx, found, house.clock.now()))
