"""The door itself: HTTP in, FHIR out; whatever goes wrong is told by an OperationOutcome."""

from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qsl, unquote

import msgspec
from litestar import HttpMethod, Request, Response, get, route
from litestar.exceptions import HTTPException

from sportello.administration.machines import Machine, machine_door
from sportello.fhir.door import batches
from sportello.fhir.door.answering import answer, operations_of, way
from sportello.fhir.door.capability import statement
from sportello.fhir.door.outcomes import Issue, Refusal, outcome
from sportello.fhir.door.questions import JSON_PATCH, Answer, Question, tag
from sportello.fhir.door.scopes import SENSITIVE, Rights, rights, within
from sportello.fhir.door.visiting import Visit
from sportello.fhir.door.writing import MERGE_PATCH
from sportello.fhir.extraction import type_token
from sportello.fhir.labels import sensitive_tokens
from sportello.fhir.ports import PersonsReach
from sportello.fhir.store import links
from sportello.fhir.store.finding import decoded
from sportello.fhir.store.resources import Erased
from sportello.kit.errors import SENTENCES, failure_of
from sportello.kit.house import House

DOOR = "/fhir/R4"
FHIR_JSON = "application/fhir+json"
LARGEST = 50_000_000  # bytes of a request
_TYPES = frozenset({FHIR_JSON, "application/json", "application/json+fhir", "text/json"})
_PATCHES = {JSON_PATCH: JSON_PATCH, MERGE_PATCH: MERGE_PATCH, "application/json": MERGE_PATCH, FHIR_JSON: MERGE_PATCH}
_FORM = "application/x-www-form-urlencoded"
_CODES = {401: "login", 403: "forbidden", 404: "not-found", 405: "not-supported", 413: "too-long", 429: "throttled"}
_encode = msgspec.json.Encoder(decimal_format="number").encode
Asking = Request[Any, Any, Any]
Told = Response[bytes]


def base_of(request: Asking, house: House) -> str:
    """The door's address as others reach it: as the settings say, else as this one came."""
    return (house.settings.server.public_url or str(request.base_url)).rstrip("/") + DOOR


def _said(status: int, body: dict[str, Any] | None, headers: dict[str, str] | None = None) -> Told:
    told = {"cache-control": "no-store", **(headers or {})}
    return Response(
        b"" if body is None else _encode(body),
        status_code=status,
        media_type=f"{FHIR_JSON}; charset=utf-8",
        headers=told,
    )


def refused(_request: Asking, refusal: Refusal) -> Told:
    """A refusal of the door's own."""
    return _said(refusal.status, outcome(refusal.issues))


def erased(_request: Asking, error: Erased) -> Told:
    """Somebody brings back what was erased on request."""
    return _said(410, outcome([Issue("deleted", f"{error} was erased and does not come back")]))


def failed(_request: Asking, error: HTTPException) -> Told:
    """A refusal by what stands before the door: no token, too much at once."""
    code = _CODES.get(error.status_code, "processing")
    return _said(error.status_code, outcome([Issue(code, str(error.detail))]), dict(error.headers or {}))


def broken(request: Asking, error: Exception) -> Told:
    """What nobody expected; the reference leads to the log."""
    status, reference, headers = failure_of(request, error)
    code = {400: "invalid", 409: "conflict", 503: "throttled"}.get(status, "exception")
    return _said(status, outcome([Issue(code, f"{SENTENCES[status]} {reference}".strip())]), headers)


@get(f"{DOOR}/metadata", opt={"open_door": "tells what the door can do, nothing of anybody"})
async def metadata(request: Asking, house: House) -> Told:
    """What the door can do."""
    enforced = await links.link_check(house.db) == "exists"
    return _said(200, statement(house, base_of(request, house), operations_of(house), enforced=enforced))


@route(
    [DOOR, f"{DOOR}/{{rest:path}}"],
    http_method=[HttpMethod.GET, HttpMethod.POST, HttpMethod.PUT, HttpMethod.PATCH, HttpMethod.DELETE],
    guards=[machine_door("fhir")],
    opt={"bearer": True},
    request_max_body_size=LARGEST,
    exception_handlers={Refusal: refused, Erased: erased, HTTPException: failed, Exception: broken},
)
async def door(request: Asking, house: House) -> Told:
    """Everything else that is asked."""
    visit = await visiting(request, house)
    asks = await _question(
        request, house, _preferred(request.headers.get("prefer", "")).get("return", "representation")
    )
    if not asks.steps:
        if asks.method != "POST":
            raise Refusal(405, Issue("not-supported", "a bundle is posted here; search by type"))
        found = await batches.take(visit, asks.body)
    else:
        found = await house.db.run(lambda tx: answer(visit, tx, asks))
    return _answered(found, asks)


