"""What a patient is told of who looked at their data: read off the audit trail, one line for a sitting."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from msgspec import Struct

from sportello.administration import audit
from sportello.administration import store as administration
from sportello.administration.actor import Actor
from sportello.administration.permissions import ROLE_NAMES
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_, translate
from sportello.record.store import merges

PAGE = 200
OPENED = "patient.glass_broken"
_PARTS = {
    "header": N_("Your personal data and allergies"),
    "timeline": N_("Your clinical timeline"),
    "plan": N_("Your care plan"),
    "team": N_("Your care team"),
}
_WHAT = {
    "patient.read": N_("Your clinical record"),
    OPENED: N_("Sensitive parts of your record"),
    "conversation.read": N_("A conversation with you"),
    "conversation.downloaded": N_("A conversation with you"),
    "conversation.file_read": N_("A file of a conversation with you"),
    "appointment.read": N_("An appointment of yours"),
    "fhir.read": N_("Your data, read by another system"),
    "fhir.told": N_("Your data, sent to another system that asked to hear of changes"),
}


class Look(Struct, frozen=True):
    """Somebody's looks of one day for one reason; `at` is the latest. `emergency` marks sensitive parts."""

    at: datetime
    who: str
    role: str
    parts: tuple[str, ...]
    reason: str = ""
    emergency: bool = False


class Looks(Struct, frozen=True):
    """A page, newest first; `before` is the number where the next one begins."""

    looks: tuple[Look, ...]
    before: int | None


async def looks_at(house: House, tx: Transaction, patient: Actor, before: int | None = None) -> Looks:
    """Who of the staff or which machine read the patient's own data, when, what and why."""
    assert patient.kind == "patient"
    # Also looks at records that became this one, and at one that this was part of for a while.
    spans = [(row["patient"], row["since"], row["until"]) for row in await merges.spans(tx, patient.id)]
    rows = await administration.audit_looks(tx, spans, list(_WHAT), before, PAGE + 1)
    await audit.record(house, tx, patient, "patient.looks_read", patient=patient.id)
    found: dict[tuple[str, date, str], Look] = {}
    for row in rows[:PAGE]:
        told = _look(row["at"], row["actor_name"], row["actor_role"] or "", row, patient.language)
        key = (row["actor"], _day(told.at, house.settings.clinic.tz), told.reason)
        first = found.get(key)
        found[key] = told if first is None else _joined(first, told)
    return Looks(tuple(found.values()), rows[PAGE - 1]["seq"] if len(rows) > PAGE else None)


def _look(at: datetime, who: str, role: str, row: dict[str, object], language: str) -> Look:
    action, detail = str(row["action"]), row["detail"]
    what = _WHAT[action]
    if action == "patient.read":
        what = _PARTS.get(str(row["entity"]), what)
    reason = str(detail.get("reason") or "") if isinstance(detail, dict) and action in ("patient.read", OPENED) else ""
    known = next((name for key, name in ROLE_NAMES.items() if key == role), None)
    role = translate(language, known) if known else role
    return Look(at, who, role, (translate(language, what),), reason, bool(reason))


def _joined(first: Look, later: Look) -> Look:
    parts = tuple(dict.fromkeys((*first.parts, *later.parts)))
    return Look(first.at, first.who, first.role, parts, first.reason, first.emergency or later.emergency)


def _day(at: datetime, zone: ZoneInfo) -> date:
    return at.astimezone(zone).date()
