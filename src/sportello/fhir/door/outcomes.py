"""Refusals as FHIR tells them: an OperationOutcome with the place in the resource or the parameter that is at fault."""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

REFUSAL = "urn:sportello:refusal"


class Issue(Struct, frozen=True):
    """One reason. `code` is of http://hl7.org/fhir/issue-type; `place` a FHIRPath or `http.name` of a parameter.

    `detail` is a code of this house, for systems that go on by the reason.
    """

    code: str
    text: str
    place: str = ""
    severity: str = "error"
    detail: str = ""


class Refusal(Exception):
    """An answer other than success, with its HTTP status and why."""

    def __init__(self, status: int, *issues: Issue) -> None:
        super().__init__(issues[0].text if issues else str(status))
        self.status = status
        self.issues = issues


def outcome(issues: Sequence[Issue]) -> dict[str, Any]:
    """The resource OperationOutcome."""
    return {
        "resourceType": "OperationOutcome",
        "issue": [
            {
                "severity": one.severity,
                "code": one.code,
                **({"details": {"coding": [{"system": REFUSAL, "code": one.detail}]}} if one.detail else {}),
                "diagnostics": one.text,
                **({"expression": [one.place]} if one.place else {}),
            }
            for one in issues
        ],
    }


def not_found(name: str) -> Refusal:
    return Refusal(404, Issue("not-found", f"{name} is not known"))


def bad_parameter(name: str, text: str) -> Refusal:
    return Refusal(400, Issue("invalid", text, f"http.{name}"))
