"""Care plans as people follow them: why, what is to be reached, what is to be done; gaps in the data are tolerated."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct

from sportello.kit.i18n import translate
from sportello.record.concepts import code_of, first_text, many, mapping, string, strings, text_of
from sportello.record.dates import When, first_when, period, when
from sportello.record.items import Reader, item
from sportello.record.labels import ACHIEVEMENTS, STATUSES, said
from sportello.record.measures import value_of
from sportello.record.people import person
from sportello.record.plan_draft import review_by
from sportello.record.ports import Resource
from sportello.record.rules import category_of

_ORDER = ("active", "on-hold", "draft", "unknown", "completed", "revoked")
_MET = frozenset({"achieved", "sustaining", "improving"})
_MISSED = frozenset({"not-achieved", "worsening", "not-attainable", "no-progress"})


class Goal(Struct, frozen=True):
    """What is to be reached; `tone` ok, warn or empty, `late` past its date."""

    text: str
    achievement: str | None
    tone: str
    target: str | None
    due: When | None
    late: bool


class Activity(Struct, frozen=True):
    """What is to be done; `done` when nothing remains of it."""

    text: str
    status: str | None
    done: bool
    scheduled: str | None
    who: str | None
    avoid: bool = False


class Plan(Struct, frozen=True):
    """A care plan; `code` is its status in FHIR, `status` in words."""

    key: str
    title: str
    code: str
    status: str
    start: When | None
    end: When | None
    description: str | None
    addresses: tuple[str, ...]
    goals: tuple[Goal, ...]
    activities: tuple[Activity, ...]
    author: str | None
    team: str | None
    notes: tuple[str, ...]
    id: str = ""
    review: When | None = None
    review_late: bool = False


def plans(resources: Sequence[Resource], reader: Reader, now: datetime) -> tuple[Plan, ...]:
    """All plans, those under way first, each group newest first."""
    found = [_plan(one, _within(one, reader), now) for one in resources if one["resourceType"] == "CarePlan"]
    found.sort(key=lambda one: one.start.at.timestamp() if one.start else 0.0, reverse=True)
    found.sort(key=lambda one: _ORDER.index(one.code) if one.code in _ORDER else len(_ORDER))
    return tuple(found)


def _within(resource: Resource, reader: Reader) -> Reader:
    """The reader with the resources contained in this one, which are referred to as #id."""
    contained = {f"#{one['id']}": one for one in many(resource.get("contained")) if isinstance(one.get("id"), str)}
    return Reader(reader.language, reader.zone, {**reader.resources, **contained}) if contained else reader


def _plan(plan: Resource, reader: Reader, now: datetime) -> Plan:
    language = reader.language
    start, end = period(plan.get("period"))
    status = string(plan.get("status")) or "unknown"
    title = string(plan.get("title")) or first_text(plan.get("category"), language)
    activities = tuple(_activity(one, reader) for one in many(plan.get("activity")))
    return Plan(
        key=f"CarePlan/{plan['id']}",
        title=title
        or string(plan.get("description"))
        or (activities[0].text if activities else translate(language, "Care plan")),
        code=status,
        status=said(STATUSES, status, language) or status,
        start=start,
        end=end,
        description=string(plan.get("description")) if title else None,
        addresses=tuple(dict.fromkeys(filter(None, (_problem(one, reader) for one in many(plan.get("addresses")))))),
        goals=tuple(goal for one in many(plan.get("goal")) if (goal := _goal(one, reader, now))),
        activities=activities,
        author=who.name if (who := person(plan.get("author"), reader.resources, language)) else None,
        team=next((_team(one, reader) for one in many(plan.get("careTeam")) if _team(one, reader)), None),
        notes=tuple(text for one in many(plan.get("note")) if (text := string(one.get("text")))),
        id=str(plan["id"]),
        review=(review := when(review_by(plan))),
        review_late=bool(review and review.at < now and status in ("active", "draft")),
    )


def _referred(reference: Mapping[str, Any], reader: Reader) -> Mapping[str, Any]:
    return reader.resources.get(str(reference.get("reference"))) or {}


