"""Who cares for the patient: from care teams, or else the family doctor and those seen at visits."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct

from sportello.kit.i18n import translate
from sportello.record.concepts import codes_of, first_text, many, mapping, string
from sportello.record.dates import When, period
from sportello.record.items import Reader
from sportello.record.people import Person, person
from sportello.record.ports import Resource

_MOST_MET = 8
# SNOMED CT: general practitioner, primary care physician; v3-ParticipationMode and others name them in words.
_PRIMARY = frozenset({"62247001", "446050000", "453231000124104", "primary", "PPRF"})


class Member(Struct, frozen=True):
    """Somebody of the team; `kind` and `id` name the FHIR resource when it is here, so that a visit can be booked;
    `untitled` is the name without `Dr.` and the like."""

    name: str
    untitled: str
    role: str
    kind: str | None
    id: str | None
    organisation: str | None
    phone: str | None
    email: str | None
    since: When | None
    until: When | None
    primary: bool
    past: bool = False

    @property
    def practitioner_id(self) -> str | None:
        """The practitioner with whom a visit can be booked."""
        return self.id if self.kind == "Practitioner" else None


class Team(Struct, frozen=True):
    """Those who care now, the main one first, and those who did; `from_visits` when there is no care team."""

    names: tuple[str, ...]
    members: tuple[Member, ...]
    past: tuple[Member, ...]
    from_visits: bool


def team(
    patient: Resource, teams: Sequence[Resource], encounters: Sequence[Resource], reader: Reader, now: datetime
) -> Team:
    """The members of all care teams under way; without any, the family doctor and the practitioners of visits."""
    doctors = {str(one.get("reference")) for one in many(patient.get("generalPractitioner"))}
    members = [
        member
        for one in teams
        for participant in many(one.get("participant"))
        if (member := _member(participant, one, doctors, reader, now))
    ]
    from_visits = not any(not member.past for member in members)
    named = {(member.kind, member.id) for member in members if member.id and not member.past}
    if not any(member.primary for member in members):
        members = [one for one in _doctors(patient, reader) if (one.kind, one.id) not in named] + members
    if from_visits:
        known = {(member.kind, member.id) for member in members}
        members += [one for one in _met(encounters, reader) if (one.kind, one.id) not in known]
    present = _once([one for one in members if not one.past])
    return Team(
        names=tuple(dict.fromkeys(name for one in teams if _under_way(one, now) and (name := string(one.get("name"))))),
        members=tuple(sorted(present, key=lambda one: not one.primary)),
        past=tuple(_once([one for one in members if one.past])),
        from_visits=from_visits,
    )


def _once(members: Sequence[Member]) -> list[Member]:
    """Each person in a role once, though several teams may name them."""
    return list({(one.kind, one.id or one.name, one.role): one for one in members}.values())


def _under_way(one: Resource, now: datetime) -> bool:
    _, end = period(one.get("period"))
    return one.get("status", "active") in ("active", "proposed") and not (end and end.at < now)


def _member(
    participant: Mapping[str, Any], team: Resource, doctors: set[str], reader: Reader, now: datetime
) -> Member | None:
    contained = {f"#{one['id']}": one for one in many(team.get("contained")) if isinstance(one.get("id"), str)}
    resources = {**reader.resources, **contained}
    reference = mapping(participant.get("member"))
    who = person(reference, resources, reader.language)
    if not who or str(reference.get("reference", "")).startswith("Patient/"):
        return None
    role = first_text(participant.get("role"), reader.language) or who.role
    behalf = person(participant.get("onBehalfOf"), resources, reader.language)
    start, end = period(participant.get("period"))
    since = start or period(team.get("period"))[0]
    primary = (
        any(code in _PRIMARY for code in codes_of(participant.get("role"))) or reference.get("reference") in doctors
    )
    past = bool(end and end.at < now) or not _under_way(team, now)
    return _named(who, role or "", behalf.name if behalf else None, since, end, primary, past)


def _doctors(patient: Resource, reader: Reader) -> list[Member]:
    people = (person(one, reader.resources, reader.language) for one in many(patient.get("generalPractitioner")))
    return [
        _named(one, translate(reader.language, "Family doctor"), None, None, None, True, False) for one in people if one
    ]


def _met(encounters: Sequence[Resource], reader: Reader) -> list[Member]:
    """Practitioners of visits, those seen most often first; `since` is the first visit among those known."""
    met = translate(reader.language, "Seen at visits")
    seen: Counter[str] = Counter()
    first: dict[str, tuple[Person, When | None, str | None]] = {}
    for encounter in encounters:
        start, _ = period(encounter.get("period"))
        where = person(encounter.get("serviceProvider"), reader.resources, reader.language)
        for participant in many(encounter.get("participant")):
            reference = participant.get("individual")
            who = person(reference, reader.resources, reader.language)
            if not who or not isinstance(reference, dict):
                continue
            key = string(reference.get("reference")) or who.name
            seen[key] += 1
            earlier = first.get(key)
            if not earlier or (start and (not earlier[1] or start.at < earlier[1].at)):
                first[key] = (who, start, where.name if where else None)
    return [
        _named(first[key][0], met, first[key][2], first[key][1], None, False, False)
        for key, _ in seen.most_common(_MOST_MET)
    ]


def _named(
    who: Person, role: str, where: str | None, since: When | None, until: When | None,
    primary: bool, past: bool,
) -> Member:  # fmt: skip
    return Member(
        name=who.name,
        untitled=" ".join(word for word in who.name.split() if "." not in word) or who.name,
        role=role,
        kind=who.kind,
        id=who.id,
        organisation=where or who.organisation,
        phone=who.phone,
        email=who.email,
        since=since,
        until=until,
        primary=primary,
        past=past,
    )


def pointers(patient: Resource, teams: Sequence[Resource], encounters: Sequence[Resource]) -> set[str]:
    """References to everybody the team may name."""
    listed: list[dict[str, Any]] = [*many(patient.get("generalPractitioner"))]
    for one in teams:
        for participant in many(one.get("participant")):
            listed += [*many(participant.get("member")), *many(participant.get("onBehalfOf"))]
    for encounter in encounters:
        listed += [*many(encounter.get("serviceProvider"))]
        listed += [who for one in many(encounter.get("participant")) for who in many(one.get("individual"))]
    return {text for one in listed if (text := string(one.get("reference"))) and "/" in text}