async def visiting(request: Asking, house: House) -> Visit:
    """Who came, with what rights, by which address."""
    strict = _preferred(request.headers.get("prefer", "")).get("handling") == "strict"
    may = await _rights(house, request.state.machine)
    hidden = () if may.sensitive else await sensitive_tokens(house, house.db)
    hidden = [*hidden, *(type_token(kind) for kind in sorted(may.withheld))]
    return Visit(house, request.scope["state"]["actor"], may, base_of(request, house), strict, hidden)


async def _rights(house: House, machine: Machine) -> Rights:
    """A system's as far as its scopes; a person's token as far as their role, as it is at this moment, lets them."""
    if (person := machine.person) is None:
        return rights(machine.scopes)
    reaches: PersonsReach | None = house.ports.get(PersonsReach)
    reach = await house.db.run(lambda tx: reaches.reach(tx, person)) if reaches else {}
    return within(rights(machine.scopes, "user"), reach, sensitive=person.may(SENSITIVE))


async def _question(request: Asking, house: House, prefer: str) -> Question:
    path = request.scope["path"].removeprefix(DOOR)
    steps = tuple(unquote(step) for step in path.split("/") if step)
    try:
        pairs = parse_qsl(
            request.scope["query_string"].decode(), keep_blank_values=True, max_num_fields=200, errors="strict"
        )
    except (ValueError, UnicodeDecodeError) as error:
        raise Refusal(400, Issue("invalid", "the query cannot be read")) from error
    if (wanted := dict(pairs).get("_format", "")) and "json" not in wanted:
        raise Refusal(406, Issue("not-supported", "only JSON is spoken here", "http._format"))
    if steps:
        way(house, str(request.method), steps)
    method, content = str(request.method), request.headers.get("content-type", "").partition(";")[0].strip().lower()
    body: Any = None
    if method in ("POST", "PUT", "PATCH"):
        raw = await request.body()
        if steps[-1:] == ("_search",):
            pairs += _form(content, raw)
        elif raw or steps[-1:] not in (("$everything",), ("$export",), ("$status",)):
            body = _decoded(method, content, raw)
    return Question(
        method, steps, tuple(pairs), body, _PATCHES.get(content, JSON_PATCH), request.headers.get("if-match", ""),
        request.headers.get("if-none-match", ""), request.headers.get("if-none-exist", ""), prefer,
    )  # fmt: skip


def _form(content: str, raw: bytes) -> list[tuple[str, str]]:
    if raw and content != _FORM:
        raise Refusal(415, Issue("not-supported", f"a search is posted as {_FORM}"))
    try:
        return parse_qsl(raw.decode(), keep_blank_values=True, max_num_fields=200, errors="strict")
    except (ValueError, UnicodeDecodeError) as error:
        raise Refusal(400, Issue("invalid", "the form cannot be read")) from error


def _decoded(method: str, content: str, raw: bytes) -> Any:
    if content not in (_PATCHES if method == "PATCH" else _TYPES):
        raise Refusal(
            415, Issue("not-supported", f"{content[:60] or 'no content type'} is not spoken here; {FHIR_JSON} is")
        )
    try:
        body = decoded(raw)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise Refusal(400, Issue("structure", f"this is not JSON: {str(error)[:200]}")) from error
    if b"\\u0000" in raw and _has_nul(body):
        raise Refusal(400, Issue("value", "a text with a NUL character"))
    return body


def _has_nul(value: Any) -> bool:
    if isinstance(value, str):
        return "\x00" in value
    if isinstance(value, dict):
        return any(_has_nul(each) for pair in value.items() for each in pair)
    return any(map(_has_nul, value)) if isinstance(value, list) else False


def _preferred(header: str) -> dict[str, str]:
    parts = (part.strip().partition("=") for part in header.replace(";", ",").split(","))
    return {name.strip(): value.strip().strip('"') for name, _, value in parts}


def _answered(found: Answer, asks: Question) -> Told:
    headers = dict(found.headers)
    if found.version is not None:
        headers["etag"] = tag(found.version)
    if found.updated is not None:
        headers["last-modified"] = format_datetime(found.updated.replace(microsecond=0), usegmt=True)
    if found.location:
        headers["location"] = found.location
    body = found.body
    if asks.prefer == "OperationOutcome" and found.version is not None and asks.method != "GET":
        body = outcome([Issue("informational", "done", severity="information")])
    return _said(found.status, body, headers)
