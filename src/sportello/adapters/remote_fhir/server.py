"""What is asked of a hospital's FHIR server, in the few words that all of them know: searches by patient or by ids,
pages, versions, and what it says it can do.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct

from sportello.adapters.remote_fhir.hearing import Heard, Trouble
from sportello.adapters.remote_fhir.wire import Wire
from sportello.fhir.r4 import ID, TYPES
from sportello.fhir.references import rewritten

PAGE, PAGES, MOST = 200, 60, 6000
_UNPOSTED = frozenset({403, 404, 405, 415, 501})
Params = list[tuple[str, str]]


class Known(Struct):
    """What the server said of itself, and what was found out about it; empty sets mean that it did not say."""

    types: frozenset[str] = frozenset()
    interactions: frozenset[tuple[str, str]] = frozenset()
    system: frozenset[str] = frozenset()
    own_ids: frozenset[str] = frozenset()
    software: str = ""
    posts: bool = True

    def has(self, kind: str) -> bool:
        return not self.types or kind in self.types

    def may(self, kind: str, interaction: str) -> bool:
        """What it does not speak of it is taken to do."""
        return not self.types or (kind, interaction) in self.interactions

    def may_write(self, kind: str) -> bool:
        return self.may(kind, "update") and self.has(kind)


class Found(Struct, frozen=True):
    """Resources of an answer; `trouble` is a code when it is not all there is."""

    resources: list[dict[str, Any]]
    trouble: str = ""


async def capability(wire: Wire) -> Known:
    """The server's CapabilityStatement; raises Trouble when it is none of R4."""
    body = ok(await wire.get("metadata")).body
    if not isinstance(body, dict) or body.get("resourceType") != "CapabilityStatement":
        raise Trouble("no-fhir")
    if not str(body.get("fhirVersion", "")).startswith("4.0"):
        raise Trouble("no-r4", told=str(body.get("fhirVersion"))[:40])
    rest = next((one for one in _dicts(body.get("rest")) if one.get("mode") == "server"), {})
    kinds = [one for one in _dicts(rest.get("resource")) if isinstance(one.get("type"), str)]
    software = body.get("software")
    name = " ".join(str(software.get(part) or "") for part in ("name", "version")) if isinstance(software, dict) else ""
    return Known(
        frozenset(one["type"] for one in kinds),
        frozenset((one["type"], str(act.get("code"))) for one in kinds for act in _dicts(one.get("interaction"))),
        frozenset(str(act.get("code")) for act in _dicts(rest.get("interaction"))),
        frozenset(one["type"] for one in kinds if one.get("updateCreate") is True),
        name.strip()[:100],
    )


async def search(wire: Wire, known: Known, kind: str, params: Params, *, most: int = MOST) -> Found:
    """Everything of a type that fits, page by page; what came before something went wrong is not thrown away."""
    resources: dict[str, dict[str, Any]] = {}
    trouble = ""
    try:
        heard = await _first(wire, known, kind, [*params, ("_count", str(PAGE))])
        for _ in range(PAGES):
            found, broken = listed(heard.body, kind, wire.base)
            resources |= {one["id"]: one for one in found}
            trouble = trouble or ("garbled" if broken else "")
            link = _next(heard.body)
            if link is None:
                break
            if len(resources) >= most:
                return Found(list(resources.values())[:most], "too-many")
            heard = ok(await wire.get(link))
        else:
            trouble = "too-many"
    except Trouble as error:
        if not resources:
            raise
        trouble = error.code
    return Found(list(resources.values()), trouble)


async def by_ids(wire: Wire, known: Known, kind: str, ids: Sequence[str]) -> Found:
    """Resources of a type by their ids, some at a time; those that are not there are left out."""
    resources: list[dict[str, Any]] = []
    trouble = ""
    for start in range(0, len(ids), 40):
        found = await search(wire, known, kind, [("_id", ",".join(ids[start : start + 40]))])
        resources += [one for one in found.resources if one["id"] in ids]
        trouble = trouble or found.trouble
    return Found(resources, trouble)


async def read(wire: Wire, kind: str, logical_id: str) -> dict[str, Any] | None:
    """One resource as it stands, None when there is none."""
    heard = await wire.get(f"{kind}/{logical_id}")
    if heard.status in (404, 410):
        return None
    resource = cleaned(ok(heard).body, kind, wire.base)
    if resource is None or resource["id"] != logical_id:
        raise Trouble("garbled")
    return resource


