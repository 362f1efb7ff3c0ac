"""The clinical timeline: visits as cards with all that belongs to them, other items by day, newest first."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import msgspec
from msgspec import Struct

from sportello.kit.i18n import translate
from sportello.record.concepts import codes_of, first_text, many, string, texts
from sportello.record.courses import drawn
from sportello.record.dates import When, period
from sportello.record.items import Item, Reader, item, moment, result, vital_rank
from sportello.record.labels import CLASSES, STATUSES, USUAL, said
from sportello.record.measures import Measure
from sportello.record.people import person
from sportello.record.ports import Page, Place, Resource
from sportello.record.rules import CATEGORIES, category_of, write_cursor
from sportello.record.sensitivity import is_sensitive

_POINTERS = ("Practitioner/", "PractitionerRole/", "Organization/", "Location/", "Medication/", "Questionnaire/")


class Group(Struct, frozen=True):
    """Items of one category. Vital signs are `line`, the rest `items`."""

    category: str
    label: str
    items: tuple[Item, ...] = ()
    line: tuple[Measure, ...] = ()


class Card(Struct, frozen=True):
    """A visit, or (without `visit`) the loose items of a day; all texts in the reader's language."""

    key: str
    visit: bool
    when: When | None
    until: When | None
    groups: tuple[Group, ...]
    future: bool = False
    title: str | None = None
    setting: str | None = None
    emergency: bool = False
    status: str | None = None
    reason: str | None = None
    place: str | None = None
    people: tuple[str, ...] = ()
    sensitive: bool = False

    @property
    def alerts(self) -> int:
        """How many results of the card stand out."""
        lines = sum(one.alert is not None for group in self.groups for one in group.line)
        return lines + sum(one.alerts for group in self.groups for one in group.items)

    @property
    def critical(self) -> bool:
        """Whether one of them cannot wait."""
        measures = (m for group in self.groups for m in (*group.line, *(n for i in group.items for n in i.measures)))
        return any(one.critical for one in measures)


class Timeline(Struct, frozen=True):
    """A page of cards; `before` is the cursor of the next page, None at the end."""

    cards: tuple[Card, ...]
    before: str | None


def pointers(resources: Iterable[Mapping[str, Any]]) -> set[str]:
    """References to people, places and medications that the cards name."""
    found: list[str] = []
    for resource in resources:
        _gather(resource, found)
    return {text for text in found if text.startswith(_POINTERS)}


def _gather(value: Any, found: list[str]) -> None:
    if isinstance(value, dict):
        for key, inner in value.items():
            if isinstance(inner, str):
                if key == "reference":
                    found.append(inner)
            elif isinstance(inner, (dict, list)) and key not in ("text", "contained", "code", "category", "meta"):
                _gather(inner, found)
    elif isinstance(value, list):
        for inner in value:
            _gather(inner, found)


def timeline(page: Page, reader: Reader, now: datetime) -> Timeline:
    """The cards of a page."""
    by_key = {f"{one['resourceType']}/{one['id']}": (one, matches) for one, matches in page.resources}
    inside: dict[str, list[tuple[Resource, bool]]] = {}
    for one, matches in page.resources:
        if (inner := _visit_of(one)) and one["resourceType"] != "Encounter":
            inside.setdefault(inner, []).append((one, matches))
    cards: list[Card] = []
    loose: list[tuple[Place, Resource]] = []
    for place in page.places:
        key = f"{place.type}/{place.id}"
        if key not in by_key:
            continue
        resource, matches = by_key[key]
        if place.type != "Encounter":
            if loose and _day(loose[-1][1], reader) != _day(resource, reader):
                cards.append(_loose(loose, reader, now))
                loose = []
            loose.append((place, resource))
            continue
        if loose:
            cards.append(_loose(loose, reader, now))
            loose = []
        belonging = inside.get(key, [])
        cards.append(visit(resource, [one for one, fits in belonging if fits or matches], reader, now))
    if loose:
        cards.append(_loose(loose, reader, now))
    last = page.places[-1] if page.places else None
    return Timeline(
        tuple(with_courses(cards, reader.language)),
        write_cursor(last.at, last.type, last.id) if last and page.more else None,
    )


def with_courses(cards: Sequence[Card], language: str) -> list[Card]:
    """The cards with a small chart beside each vital sign; they come newest first."""
    groups = [(card.key, group) for card in reversed(cards) for group in card.groups if group.line]
    lines = drawn([group.line for _, group in groups], language)
    courses = {key: line for (key, _), line in zip(groups, lines, strict=True)}
    return [
        msgspec.structs.replace(
            card,
            groups=tuple(
                msgspec.structs.replace(one, line=courses[card.key]) if one.line else one for one in card.groups
            ),
        )
        if card.key in courses
        else card
        for card in cards
    ]


