"""Where a system that asked for an export learns how far it is, fetches its files, and takes it back."""

from collections.abc import AsyncIterator
from email.utils import format_datetime
from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, Response, delete, get
from litestar.exceptions import HTTPException
from litestar.response import Stream

from sportello.administration import audit
from sportello.administration.machines import machine_door
from sportello.fhir.door.doors import DOOR, FHIR_JSON, failed, refused, visiting
from sportello.fhir.door.outcomes import Refusal, not_found
from sportello.fhir.door.rendering import stamp, whole
from sportello.fhir.door.visiting import Visit
from sportello.fhir.plugging import plugs_of
from sportello.fhir.store import exports
from sportello.fhir.store.exports import Export
from sportello.kit.house import House

NDJSON = "application/fhir+ndjson"
_AT = f"{DOOR}/_export/{{export:str}}"
_encode = msgspec.json.Encoder(decimal_format="number").encode
Asking = Request[Any, Any, Any]
_DOOR: dict[str, Any] = {
    "guards": [machine_door("fhir")],
    "opt": {"bearer": True},
    "exception_handlers": {Refusal: refused, HTTPException: failed},
}


@get(_AT, **_DOOR)
async def status(request: Asking, house: House, export: str) -> Response[bytes]:
    """202 while it is counted, then the list of its files."""
    visit, one = await _known(request, house, export)
    if one.counts is None:
        told = {"x-progress": "counting", "retry-after": "1", "cache-control": "no-store"}
        return Response(b"", status_code=202, media_type=FHIR_JSON, headers=told)
    manifest = {
        "transactionTime": stamp(one.at),
        "request": one.request,
        "requiresAccessToken": True,
        "output": [
            {"type": kind, "url": f"{visit.base}/_export/{one.id}/{kind}.ndjson", "count": number}
            for kind, number in sorted(one.counts.items())
        ],
        "error": [],
    }
    expires = format_datetime(one.expires_at.replace(microsecond=0), usegmt=True)
    headers = {"expires": expires, "cache-control": "no-store"}
    return Response(_encode(manifest), media_type="application/json", headers=headers)


@get(f"{_AT}/{{file:str}}", **_DOOR)
async def file(request: Asking, house: House, export: str, file: str) -> Stream:
    """One type's resources, a line each, as they stood at the export's instant."""
    visit, one = await _known(request, house, export)
    kind = file.removesuffix(".ndjson")
    if one.counts is None or kind not in one.counts or not file.endswith(".ndjson"):
        raise not_found(f"_export/{export[:60]}/{file[:60]}")
    visit.needs(kind, "r")
    async with house.db.transaction() as tx:
        detail = {"type": kind, "number": one.counts[kind]}
        await audit.record(house, tx, visit.actor, "fhir.exported", entity=str(one.id), detail=detail)
    # What was made sensitive meanwhile is not told either, though it counts.
    one = msgspec.structs.replace(one, hidden=sorted({*one.hidden, *visit.hidden}))
    return Stream(_lines(house, one, kind), media_type=NDJSON, headers={"cache-control": "no-store"})


@delete(_AT, status_code=202, **_DOOR)
async def take_back(request: Asking, house: House, export: str) -> Response[bytes]:
    """Ends an export, or the waiting for it."""
    _, one = await _known(request, house, export)
    async with house.db.transaction() as tx:
        await house.jobs.cancel(tx, f"export:{one.id}")
        await exports.remove(tx, one.id)
    return Response(b"", status_code=202, media_type=FHIR_JSON)


async def _lines(house: House, one: Export, kind: str) -> AsyncIterator[bytes]:
    async for found in exports.every(house.db, one, kind, plugs_of(house)):
        yield b"".join(_encode(whole(each)) + b"\n" for each in found)


async def _known(request: Asking, house: House, export: str) -> tuple[Visit, Export]:
    """An export is known to tokens of whoever asked for it: the same registered system, or the same printed token."""
    visit = await visiting(request, house)
    try:
        one = await exports.read(house.db, UUID(export), house.clock.now())
    except ValueError:
        one = None
    if one is None or one.asked_by != visit.actor.id:
        raise not_found(f"_export/{export[:60]}")
    return visit, one


ROUTES: list[Any] = [status, file, take_back]
