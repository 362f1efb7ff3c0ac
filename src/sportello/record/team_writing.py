"""Writes the care team: who joins, who leaves, who is the main contact; what the form does not show stays as it was."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from msgspec import Struct

from sportello.kit.i18n import N_
from sportello.kit.ids import uuid7
from sportello.record.concepts import codes_of, many, mapping, string, text_of
from sportello.record.ports import Resource

PRIMARY = "PPRF"  # primary performer
_SYSTEM = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
_KINDS = ("Practitioner", "PractitionerRole", "Organization", "RelatedPerson")
_NEEDED, _NO_DATE, _TOO_LONG = N_("This field is required."), N_("Write a date."), N_("This text is too long.")
_ONE = N_("Choose somebody of the hospital, or write a name.")
LONGEST = 200


class Joining(Struct, frozen=True):
    """Who is to join, as typed: `who` is a reference of the record, or `name` of somebody who is not in it."""

    who: str = ""
    name: str = ""
    role: str = ""
    phone: str = ""
    since: str = ""
    primary: bool = False


def faults(joining: Joining, known: Sequence[str]) -> dict[str, str]:
    """What is wrong, by the form's field, as message ids."""
    found: dict[str, str] = {}
    if bool(joining.who) == bool(joining.name) or (joining.who and joining.who not in known):
        found["who"] = _ONE
    if not joining.role:
        found["role"] = _NEEDED
    if joining.since and _day(joining.since) is None:
        found["since"] = _NO_DATE
    for field in ("name", "role", "phone"):
        if len(getattr(joining, field)) > LONGEST:
            found[field] = _TOO_LONG
    return found


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None


def new_team(patient: str, name: str) -> Resource:
    """A first care team for a patient."""
    return {"resourceType": "CareTeam", "id": str(uuid7()), "status": "active", "name": name,
            "subject": {"reference": f"Patient/{patient}"}}  # fmt: skip


def joined(team: Resource, joining: Joining, display: str, today: date) -> Resource:
    """The team with somebody more; of several main contacts only the new one stays the main one."""
    participant: Resource = {
        "role": [_role(joining.role, primary=joining.primary)],
        "member": {"reference": joining.who, "display": display} if joining.who else {"display": joining.name},
        "period": {"start": joining.since or today.isoformat()},
    }
    changed = dict(team)
    if joining.phone and not joining.who:
        # Somebody who is not in the record brings their telephone along in a resource of the team's own.
        inner = f"member-{uuid7().hex[:12]}"
        person = {"resourceType": "Practitioner", "id": inner, "name": [{"text": joining.name}],
                  "telecom": [{"system": "phone", "value": joining.phone}]}  # fmt: skip
        changed["contained"] = [*many(team.get("contained")), person]
        participant["member"] = {"reference": f"#{inner}", "display": joining.name}
    others = [without_primary(one) if joining.primary else one for one in many(team.get("participant"))]
    return changed | {"participant": [*others, participant]}


def _role(text: str, *, primary: bool) -> Resource:
    coding = {"system": _SYSTEM, "code": PRIMARY}
    return {"text": text, **({"coding": [coding]} if primary else {})}


def without_primary(participant: Resource) -> Resource:
    """A member who is no main contact any more; their role's own words and codes stay."""
    roles = []
    for role in many(participant.get("role")):
        codings = [one for one in many(role.get("coding")) if one.get("code") != PRIMARY]
        kept = {name: value for name, value in role.items() if name != "coding"}
        kept |= {"coding": codings} if codings else {}
        roles += [kept] if kept else []
    rest = {name: value for name, value in participant.items() if name != "role"}
    return rest | ({"role": roles} if roles else {})


def made_primary(team: Resource, place: int) -> Resource:
    """The team with one member as the main contact, and no other."""
    changed = [without_primary(one) for one in many(team.get("participant"))]
    one = changed[place]
    roles = many(one.get("role")) or [{}]
    first = roles[0] | {"coding": [*many(roles[0].get("coding")), {"system": _SYSTEM, "code": PRIMARY}]}
    changed[place] = one | {"role": [first, *roles[1:]]}
    return team | {"participant": changed}


def left(team: Resource, place: int, today: date) -> Resource:
    """The team with one membership ended today; whoever joined after today never belonged to it."""
    changed = list(many(team.get("participant")))
    period = dict(mapping(changed[place].get("period")))
    if (string(period.get("start")) or "")[:10] > today.isoformat():
        del changed[place]
    else:
        changed[place] = without_primary(changed[place]) | {"period": period | {"end": today.isoformat()}}
    return team | {"participant": changed}


def belongs(participant: Mapping[str, Any], today: date) -> bool:
    """Whether a membership goes on."""
    end = string(mapping(participant.get("period")).get("end"))
    return not end or end[:10] > today.isoformat()


def is_primary(participant: Mapping[str, Any]) -> bool:
    return any(code == PRIMARY for code in codes_of(participant.get("role")))


def role_of(participant: Mapping[str, Any], language: str) -> str:
    return next((text for one in many(participant.get("role")) if (text := text_of(one, language))), "")
