"""A care plan as its form has it: read from FHIR, or from what was typed, and checked."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from msgspec import Struct

from sportello.kit.i18n import N_
from sportello.record.concepts import code_of, first_text, many, mapping, string, text_of
from sportello.record.items import Reader
from sportello.record.labels import ACHIEVEMENTS, STATUSES
from sportello.record.measures import value_of
from sportello.record.people import person
from sportello.record.ports import Resource

REVIEW, CHANGED_BY = "urn:sportello:review-by", "urn:sportello:changed-by"
PLAN_STATUSES = ("draft", "active", "on-hold", "completed", "revoked")
ACTIVITY_STATUSES = ("not-started", "scheduled", "in-progress", "on-hold", "completed", "cancelled")
MOST_ROWS, LONGEST = 40, 500
_ACHIEVEMENT = "http://terminology.hl7.org/CodeSystem/goal-achievement"
_NEEDED, _NO_DATE, _TOO_LONG = N_("This field is required."), N_("Write a date."), N_("This text is too long.")
_BACKWARDS = N_("The end is before the beginning.")


class GoalRow(Struct, frozen=True):
    """A goal; `ref` and `version` of the resource that it is in, empty and 0 for a new one."""

    ref: str = ""
    version: int = 0
    text: str = ""
    target: str = ""
    due: str = ""
    reached: str = ""


class ActivityRow(Struct, frozen=True):
    """An activity; `place` is its number in the plan, empty for a new one."""

    place: str = ""
    text: str = ""
    status: str = ""
    who: str = ""
    when: str = ""


class Draft(Struct, frozen=True):
    """All that the form shows; dates as they were typed."""

    title: str = ""
    status: str = "active"
    start: str = ""
    end: str = ""
    review: str = ""
    description: str = ""
    problems: tuple[str, ...] = ()
    goals: tuple[GoalRow, ...] = ()
    activities: tuple[ActivityRow, ...] = ()
    version: int = 0


def draft_of(plan: Resource, reader: Reader, versions: Mapping[str, int]) -> Draft:
    """The form of a plan; `versions` of the plan itself (under "") and of its goals."""
    period = mapping(plan.get("period"))
    language = reader.language
    return Draft(
        title=string(plan.get("title")) or first_text(plan.get("category"), language) or "",
        status=string(plan.get("status")) or "active",
        start=(string(period.get("start")) or "")[:10],
        end=(string(period.get("end")) or "")[:10],
        review=_extended(plan, REVIEW, "valueDate"),
        description=string(plan.get("description")) or "",
        problems=tuple(ref for one in many(plan.get("addresses")) if (ref := string(one.get("reference")))),
        goals=tuple(row for ref in editable_goals(plan, reader) if (row := _goal_row(ref, reader, versions))),
        activities=tuple(
            _activity_row(str(place), mapping(one.get("detail")), reader)
            for place, one in enumerate(many(plan.get("activity")))
            if isinstance(one.get("detail"), dict)
        ),
        version=versions.get("", 0),
    )


def editable_goals(plan: Resource, reader: Reader) -> list[str]:
    """Goals in resources of their own; those contained in the plan, or only named, stay as they are."""
    refs = (string(one.get("reference")) for one in many(plan.get("goal")))
    return [ref for ref in refs if ref and not ref.startswith("#") and ref in reader.resources]


def _goal_row(ref: str, reader: Reader, versions: Mapping[str, int]) -> GoalRow | None:
    goal = reader.resources[ref]
    if goal.get("lifecycleStatus") in ("cancelled", "entered-in-error", "rejected"):
        return None
    target = next(iter(many(goal.get("target"))), {})
    text = text_of(goal.get("description"), reader.language) or ""
    due, reached = (string(target.get("dueDate")) or "")[:10], code_of(goal.get("achievementStatus")) or ""
    return GoalRow(ref, versions.get(ref, 0), text, target_of(target, text, reader), due, reached)


def target_of(target: Mapping[str, Any], goal: str, reader: Reader) -> str:
    """What is to be measured and reached, in one line; what is measured is not said when it is the goal itself."""
    what = text_of(target.get("measure"), reader.language)
    what = None if what == goal else what
    value = value_of(target, reader.language, reader.zone, prefix="detail")
    return ": ".join(part for part in (what, value) if part)


def _activity_row(place: str, detail: Mapping[str, Any], reader: Reader) -> ActivityRow:
    people = (person(one, reader.resources, reader.language) for one in many(detail.get("performer")))
    return ActivityRow(
        place,
        text_of(detail.get("code"), reader.language) or string(detail.get("description")) or "",
        string(detail.get("status")) or "not-started",
        ", ".join(one.name for one in people if one),
        string(detail.get("scheduledString")) or "",
    )


def read_form(items: Iterable[tuple[str, str]]) -> Draft:
    """What was typed, whatever it is; empty rows at the end are left out."""
    plain: dict[str, str] = {}
    problems: list[str] = []
    rows: dict[str, dict[int, dict[str, str]]] = {"goal": {}, "activity": {}}
    for name, value in items:
        kind, _, rest = name.partition("-")
        number, _, field = rest.partition("-")
        text = value.replace("\x00", "").strip()[: LONGEST * 10]
        if name == "problem":
            problems.append(text)
        elif kind in rows and number.isdecimal() and int(number[:4]) < MOST_ROWS:
            rows[kind].setdefault(int(number), {})[field] = text
        else:
            plain[name] = text
    goals = [GoalRow(_of(one, "ref"), _number(_of(one, "version")), *_each(one, "text target due reached"))
             for _, one in sorted(rows["goal"].items())]  # fmt: skip
    activities = [
        ActivityRow(_of(one, "place"), *_each(one, "text status who when"))
        for _, one in sorted(rows["activity"].items())
    ]
    title, status, start, end, review, description = _each(plain, "title status start end review description")
    return Draft(
        title, status, start, end, review, description, tuple(dict.fromkeys(problems)),
        tuple(one for one in goals if one.ref or one.text or one.target or one.due),
        tuple(one for one in activities if one.place or one.text or one.who or one.when),
        _number(_of(plain, "version")),
    )  # fmt: skip


def _of(one: Mapping[str, str], name: str) -> str:
    return one.get(name, "")


def _each(one: Mapping[str, str], names: str) -> list[str]:
    return [_of(one, name) for name in names.split()]


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 9 else 0


def faults(draft: Draft) -> dict[str, str]:
    """What is wrong, by the field's name in the form, as message ids."""
    found: dict[str, str] = {}
    if not draft.title:
        found["title"] = _NEEDED
    if draft.status not in STATUSES:
        found["status"] = _NEEDED
    for name in ("start", "end", "review"):
        if (text := getattr(draft, name)) and _day(text) is None:
            found[name] = _NO_DATE
    start, end = _day(draft.start), _day(draft.end)
    if start and end and end < start:
        found["end"] = _BACKWARDS
    for number, goal in enumerate(draft.goals):
        if not goal.ref and not goal.text:
            found[f"goal-{number}-text"] = _NEEDED
        if goal.due and _day(goal.due) is None:
            found[f"goal-{number}-due"] = _NO_DATE
        if goal.reached not in ("", *ACHIEVEMENTS):
            found[f"goal-{number}-reached"] = _NEEDED
    for number, activity in enumerate(draft.activities):
        if not activity.place and not activity.text:
            found[f"activity-{number}-text"] = _NEEDED
    long = {"title": draft.title, **{f"goal-{n}-text": one.text for n, one in enumerate(draft.goals)}}
    long |= {f"activity-{n}-text": one.text for n, one in enumerate(draft.activities)}
    return found | {name: _TOO_LONG for name, text in long.items() if len(text) > LONGEST}


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None


