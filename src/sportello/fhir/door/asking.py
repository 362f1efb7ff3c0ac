"""A search as it was asked, understood and checked before the database is asked anything."""

import re
from collections.abc import Iterable

from msgspec import Struct

from sportello.fhir.door import values
from sportello.fhir.door.outcomes import Issue, Refusal, bad_parameter
from sportello.fhir.door.parameters import Parameter, parameters
from sportello.fhir.r4 import TYPES

USUAL, MOST = 50, 1000  # resources a page
MODIFIERS = {
    "string": {"", "exact", "contains", "missing"},
    "token": {"", "not", "text", "missing"},
    "reference": {"", "identifier", "missing"},
    "date": {"", "missing"},
    "number": {"", "missing"},
    "quantity": {"", "missing"},
    "uri": {"", "below", "above", "missing"},
    "id": {""},
    "updated": {""},
}
_PASSED = frozenset({"_format", "_pretty", "_totalMethod", "_cursor"})
_TOTALS = frozenset({"none", "estimate", "accurate"})
_SUMMARIES = frozenset({"true", "false", "text", "data", "count"})


class Condition(Struct, frozen=True):
    """One parameter with its alternatives; with `chain`, that of the resources (of `types`) that are referred to."""

    parameter: Parameter
    modifier: str
    alternatives: tuple[str, ...]
    types: tuple[str, ...] = ()
    chain: "Condition | None" = None


class Include(Struct, frozen=True):
    """`type:parameter:target`; `star` stands for every reference of the type."""

    kind: str
    parameter: Parameter | None
    target: str = ""


class Asked(Struct, frozen=True):
    """A search of one type."""

    kind: str
    conditions: tuple[Condition, ...] = ()
    sort: tuple[tuple[Parameter, bool], ...] = ()  # with whether downwards
    count: int = USUAL
    total: str = ""
    summary: str = "false"
    elements: tuple[str, ...] = ()
    includes: tuple[Include, ...] = ()
    revincludes: tuple[Include, ...] = ()
    ignored: tuple[str, ...] = ()


def followed(wanted: Asked) -> list[str]:
    """The types that chains go through: they tell of those, so whoever may not search them may not ask."""
    return [kind for one in wanted.conditions if one.chain for kind in one.types]


def asked(kind: str, pairs: Iterable[tuple[str, str]], *, strict: bool = False) -> Asked:
    """The search of a query's pairs; raises Refusal. What is not known is refused when `strict`, else passed over."""
    conditions: list[Condition] = []
    ignored: list[str] = []
    given: dict[str, str] = {}
    includes: dict[str, list[Include]] = {"_include": [], "_revinclude": []}
    for name, value in pairs:
        if name in _PASSED:
            continue
        if name in ("_sort", "_count", "_total", "_summary", "_elements"):
            given[name] = value
        elif name in includes:
            includes[name].append(_include(kind, name, value))
        elif name.partition(":")[0] in includes or (found := _condition(kind, name, value)) is None:
            ignored.append(name)
        else:
            conditions.append(found)
    if strict and ignored:
        raise Refusal(
            400, *(Issue("not-supported", f"{one} is not known for {kind}", f"http.{one}") for one in ignored)
        )
    return Asked(
        kind, tuple(conditions), _sort(kind, given.get("_sort", "")), _count(given.get("_count", "")),
        _one_of("_total", given.get("_total", ""), _TOTALS), _one_of("_summary", given.get("_summary", ""), _SUMMARIES),
        tuple(part.strip() for part in given.get("_elements", "").split(",") if part.strip()),
        tuple(includes["_include"]), tuple(includes["_revinclude"]), tuple(ignored),
    )  # fmt: skip


def _condition(kind: str, name: str, value: str) -> Condition | None:
    first, dot, rest = name.partition(".")
    base, _, modifier = first.partition(":")
    parameter = parameters(kind).get(base)
    if parameter is None or not value.strip():
        return None
    if dot:
        return _chained(parameter, modifier, rest, value)
    types: tuple[str, ...] = ()
    if parameter.kind == "reference" and modifier in TYPES:
        types, modifier = (modifier,), ""
    if modifier not in MODIFIERS[parameter.kind]:
        raise bad_parameter(name, f"the modifier :{modifier} is not supported for {base}")
    alternatives = tuple(values.alternatives(value))
    _check(name, parameter, modifier, alternatives)
    return Condition(parameter, modifier, alternatives, types)


def _chained(parameter: Parameter, modifier: str, rest: str, value: str) -> Condition | None:
    if parameter.kind != "reference" or "." in rest:
        raise bad_parameter(f"{parameter.name}.{rest}", "only one step along a reference is supported")
    wanted = (modifier,) if modifier else parameter.targets
    types = tuple(one for one in wanted if one in TYPES and rest.partition(":")[0] in parameters(one))
    inner = _condition(types[0], rest, value) if types else None
    if inner is None:
        return None
    return Condition(parameter, "", (), types, inner)


def _check(name: str, parameter: Parameter, modifier: str, alternatives: Iterable[str]) -> None:
    if modifier == "missing":
        if any(one not in ("true", "false") for one in alternatives):
            raise bad_parameter(name, "say true or false")
        return
    read = {
        "date": values.date, "updated": values.date, "number": values.number, "quantity": values.quantity,
        "token": values.token if modifier != "text" else None,
    }.get(parameter.kind)  # fmt: skip
    for one in alternatives:
        if "\x00" in one:
            raise bad_parameter(name, "a value with a NUL character")
        try:
            if read:
                read(one)
        except (ValueError, OverflowError) as error:
            raise bad_parameter(name, str(error)) from error


def _include(kind: str, name: str, value: str) -> Include:
    source, _, rest = (f"{kind}:*" if value == "*" else value).partition(":")
    field, _, target = rest.partition(":")
    if source not in TYPES or (name == "_include" and source != kind) or (target and target not in TYPES):
        raise bad_parameter(name, f"{value}: expected Type:parameter or Type:parameter:Type")
    if field == "*":
        return Include(source, None, target)
    parameter = parameters(source).get(field)
    if parameter is None or parameter.kind != "reference":
        raise bad_parameter(name, f"{source} has no reference parameter {field}")
    return Include(source, parameter, target)


def _sort(kind: str, text: str) -> tuple[tuple[Parameter, bool], ...]:
    found = []
    for part in filter(None, text.split(",")):
        down, name = part.startswith("-"), part.removeprefix("-").strip()
        if (parameter := parameters(kind).get(name)) is None:
            raise bad_parameter("_sort", f"{kind} cannot be sorted by {name}")
        found.append((parameter, down))
    if len(found) > 4:
        raise bad_parameter("_sort", "at most four")
    return tuple(found)


def _count(text: str) -> int:
    if text and not re.fullmatch(r"\d{1,9}", text):
        raise bad_parameter("_count", "expected a number of resources")
    return min(int(text), MOST) if text else USUAL


def _one_of(name: str, text: str, words: frozenset[str]) -> str:
    if text and text not in words:
        raise bad_parameter(name, f"expected one of {', '.join(sorted(words))}")
    return text
