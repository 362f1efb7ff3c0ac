"""Dates as SQL: a comparison of instants is decided by the element, the columns `at` and `at_end` narrow it."""

from collections.abc import Callable
from typing import Any

from sportello.fhir.door import values

Put = Callable[[Any, str], str]
# Of these the column `at` is made from the parameter's own element and from no other that comes before it.
TIMED = {
    ("Observation", "date"), ("Encounter", "date"), ("Procedure", "date"), ("DiagnosticReport", "date"),
    ("Appointment", "date"), ("Slot", "start"), ("Immunization", "date"), ("MedicationRequest", "authoredon"),
    ("CarePlan", "date"), ("Condition", "onset-date"),
}  # fmt: skip
_INSTANTS = {"Slot", "Appointment", "MedicationRequest"}  # of which that element is never a period


def compared(put: Put, span: values.Span) -> str:
    """What must hold of a span `s` (a range of instants)."""
    inside = "({low} >= {start} and {high} <= {end})"
    told = {
        "eq": inside,
        "ne": f"not {inside}",
        "gt": "{high} > {end}",
        "lt": "{low} < {start}",
        "ge": f"({{high}} > {{end}} or {inside})",
        "le": f"({{low}} < {{start}} or {inside})",
        "sa": "{low} >= {end}",
        "eb": "{high} <= {start}",
        "ap": "({low} < {end} and {high} > {start})",
    }[span.prefix]
    low, high = "coalesce(lower(s), '-infinity')", "coalesce(upper(s), 'infinity')"
    return f"(s is not null and {_instants(put, told, span, low=low, high=high)})"


def _instants(put: Put, told: str, span: values.Span, **words: str) -> str:
    """A comparison's text, with only those of the span's ends put that it names."""
    for name, value in (("start", span.start), ("end", span.end)):
        if f"{{{name}}}" in told:
            words[name] = put(value, "timestamptz")
    return told.format(**words)


def near(put: Put, kind: str, alias: str, span: values.Span) -> str:
    """What the columns `at` and `at_end` can rule out; a period without a start has its end as `at`."""
    at, at_end = f"{alias}.at", f"coalesce({alias}.at_end, 'infinity')"
    told = {
        "eq": "({at} >= {start} and {at} < {end})", "sa": "{at} >= {end}", "eb": "{at} < {start}",
        "gt": "{at_end} > {end}", "ge": "{at_end} > {start}",
        **({"lt": "{at} < {start}", "le": "{at} < {end}"} if kind in _INSTANTS else {}),
    }.get(span.prefix, "true")  # fmt: skip
    return _instants(put, told, span, at=at, at_end=at_end)


def updated(put: Put, alias: str, text: str) -> str:
    """What must hold of the time of the last change."""
    span = values.date(text)
    inside = "({at} >= {start} and {at} < {end})"
    told = {
        "eq": inside, "ap": inside, "ne": f"not {inside}", "gt": "{at} >= {end}", "sa": "{at} >= {end}",
        "ge": "{at} >= {start}", "lt": "{at} < {start}", "eb": "{at} < {start}", "le": "{at} < {end}",
    }[span.prefix]  # fmt: skip
    return _instants(put, told, span, at=f"{alias}.updated")