async def history(wire: Wire, kind: str, logical_id: str) -> list[dict[str, Any]]:
    """The versions of a resource, newest first as the server gives them."""
    heard, found = ok(await wire.get(f"{kind}/{logical_id}/_history")), []
    for _ in range(PAGES):
        found += listed(heard.body, kind, wire.base)[0]
        if (link := _next(heard.body)) is None or len(found) >= 500:
            break
        heard = ok(await wire.get(link))
    return [one for one in found if one["id"] == logical_id]


def ok(heard: Heard) -> Heard:
    """The answer, when it is one; raises Trouble else."""
    if heard.status == 200:
        return heard
    if heard.status in (401, 403):
        raise Trouble("refused", heard.status)
    if 300 <= heard.status < 400:
        raise Trouble("elsewhere", heard.status)
    raise Trouble("failed", heard.status, said(heard.body))


def said(outcome: Any) -> str:
    """The server's own words of why not, for operators."""
    issues = _dicts(outcome.get("issue")) if isinstance(outcome, dict) else []
    told = [str(one.get("diagnostics") or (one.get("details") or {}).get("text") or one.get("code")) for one in issues
            if isinstance(one.get("details") or {}, dict)]  # fmt: skip
    return "; ".join(told)[:300]


async def _first(wire: Wire, known: Known, kind: str, params: Params) -> Heard:
    """The first page: asked in the body where the server takes that, so that nobody's data stand in addresses."""
    if known.posts:
        heard = await wire.post_form(f"{kind}/_search", params)
        if heard.status not in _UNPOSTED:
            return ok(heard)
        asked = ok(await wire.get(kind, params))
        known.posts = False  # it does answer, but not to that
        return asked
    return ok(await wire.get(kind, params))


def listed(bundle: Any, kind: str, base: str) -> tuple[list[dict[str, Any]], bool]:
    """A page's resources of the type that was asked for, and whether some could not be read."""
    if not isinstance(bundle, dict) or bundle.get("resourceType") != "Bundle":
        raise Trouble("garbled")
    found, broken = [], False
    for entry in bundle.get("entry") or () if isinstance(bundle.get("entry"), list) else ():
        inner = entry.get("resource") if isinstance(entry, dict) else None
        mode = (entry.get("search") or {}) if isinstance(entry, dict) else {}
        if isinstance(mode, dict) and mode.get("mode") in ("include", "outcome"):
            continue
        if isinstance(entry, dict) and inner is None and isinstance(entry.get("request"), dict):
            continue  # a deletion in a history
        resource = cleaned(inner, kind, base)
        if resource is None:
            broken = True
        else:
            found.append(resource)
    return found, broken


def cleaned(resource: Any, kind: str, base: str) -> dict[str, Any] | None:
    """A resource of the type with references to its own server made relative; None for anything else."""
    if not isinstance(resource, dict) or resource.get("resourceType") != kind or kind not in TYPES:
        return None
    if not isinstance(resource.get("id"), str) or not ID.fullmatch(resource["id"]):
        return None
    meta = resource.get("meta")
    if meta is not None and not isinstance(meta, dict):
        return None
    before = f"{base}/"
    try:
        made: dict[str, Any] = rewritten(
            resource, lambda text: text.removeprefix(before) if text.startswith(before) else None
        )
    except RecursionError:
        return None
    return None if _holds_nul(made) else made


def _holds_nul(value: Any) -> bool:
    """PostgreSQL keeps no U+0000, and FHIR's strings have none."""
    if isinstance(value, str):
        return "\x00" in value
    inner: Iterable[Any] = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(_holds_nul(one) for one in inner)


def _next(bundle: Any) -> str | None:
    links = bundle.get("link") if isinstance(bundle, dict) else None
    for one in _dicts(links):
        if one.get("relation") == "next" and isinstance(one.get("url"), str):
            # The server's own full path, relative to its host, is a link as well.
            return str(one["url"])
    return None


def origin(address: str) -> str:
    """Scheme, host and port, for showing."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def _dicts(value: Any) -> Iterator[dict[str, Any]]:
    yield from (one for one in value if isinstance(one, dict)) if isinstance(value, list) else ()
