"""The statement of capabilities, made from the tables that the door works by, so that it says what is true."""

from collections.abc import Iterable
from typing import Any

from sportello import __name__ as product
from sportello.fhir.door.asking import MODIFIERS
from sportello.fhir.door.parameters import COMMON, parameters
from sportello.fhir.door.rendering import stamp
from sportello.fhir.plugging import plugs_of
from sportello.fhir.r4 import TYPES
from sportello.kit.house import House

_INTERACTIONS = ("read", "vread", "update", "patch", "delete", "history-instance", "history-type",
                 "create", "search-type")  # fmt: skip
_PLUGGED = ("read", "search-type")  # what rooms keep in ways of their own is changed by operations
_TYPE = {"id": "token", "updated": "date"}
KEPT = TYPES - {"Parameters"}
_BACKPORT = "http://hl7.org/fhir/uv/subscriptions-backport/OperationDefinition"
_BULK = "http://hl7.org/fhir/uv/bulkdata/OperationDefinition"
_DEFINED = "http://hl7.org/fhir/SearchParameter"


def statement(
    house: House, base: str, operations: Iterable[tuple[str, ...]], *, enforced: bool = False
) -> dict[str, Any]:
    """The CapabilityStatement of the door; `operations` by their paths, as rooms have added them, `enforced`: what
    references point to must be here.
    """
    added: dict[str, list[str]] = {}
    for kind, *rest in operations:
        added.setdefault(kind, []).extend(rest[-1:])
    return {
        "resourceType": "CapabilityStatement",
        "id": product,
        "url": f"{base}/metadata",
        "version": "4.0.1",
        "name": "Sportello",
        "title": f"Sportello, {house.settings.clinic.name}",
        "status": "active",
        "date": stamp(house.clock.now())[:10],
        "kind": "instance",
        "software": {"name": "Sportello"},
        "implementation": {"description": house.settings.clinic.name, "url": base},
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json", "json"],
        "patchFormat": ["application/json-patch+json", "application/merge-patch+json"],
        "rest": [
            {
                "mode": "server",
                "security": {
                    "cors": False,
                    "service": [{
                        "coding": [{
                            "system": "http://terminology.hl7.org/CodeSystem/restful-security-service",
                            "code": "SMART-on-FHIR",
                        }],
                    }],
                    "extension": [{
                        "url": "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris",
                        "extension": [{"url": "token", "valueUri": f"{base}/token"}],
                    }],
                    "description": "Bearer tokens with SMART scopes; see .well-known/smart-configuration.",
                },
                "resource": [
                    _resource(kind, without_versions(house, kind), added.get(kind, ()), enforced)
                    for kind in sorted(KEPT)
                ],
                "interaction": [{"code": "transaction"}, {"code": "batch"}, {"code": "history-system"}],
                "operation": [{"name": "export", "definition": f"{_BULK}/export"}],
            }
        ],
    }  # fmt: skip


def without_versions(house: House, kind: str) -> bool:
    """Whether a room keeps all there is of the type."""
    plug = plugs_of(house).get(kind)
    return plug is not None and not plug.over


def _resource(kind: str, plugged: bool, added: Iterable[str], enforced: bool) -> dict[str, Any]:
    known = parameters(kind)
    references = sorted(f"{kind}:{one.name}" for one in known.values() if one.kind == "reference")
    return {
        "type": kind,
        "interaction": [{"code": code} for code in (_PLUGGED if plugged else _INTERACTIONS)],
        "versioning": "versioned" if plugged else "versioned-update",
        "readHistory": not plugged,
        "updateCreate": not plugged,
        "conditionalCreate": not plugged,
        "conditionalRead": "not-supported",
        "conditionalUpdate": not plugged,
        "conditionalDelete": "not-supported" if plugged else "single",
        "referencePolicy": ["literal", "logical", *(["enforced"] if enforced and not plugged else [])],
        **({"searchInclude": ["*", *references]} if references else {}),
        "searchParam": [
            {
                "name": one.name,
                "type": _TYPE.get(one.kind, one.kind),
                **({} if one.name in COMMON else {"definition": f"{_DEFINED}/{kind}-{one.name}"}),
                "documentation": _told(one.kind),
            }
            for one in sorted(known.values(), key=lambda one: one.name)
        ],
        "operation": _operations(kind, added),
    }


def _told(kind: str) -> str:
    modifiers = ", ".join(f":{one}" for one in sorted(MODIFIERS[kind]) if one)
    return f"Modifiers: {modifiers}." if modifiers else "No modifiers."


def _operations(kind: str, added: Iterable[str]) -> list[dict[str, str]]:
    own = {"validate": "http://hl7.org/fhir/OperationDefinition/Resource-validate"}
    if kind == "Patient":
        own |= {"everything": f"http://hl7.org/fhir/OperationDefinition/{kind}-everything"}
    if kind == "Subscription":
        own |= {"status": f"{_BACKPORT}/backport-subscription-status"}
    if kind in ("Patient", "Group"):
        own |= {"export": f"{_BULK}/{kind.lower()}-export"}
    own |= {name.removeprefix("$"): f"urn:sportello:operation:{kind}-{name.removeprefix('$')}" for name in added}
    return [{"name": name, "definition": definition} for name, definition in sorted(own.items())]
