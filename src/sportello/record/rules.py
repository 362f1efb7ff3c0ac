"""What belongs to which category of the timeline, what is kept from whom, and what makes somebody the main carer."""

import base64
import binascii
from collections.abc import Mapping
from datetime import UTC, datetime

from sportello.kit.i18n import N_

# The categories in the order of their buttons: message id and facets (a type, for observations with its category).
CATEGORIES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "visits": (N_("Visits"), ("Encounter", "Appointment")),
    "problems": (N_("Problems"), ("Condition", "AllergyIntolerance", "ClinicalImpression", "FamilyMemberHistory")),
    "results": (
        N_("Test results"),
        (
            "DiagnosticReport", "Observation", "Observation:laboratory", "Observation:imaging", "Observation:exam",
            "Observation:procedure", "Observation:therapy", "Observation:activity", "ImagingStudy",
        ),
    ),
    "vitals": (N_("Vital signs"), ("Observation:vital-signs",)),
    "medications": (
        N_("Medications"),
        ("MedicationRequest", "MedicationStatement", "MedicationDispense", "MedicationAdministration"),
    ),
    "procedures": (N_("Procedures"), ("Procedure", "ServiceRequest", "DeviceUseStatement")),
    "immunizations": (N_("Vaccinations"), ("Immunization",)),
    "documents": (N_("Documents"), ("DocumentReference", "Composition", "Communication")),
    "habits": (
        N_("Habits"),
        ("Observation:social-history", "Observation:survey", "QuestionnaireResponse"),
    ),
}  # fmt: skip

_CATEGORY_OF = {facet: name for name, (_, facets) in CATEGORIES.items() for facet in facets}
_OBSERVED = frozenset(facet.partition(":")[2] for facet in _CATEGORY_OF if facet.startswith("Observation:"))


def facets(categories: object) -> list[str]:
    """The facets of the named categories; of all when none is named. Unknown names are passed over."""
    named = [name for name in categories if name in CATEGORIES] if isinstance(categories, (list, tuple, set)) else []
    return [facet for name in named or CATEGORIES for facet in CATEGORIES[name][1]]


def category_of(resource: Mapping[str, object], codes: object = ()) -> str:
    """The category of a resource; of an observation by its category codes."""
    kind = str(resource.get("resourceType"))
    if kind == "Observation":
        known = next((code for code in codes if code in _OBSERVED), None) if isinstance(codes, (list, tuple)) else None
        kind = f"Observation:{known}" if known else kind
    return _CATEGORY_OF.get(kind, "documents")


def write_cursor(at: datetime, kind: str, logical_id: str) -> str:
    """A place on the timeline as an opaque word."""
    return base64.urlsafe_b64encode(f"{at.isoformat()}|{kind}|{logical_id}".encode()).decode().rstrip("=")


def read_cursor(text: str | None) -> tuple[datetime, str, str] | None:
    """The place of a cursor; None for a stranger's invention, which then means the beginning."""
    if not text or len(text) > 400:
        return None
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
        at, kind, logical_id = raw.split("|", 2)
        moment = datetime.fromisoformat(at)
    except (ValueError, binascii.Error, UnicodeDecodeError):
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)), kind, logical_id