def _extended(resource: Mapping[str, Any], url: str, field: str) -> str:
    return next((string(one.get(field)) or "" for one in many(resource.get("extension")) if one.get("url") == url), "")


def extended(resource: Resource, **values: str) -> list[Resource]:
    """The extensions of a resource with these (`review` a date, `changed_by` a name) in place of those it had."""
    told = {REVIEW: ("valueDate", values.get("review")), CHANGED_BY: ("valueString", values.get("changed_by"))}
    kept = [one for one in many(resource.get("extension")) if one.get("url") not in told]
    return [*kept, *({"url": url, field: value} for url, (field, value) in told.items() if value)]


def changed_by(resource: Mapping[str, Any]) -> str:
    """Who wrote a version, as far as it is known."""
    return _extended(resource, CHANGED_BY, "valueString")


def review_by(resource: Mapping[str, Any]) -> str:
    """The day by which the plan is to be looked at again, or empty."""
    return _extended(resource, REVIEW, "valueDate")


def rows_to_fill(draft: Draft) -> tuple[Sequence[GoalRow], Sequence[ActivityRow]]:
    """The rows with one empty one behind each kind."""
    return (*draft.goals, GoalRow())[:MOST_ROWS], (*draft.activities, ActivityRow())[:MOST_ROWS]


def achievement(code: str) -> Resource:
    """How far a goal is reached, as FHIR codes it."""
    return {"coding": [{"system": _ACHIEVEMENT, "code": code}]}
