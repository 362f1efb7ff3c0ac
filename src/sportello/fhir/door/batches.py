"""Batches, each entry by itself, and transactions, all or nothing (http://hl7.org/fhir/R4/http.html#transaction)."""

from typing import Any
from urllib.parse import parse_qsl, unquote

from msgspec.structs import replace

from sportello.fhir.door.answering import answer
from sportello.fhir.door.outcomes import Issue, Refusal, outcome
from sportello.fhir.door.questions import Answer, Question, tag
from sportello.fhir.door.rendering import bundle, stamp
from sportello.fhir.door.visiting import Visit
from sportello.fhir.door.writing import only
from sportello.fhir.r4 import TYPES
from sportello.fhir.references import conditional, references, rewritten
from sportello.fhir.store import resources
from sportello.kit.database import Transaction
from sportello.kit.ids import uuid7

MOST = 5000  # entries
_ORDER = {"DELETE": 0, "POST": 1, "PUT": 2, "PATCH": 2, "GET": 3}


async def take(visit: Visit, body: Any) -> Answer:
    """The answer to a Bundle posted to the door itself."""
    if (
        not isinstance(body, dict)
        or body.get("resourceType") != "Bundle"
        or body.get("type") not in ("batch", "transaction")
    ):
        raise Refusal(400, Issue("invalid", "expected a Bundle of type batch or transaction", "Bundle.type"))
    listed = body.get("entry", [])
    if not isinstance(listed, list) or len(listed) > MOST:
        raise Refusal(400, Issue("too-long", f"expected a list of at most {MOST} entries", "Bundle.entry"))
    asks = [_asks(place, entry) for place, entry in enumerate(listed)]
    if body["type"] == "batch":
        return Answer(200, bundle("batch-response", [await _alone(visit, one) for one in asks]))
    for one in asks:
        if isinstance(one, Refusal):
            raise one
    questions = [one for one in asks if isinstance(one, Question)]
    answers = await visit.house.db.run(lambda tx: _together(visit, tx, questions, listed))
    return Answer(200, bundle("transaction-response", [_told(one) for one in answers]))


def _asks(place: int, entry: Any) -> Question | Refusal:
    here = f"Bundle.entry[{place}]"
    request = entry.get("request") if isinstance(entry, dict) else None
    if not isinstance(request, dict) or not isinstance(request.get("url"), str) or request.get("method") not in _ORDER:
        return Refusal(
            400,
            Issue(
                "required",
                "request.method (GET, POST, PUT, PATCH, DELETE) and request.url are required",
                f"{here}.request",
            ),
        )
    resource = entry.get("resource")
    path, _, query = request["url"].lstrip("/").partition("?")
    try:
        pairs = tuple(parse_qsl(query, keep_blank_values=True, max_num_fields=200))
    except ValueError:
        return Refusal(400, Issue("invalid", "the query cannot be read", f"{here}.request.url"))
    headers = {
        name: value if isinstance(value := request.get(name), str) else ""
        for name in ("ifMatch", "ifNoneMatch", "ifNoneExist")
    }
    if request["method"] == "PATCH":
        return Refusal(
            422, Issue("not-supported", "patches are taken one by one, not in bundles", f"{here}.request.method")
        )
    return Question(
        request["method"], tuple(unquote(step) for step in path.split("/") if step),
        pairs, resource if isinstance(resource, dict) else None,
        if_match=headers["ifMatch"], if_none_match=headers["ifNoneMatch"], if_none_exist=headers["ifNoneExist"],
    )  # fmt: skip


async def _alone(visit: Visit, asks: Question | Refusal) -> dict[str, Any]:
    """An entry of a batch: what goes wrong in it is its own affair."""
    if isinstance(asks, Refusal):
        return _refused(asks)
    try:
        return _told(await visit.house.db.run(lambda tx: _answered(visit, tx, asks)))
    except Refusal as refusal:
        return _refused(refusal)


async def _answered(visit: Visit, tx: Transaction, asks: Question) -> Answer:
    if not asks.steps:
        raise Refusal(400, Issue("invalid", "an address without a type"))
    return await answer(visit, tx, asks)