def _problem(reference: Mapping[str, Any], reader: Reader) -> str | None:
    return text_of(_referred(reference, reader).get("code"), reader.language) or reader.named(reference)


def _team(reference: Mapping[str, Any], reader: Reader) -> str | None:
    return string(_referred(reference, reader).get("name")) or reader.named(reference)


def _goal(reference: Mapping[str, Any], reader: Reader, now: datetime) -> Goal | None:
    goal = _referred(reference, reader)
    if not goal:
        shown = reader.named(reference)
        return Goal(shown, None, "", None, None, False) if shown else None
    reached = code_of(goal.get("achievementStatus")) or ""
    lifecycle = string(goal.get("lifecycleStatus"))
    target = next(iter(many(goal.get("target"))), {})
    due = when(target.get("dueDate"))
    label = said(ACHIEVEMENTS, reached, reader.language) or text_of(goal.get("achievementStatus"), reader.language)
    open_still = reached not in ("achieved", "sustaining") and lifecycle not in ("completed", "cancelled", "rejected")
    return Goal(
        text=text_of(goal.get("description"), reader.language) or "?",
        achievement=label or said(STATUSES, lifecycle, reader.language),
        tone="ok" if reached in _MET else "warn" if reached in _MISSED else "",
        target=_target(target, text_of(goal.get("description"), reader.language), reader),
        due=due,
        late=bool(due and due.at < now and open_still),
    )


def _target(target: Mapping[str, Any], goal: str | None, reader: Reader) -> str | None:
    what = text_of(target.get("measure"), reader.language)
    what = None if what == goal else what
    value = value_of(target, reader.language, reader.zone, prefix="detail")
    return ": ".join(part for part in (what, value) if part) or None


def _activity(activity: Mapping[str, Any], reader: Reader) -> Activity:
    """Told in the plan (`detail`) or by another resource (`reference`)."""
    detail = activity.get("detail")
    if not isinstance(detail, dict):
        found = _referred(mapping(activity.get("reference")), reader)
        told = item(found, category_of(found), reader) if found.get("resourceType") else None
        shown = reader.named(mapping(activity.get("reference")))
        return Activity(told.title if told else shown or "?", told.status if told else None, False,
                        told.when.shown(reader.language, reader.zone) if told and told.when else None,
                        told.source if told else None)  # fmt: skip
    status = string(detail.get("status"))
    people = (person(one, reader.resources, reader.language) for one in many(detail.get("performer")))
    text = text_of(detail.get("code"), reader.language) or string(detail.get("description"))
    return Activity(
        text=text or first_text(detail.get("reasonCode"), reader.language) or "?",
        status=said(STATUSES, status, reader.language),
        done=status in ("completed", "cancelled", "stopped"),
        scheduled=_scheduled(detail, reader),
        who=", ".join(one.name for one in people if one) or None,
        avoid=detail.get("doNotPerform") is True,
    )


def _scheduled(detail: Mapping[str, Any], reader: Reader) -> str | None:
    timing = detail.get("scheduledTiming")
    if isinstance(timing, dict):
        first = next((found for one in strings(timing.get("event")) if (found := when(one))), None)
        return text_of(timing.get("code"), reader.language) or (
            first.shown(reader.language, reader.zone) if first else None
        )
    if moment := first_when(dict(detail), "scheduledPeriod"):
        return moment.shown_day(reader.language, reader.zone)
    return value_of(detail, reader.language, reader.zone, prefix="scheduledString")


def addressed(resources: Sequence[Resource]) -> set[str]:
    """What the plans refer to besides people: conditions, goals, teams, activities."""
    found: set[str] = set()
    for one in resources:
        listed = [
            *many(one.get("addresses")),
            *many(one.get("goal")),
            *many(one.get("careTeam")),
            *many(one.get("author")),
        ]
        for activity in many(one.get("activity")):
            listed += [*many(activity.get("reference")), *many(mapping(activity.get("detail")).get("performer"))]
        found |= {text for each in listed if (text := string(each.get("reference")))}
    return {text for text in found if "/" in text}
