"""Create, update, patch and delete, conditional or not, each against the version that was meant."""

from typing import Any
from urllib.parse import parse_qsl

import jsonpatch

from sportello.administration import audit
from sportello.fhir.door import targets
from sportello.fhir.door.asking import Asked, asked, followed
from sportello.fhir.door.outcomes import Issue, Refusal
from sportello.fhir.door.questions import JSON_PATCH, Answer, Question, expected, of_resource
from sportello.fhir.door.visiting import Visit
from sportello.fhir.giving_back import given_back
from sportello.fhir.r4 import ID
from sportello.fhir.rules import Fault, faults
from sportello.fhir.store import finding, resources, veiling
from sportello.fhir.store.finding import Found, Limits
from sportello.fhir.subscriptions import subscribing, telling
from sportello.kit.database import Transaction
from sportello.kit.ids import uuid7

MERGE_PATCH = "application/merge-patch+json"
_DEEPEST = 60


async def create(visit: Visit, tx: Transaction, asks: Question) -> Answer:
    """POST; with If-None-Exist what exists is answered instead (200)."""
    visit.needs(asks.kind, "c")
    resource = checked(asks.kind, asks.body)
    condition = asks.if_none_exist.partition("?")[2] if "?" in asks.if_none_exist else asks.if_none_exist
    # fhirpy puts the condition into the address.
    pairs = tuple(parse_qsl(condition)) or asks.pairs
    if pairs and (match := await only(visit, tx, asks.kind, pairs)):
        await visit.looked(tx, "fhir.read", [match], {"type": asks.kind})
        return of_resource(match, 200, visit.base, asks.prefer)
    return await _kept(visit, tx, resource | {"id": str(uuid7())}, asks, 201)


async def update(visit: Visit, tx: Transaction, asks: Question) -> Answer:
    """PUT to `Type/id` or to `Type?condition`; what is not there is created."""
    resource = checked(asks.kind, asks.body)
    if len(asks.steps) == 1:
        match = await only(visit, tx, asks.kind, asks.pairs)
        given = resource.get("id")
        if match and given not in (None, match.id):
            raise Refusal(
                400, Issue("invalid", f"the condition matches {match.id}, the resource says {given}", f"{asks.kind}.id")
            )
        name = match.id if match else str(given or uuid7())
    else:
        name = asks.steps[1]
        if resource.get("id", name) != name:
            raise Refusal(400, Issue("invalid", "the id in the resource is not that of the address", f"{asks.kind}.id"))
        if not ID.fullmatch(name):
            raise Refusal(400, Issue("value", "an id has 1 to 64 letters, digits, dots and hyphens", f"{asks.kind}.id"))
    version = await _held(visit, tx, asks, name)
    visit.needs(asks.kind, "c" if version is None else "u")
    return await _kept(visit, tx, resource | {"id": name}, asks, 201 if version is None else 200)


async def patch(visit: Visit, tx: Transaction, asks: Question) -> Answer:
    """JSON Patch (RFC 6902) or JSON Merge Patch (RFC 7396) of what is there."""
    visit.needs(asks.kind, "u")
    name = await _named(visit, tx, asks)
    await _held(visit, tx, asks, name)
    found = await finding.read(tx, asks.kind, name, visit.limits)
    if found is None:
        raise await gone(visit, tx, asks.kind, name)
    changed = _merged(found.body, asks.body) if asks.patch != JSON_PATCH else _patched(found.body, asks.body)
    resource = checked(asks.kind, changed)
    if resource.get("id") != name:
        raise Refusal(422, Issue("business-rule", "a patch cannot change the id", f"{asks.kind}.id"))
    return await _kept(visit, tx, resource, asks, 200)


async def delete(visit: Visit, tx: Transaction, asks: Question) -> Answer:
    """DELETE, once or again; its versions stay in the history."""
    visit.needs(asks.kind, "d")
    name = await _named(visit, tx, asks)
    if await _held(visit, tx, asks, name) is not None:
        found = await finding.read(tx, asks.kind, name, Limits())
        await resources.delete(tx, asks.kind, name)
        await subscribing.ended(tx, asks.kind, name)
        await telling.wake(visit.house, tx)
        await _told(visit, tx, found, f"{asks.kind}/{name}", "delete")
    return Answer(204)


async def only(visit: Visit, tx: Transaction, kind: str, pairs: tuple[tuple[str, str], ...]) -> Found | None:
    """The one resource that meets a condition, or none; raises Refusal for several, and for what is not understood."""
    visit.needs(kind, "s")
    wanted: Asked = asked(kind, pairs, strict=True)
    for one in followed(wanted):
        visit.needs(one, "s")
    if not wanted.conditions:
        raise Refusal(412, Issue("incomplete", "a condition without any parameter"))
    await resources.take_turn(tx, f"{kind}?{sorted(pairs)}")
    found = await finding.matches(tx, kind, wanted.conditions, visit.limits)
    if len(found) > 1:
        raise Refusal(412, Issue("multiple-matches", f"several {kind} meet the condition"))
    return found[0] if found else None