async def _together(visit: Visit, tx: Transaction, asks: list[Question], entries: list[Any]) -> list[Answer]:
    """Deletions, creations, updates, reads; references within the bundle lead to what was made of them."""
    names = await _names(visit, tx, asks, entries)
    answers: dict[int, Answer] = {}
    written: set[str] = set()
    await resources.hold_many(tx, [one.steps[:2] for one in asks if one.method != "GET" and len(one.steps) > 1])
    # In the order of the key, so that two transactions that write the same cannot wait for one another.
    for place in sorted(range(len(asks)), key=lambda place: (_ORDER[asks[place].method], asks[place].steps[:2])):
        one = asks[place]
        if one.body is not None:
            one = replace(one, body=await _resolved(visit, tx, one.body, names, place))
        if (
            one.method == "POST"
            and len(one.steps) == 1
            and (name := names.get(_url(entries[place])))
            and not one.if_none_exist
        ):
            # Its id was given out before, so that others could refer to it.
            one = replace(
                one, method="PUT", steps=(one.steps[0], name.partition("/")[2]), body=_with_id(one.body, name)
            )
            visit.needs(one.steps[0], "c")
        target = "/".join(one.steps[:2])
        if one.method in ("PUT", "DELETE") and len(one.steps) > 1:
            if target in written:
                raise Refusal(400, Issue("invalid", f"{target} is written twice", f"Bundle.entry[{place}]"))
            written.add(target)
        try:
            answers[place] = await _answered(visit, tx, one)
        except Refusal as refusal:
            raise Refusal(
                refusal.status,
                *(
                    replace(issue, place=f"Bundle.entry[{place}]{'.resource.' + issue.place if issue.place else ''}")
                    for issue in refusal.issues
                ),
            ) from refusal
    return [answers[place] for place in range(len(asks))]


async def _names(visit: Visit, tx: Transaction, asks: list[Question], entries: list[Any]) -> dict[str, str]:
    """What each fullUrl of the bundle will be: an id is made for what is created, or found for what exists."""
    names: dict[str, str] = {}
    for place, one in enumerate(asks):
        url, kind = _url(entries[place]), one.steps[0] if one.steps else ""
        if not url or kind not in TYPES:
            continue
        if one.method == "POST" and len(one.steps) == 1:
            match = (
                await only(visit, tx, kind, tuple(parse_qsl(one.if_none_exist.rpartition("?")[2])))
                if one.if_none_exist
                else None
            )
            names[url] = f"{kind}/{match.id if match else uuid7()}"
        elif one.method == "PUT" and len(one.steps) > 1:
            names[url] = "/".join(one.steps[:2])
        elif one.method == "PUT" and one.pairs and (match := await only(visit, tx, kind, one.pairs)):
            names[url] = f"{kind}/{match.id}"
    return names


async def _resolved(visit: Visit, tx: Transaction, body: Any, names: dict[str, str], place: int) -> Any:
    """The resource with its references led to what the bundle makes, and conditional ones to their only match."""
    found = dict(names)
    for text in {one for one in references(body) if conditional(one)}:
        kind, query = conditional(text) or ("", "")
        match = await only(visit, tx, kind, tuple(parse_qsl(query)))
        if match is None:
            raise Refusal(412, Issue("not-found", f"nothing meets {text[:100]}", f"Bundle.entry[{place}].resource"))
        found[text] = f"{kind}/{match.id}"
    return rewritten(body, found.get)


def _url(entry: Any) -> str:
    url = entry.get("fullUrl") if isinstance(entry, dict) else None
    return url if isinstance(url, str) else ""


def _with_id(body: Any, name: str) -> Any:
    return body | {"id": name.partition("/")[2]} if isinstance(body, dict) else body


def _told(one: Answer) -> dict[str, Any]:
    response: dict[str, Any] = {"status": str(one.status)}
    if one.location:
        response["location"] = one.location
    if one.version is not None:
        response["etag"] = tag(one.version)
    if one.updated is not None:
        response["lastModified"] = stamp(one.updated)
    return ({"resource": one.body} if one.body is not None else {}) | {"response": response}


def _refused(refusal: Refusal) -> dict[str, Any]:
    return {"response": {"status": str(refusal.status), "outcome": outcome(refusal.issues)}}
