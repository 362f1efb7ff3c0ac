"""What statements select from: the store's table, and beside it the views that rooms have plugged in."""

from collections.abc import Iterable

from sportello.fhir.plugging import Plug, Plugs

COLUMNS = "type, id, version, updated, facet, patient, encounter, status, at, at_end, tokens, refs, text, body"


def relation(plugs: Plugs, kind: str) -> str:
    """For the resources of a type."""
    plug = plugs.get(kind)
    if plug is None:
        return "fhir.resource"
    return _over(plug) if plug.over else _beside([plug])


def of_patients(plugs: Plugs) -> str:
    """For patients' compartments."""
    theirs = [plug for plug in plugs.values() if plug.near == "patient"]
    return _beside(theirs) if theirs else "fhir.resource"


def _beside(plugs: Iterable[Plug]) -> str:
    views = " ".join(f"union all select {COLUMNS}, near from {plug.view}" for plug in plugs)
    return f"(select {COLUMNS}, null::text as near from fhir.resource {views})"


def _over(plug: Plug) -> str:
    """What is stored and not in the view, and the view's, each over what is stored of it."""
    return f"""(select {COLUMNS}, null::text as near from fhir.resource k
        where not exists (select from {plug.view} v where v.type = k.type and v.id = k.id)
        union all
        select v.type, v.id, coalesce(k.version, v.version), greatest(v.updated, k.updated), v.facet, v.patient,
               v.encounter, v.status, v.at, v.at_end,
               v.tokens || array(select t from unnest(k.tokens) t where not v.body ? split_part(t, '|', 1)),
               v.refs || coalesce(k.refs, '{{}}'), v.text || ' ' || coalesce(k.text, ''),
               coalesce(k.body, '{{}}') || v.body, v.near
        from {plug.view} v left join fhir.resource k on k.type = v.type and k.id = v.id)"""


def versionless(plugs: Plugs, kind: str, conditions: str) -> str:
    """A further part of a union for exports: a type's resources that have no versions."""
    if kind not in plugs:
        return ""
    columns = "id, version, updated, patient, false, body::text"
    if plugs[kind].over:  # what is stored is among the versions already
        conditions += " and not exists (select from fhir.resource k where k.type = v.type and k.id = v.id)"
    return f"union all select {columns} from {plugs[kind].view} v where {conditions}"