def checked(kind: str, body: Any) -> dict[str, Any]:
    """The resource without what the store itself says of it; raises Refusal with every fault."""
    if not isinstance(body, dict):
        raise Refusal(400, Issue("structure", "expected a JSON object"))
    if body.get("resourceType") != kind:
        raise Refusal(400, Issue("invalid", f"expected a {kind}", "resourceType"))
    if _depth(body) > _DEEPEST:
        raise Refusal(400, Issue("structure", "nested too deeply"))
    if found := faults(body):
        raise Refusal(422, *(Issue("invalid", str(one), _place(kind, one)) for one in found))
    meta = body.get("meta")
    if not isinstance(meta, dict):
        return {name: value for name, value in body.items() if name != "meta"}
    kept = {name: value for name, value in meta.items() if name not in ("versionId", "lastUpdated")}
    return {name: value for name, value in body.items() if name != "meta"} | ({"meta": kept} if kept else {})


def _place(kind: str, fault: Fault) -> str:
    field = fault.params.get("field") or fault.params.get("where")
    return f"{kind}.{field}" if field else kind


def _depth(value: Any, here: int = 0) -> int:
    if here > _DEEPEST:
        return here
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return max((_depth(one, here + 1) for one in inner), default=here)


async def gone(visit: Visit, tx: Transaction, kind: str, name: str) -> Refusal:
    """Why a resource cannot be read: it never was there (or that it was is hidden), or was deleted."""
    before = await finding.versions(tx, kind, name) if visit.hidden else []
    hidden = bool(before) and visit.hides(before[0][0])
    if not hidden and await resources.was_there(tx, kind, name) and await resources.hold(tx, kind, name) is None:
        return Refusal(410, Issue("deleted", f"{kind}/{name} was deleted"))
    return Refusal(404, Issue("not-found", f"{kind}/{name} is not known"))


async def _named(visit: Visit, tx: Transaction, asks: Question) -> str:
    if len(asks.steps) > 1:
        return asks.steps[1]
    match = await only(visit, tx, asks.kind, asks.pairs)
    if match is None:
        raise Refusal(404, Issue("not-found", f"no {asks.kind} meets the condition"))
    return match.id


async def _held(visit: Visit, tx: Transaction, asks: Question, name: str) -> int | None:
    """The version there is, locked and as was meant; what is hidden from the visitor cannot be written over either."""
    wanted = expected(asks.if_match)
    version = await resources.hold(tx, asks.kind, name)
    if version is not None and await finding.read(tx, asks.kind, name, visit.limits) is None:
        raise Refusal(403, Issue("forbidden", f"the token may not write {asks.kind}/{name}"))
    if wanted is not None and wanted != version:
        there = "not there" if version is None else f"at version {version}"
        raise Refusal(
            412, Issue("conflict", f"{asks.kind}/{name} is {there}, not at version {wanted}", "http.If-Match")
        )
    return version


async def _kept(visit: Visit, tx: Transaction, resource: dict[str, Any], asks: Question, status: int) -> Answer:
    resource = await _with_words(visit, tx, await subscribing.asked_for(visit, tx, resource))
    await resources.put(tx, resource, now=visit.now)
    await targets.owed(visit, tx, resource)
    await telling.wake(visit.house, tx)
    found = await finding.read(tx, resource["resourceType"], resource["id"], Limits(plugs=visit.limits.plugs))
    assert found is not None, "just kept"
    await _told(visit, tx, found, f"{found.kind}/{found.id}", "create" if status == 201 else "update")
    (shown,) = await finding.veiled(tx, [found], visit.limits)
    return of_resource(shown, status, visit.base, asks.prefer)


async def _with_words(visit: Visit, tx: Transaction, resource: dict[str, Any]) -> dict[str, Any]:
    """What is kept: whoever is not shown all of a resource does not take it away by writing back what was read."""
    if not visit.hidden or not (before := await resources.get(tx, resource["resourceType"], resource["id"])):
        return resource
    (seen,), concealed = await veiling.veiled_from(tx, [before], visit.hidden, visit.limits.plugs)
    return given_back(resource, before, seen, concealed)


async def _told(visit: Visit, tx: Transaction, found: Found | None, name: str, how: str) -> None:
    await audit.record(
        visit.house, tx, visit.actor, "fhir.written", patient=found.patient if found else None, entity=name,
        detail={"how": how},
    )  # fmt: skip


def _patched(body: dict[str, Any], given: Any) -> Any:
    try:
        return jsonpatch.JsonPatch(given).apply(body)
    except jsonpatch.JsonPatchTestFailed as error:
        raise Refusal(422, Issue("conflict", f"the patch's test failed: {str(error)[:200]}")) from error
    except (jsonpatch.JsonPatchException, jsonpatch.JsonPointerException, TypeError, KeyError, ValueError) as error:
        raise Refusal(422, Issue("invalid", f"the patch cannot be applied: {str(error)[:200]}")) from error


def _merged(body: Any, given: Any) -> Any:
    if not isinstance(given, dict):
        return given
    kept = dict(body) if isinstance(body, dict) else {}
    for name, value in given.items():
        if value is None:
            kept.pop(name, None)
        else:
            kept[name] = _merged(kept.get(name), value)
    return kept