def _visit_of(resource: Resource) -> str | None:
    for one in (*many(resource.get("encounter")), *many(resource.get("context"))):
        for reference in (one, *many(one.get("encounter"))):
            if (text := string(reference.get("reference"))) and text.startswith("Encounter/"):
                return text.partition("/_history/")[0]
    return None


def _day(resource: Resource, reader: Reader) -> date | str | None:
    at = moment(resource)
    return (at.day_in(reader.zone) or at.text) if at else None


def visit(encounter: Resource, belonging: Sequence[Resource], reader: Reader, now: datetime) -> Card:
    """The card of an encounter with what belongs to it."""
    start, end = period(encounter.get("period"))
    language = reader.language
    people = [person(one.get("individual"), reader.resources, language) for one in many(encounter.get("participant"))]
    places = [person(one.get("location"), reader.resources, language) for one in many(encounter.get("location"))]
    where = [person(encounter.get("serviceProvider"), reader.resources, language), *places]
    code = next(codes_of(encounter.get("class")), "")
    status = string(encounter.get("status"))
    return Card(
        key=f"Encounter/{encounter['id']}",
        visit=True,
        when=start or end,
        until=end if start and end and end.day_in(reader.zone) != start.day_in(reader.zone) else None,
        groups=_groups(belonging, reader),
        future=bool(start and start.at > now),
        title=first_text(encounter.get("type"), language) or first_text(encounter.get("serviceType"), language),
        setting=said(CLASSES, code, language) if code in CLASSES else first_text(encounter.get("class"), language),
        emergency=code == "EMER",
        status=said(STATUSES, status, language) if status not in USUAL else None,
        reason=", ".join(texts(encounter.get("reasonCode"), language)) or None,
        place=_place([one.name for one in where if one]),
        people=tuple(dict.fromkeys(one.name for one in people if one)),
        sensitive=bool(reader.hidden) and is_sensitive(encounter, reader.hidden),
    )


def _place(names: Sequence[str]) -> str | None:
    """Hospital and department; a name that another one already holds is not said twice."""
    said = [one for one in dict.fromkeys(names) if not any(one in other and one != other for other in names)]
    return ", ".join(said) or None


def _loose(found: Sequence[tuple[Place, Resource]], reader: Reader, now: datetime) -> Card:
    place, first = found[0]
    at = moment(first)
    return Card(
        key=f"{place.type}/{place.id}",
        visit=False,
        when=at,
        until=None,
        groups=_groups([resource for _, resource in found], reader),
        future=bool(at and at.at > now),
    )


def _groups(resources: Sequence[Resource], reader: Reader) -> tuple[Group, ...]:
    """By category in the order of the buttons; a report takes in the observations it is made of."""
    reported = {
        reference: one
        for one in resources
        if one["resourceType"] == "DiagnosticReport"
        for part in many(one.get("result"))
        if (reference := string(part.get("reference")))
    }
    sorted_out: dict[str, list[Resource]] = {}
    members: dict[str, list[Resource]] = {}
    for one in resources:
        if report := reported.get(f"{one['resourceType']}/{one['id']}"):
            members.setdefault(report["id"], []).append(one)
        else:
            codes = list(codes_of(one.get("category"))) if one["resourceType"] == "Observation" else []
            sorted_out.setdefault(category_of(one, codes), []).append(one)
    return tuple(
        _vitals(sorted_out[name], reader, translate(reader.language, label))
        if name == "vitals"
        else Group(
            name,
            translate(reader.language, label),
            tuple(_with_results(one, name, members, reader) for one in sorted_out[name]),
        )
        for name, (label, _) in CATEGORIES.items()
        if name in sorted_out
    )


def _with_results(one: Resource, category: str, members: Mapping[str, list[Resource]], reader: Reader) -> Item:
    told = item(one, category, reader)
    parts = members.get(one["id"], []) if one["resourceType"] == "DiagnosticReport" else []
    if not parts:
        return told
    order = {string(part.get("reference")): place for place, part in enumerate(many(one.get("result")))}
    parts.sort(key=lambda part: order.get(f"Observation/{part['id']}", 999))
    measures = tuple(result(part, reader) for part in parts)
    return msgspec.structs.replace(told, measures=measures)


def _vitals(observations: Sequence[Resource], reader: Reader, label: str) -> Group:
    line = []
    for one in sorted(observations, key=lambda one: vital_rank(one)[0]):
        value = result(one, reader, digits=1)
        if name := vital_rank(one)[1]:
            value = msgspec.structs.replace(value, name=translate(reader.language, name))
        line.append(value)
    return Group("vitals", label, line=tuple(line))
