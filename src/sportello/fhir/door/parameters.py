"""R4's own search parameters as data: of every type the names, kinds, elements and targets.

`parameters.json` holds, of search-parameters.json of R4 (4.0.1), those whose expression is a plain path; the statement
of capabilities, the search and the tests read this one table.
"""

from functools import cache
from importlib.resources import files

import msgspec
from msgspec import Struct

from sportello.fhir.r4 import TYPES


class Parameter(Struct, frozen=True):
    """A search parameter. `kind` is R4's (token, string, reference, date, number, quantity, uri) or, of what is no
    element, "id" and "updated"; `paths` are SQL/JSON paths; no `targets`: any type.
    """

    name: str
    kind: str
    paths: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()


COMMON = {
    one.name: one
    for one in (
        Parameter("_id", "id"),
        Parameter("_lastUpdated", "updated"),
        Parameter("_tag", "token", ("$.meta.tag[*]",)),
        Parameter("_security", "token", ("$.meta.security[*]",)),
        Parameter("_profile", "uri", ("$.meta.profile[*]",)),
        Parameter("_source", "uri", ("$.meta.source",)),
    )
}


@cache
def _table() -> dict[str, dict[str, Parameter]]:
    raw = msgspec.json.decode((files(__package__) / "parameters.json").read_bytes())
    return {
        kind: {
            name: Parameter(name, given[0], tuple(map(_each, given[1])), tuple(given[2] if len(given) > 2 else ()))
            for name, given in of.items()
        }
        for kind, of in raw.items()
    }


def _each(path: str) -> str:
    """Every element of a list; a filter unwraps by itself."""
    return path if path.endswith(")") else f"{path}[*]"


@cache
def parameters(kind: str) -> dict[str, Parameter]:
    """Everything that a type can be searched by."""
    return COMMON | _table().get(kind, {})


@cache
def summary_elements(kind: str) -> frozenset[str]:
    """The elements that `_summary=true` leaves, by the definitions' isSummary."""
    return frozenset(_summaries().get(kind, ())) | {"resourceType", "id", "meta"}


@cache
def required_elements(kind: str) -> frozenset[str]:
    """What `_elements` cannot leave out."""
    from sportello.fhir.r4 import REQUIRED

    return frozenset(REQUIRED.get(kind, ())) | {"resourceType", "id", "meta"}


@cache
def _summaries() -> dict[str, list[str]]:
    found: dict[str, list[str]] = msgspec.json.decode((files(__package__) / "summaries.json").read_bytes())
    return {kind: names for kind, names in found.items() if kind in TYPES}
