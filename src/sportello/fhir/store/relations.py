"""What statements select from: the store's table, and beside it the views that rooms have plugged in."""

from collections.abc import Iterable

from sportello.fhir.plugging import Plug, Plugs

COLUMNS = "type, id, version, updated, facet, patient, encounter, status, at, at_end, tokens, refs, text, body"


def relation(plugs: Plugs, kind: str) -> str:
    """For the resources of a type."""
    plug = plugs.get(kind)
    return _beside([plug]) if plug else "fhir.resource"


def of_patients(plugs: Plugs) -> str:
    """For patients' compartments."""
    theirs = [plug for plug in plugs.values() if plug.near == "patient"]
    return _beside(theirs) if theirs else "fhir.resource"


def _beside(plugs: Iterable[Plug]) -> str:
    views = " ".join(f"union all select {COLUMNS}, near from {plug.view}" for plug in plugs)
    return f"(select {COLUMNS}, null::text as near from fhir.resource {views})"


def versionless(plugs: Plugs, kind: str, conditions: str) -> str:
    """A further part of a union for exports: a type's resources that have no versions."""
    if kind not in plugs:
        return ""
    columns = "id, version, updated, patient, false, body::text"
    return f"union all select {columns} from {plugs[kind].view} where {conditions}"
