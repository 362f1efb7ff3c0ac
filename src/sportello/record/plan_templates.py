"""Templates of care plans: FHIR PlanDefinitions, read into a form, and made out of a plan that has proven good."""

from collections.abc import Sequence
from datetime import date, timedelta

from msgspec import Struct
from msgspec.structs import replace

from sportello.kit.ids import uuid7
from sportello.record.concepts import many, mapping, string, text_of
from sportello.record.items import Reader
from sportello.record.plan_draft import ActivityRow, Draft, GoalRow
from sportello.record.ports import Resource

_DAYS = {"d": 1, "wk": 7, "mo": 30, "a": 365, "days": 1, "weeks": 7, "months": 30, "years": 365}


class Template(Struct, frozen=True):
    """A template by its id and title."""

    id: str
    title: str


def offered(definitions: Sequence[Resource]) -> list[Template]:
    """Those in use, by title."""
    found = [
        Template(one["id"], string(one.get("title")) or "?") for one in definitions if one.get("status") == "active"
    ]
    return sorted(found, key=lambda one: one.title.casefold())


def filled(definition: Resource, reader: Reader, today: date) -> Draft:
    """The form of a new plan; dates of goals count from today."""
    goals = []
    for one in many(definition.get("goal")):
        target = next(iter(many(one.get("target"))), {})
        text = text_of(one.get("description"), reader.language) or ""
        goals.append(
            GoalRow(text=text, target=string(target.get("detailString")) or _range(target), due=_due(target, today))
        )
    activities = [
        ActivityRow(text=title, status="not-started", when=string(one.get("description")) or "")
        for one in many(definition.get("action"))
        if (title := string(one.get("title")) or string(one.get("textEquivalent")))
    ]
    return Draft(
        title=string(definition.get("title")) or "", start=today.isoformat(), goals=tuple(goals),
        description=string(definition.get("description")) or "", activities=tuple(activities),
    )  # fmt: skip


def _range(target: Resource) -> str:
    """An amount that is not to be passed, as its unit has it."""
    high = mapping(mapping(target.get("detailRange")).get("high")) or mapping(target.get("detailQuantity"))
    value = high.get("value")
    return f"< {value} {string(high.get('unit')) or ''}".strip() if value is not None else ""


def _due(target: Resource, today: date) -> str:
    due = mapping(target.get("due"))
    unit = string(due.get("code")) or string(due.get("unit")) or ""
    days, number = _DAYS.get(unit, 0), due.get("value")
    if not days or not isinstance(number, (int, float)) or not 0 < number * days < 36500:
        return ""
    return (today + timedelta(days=int(number * days))).isoformat()


def made_of(draft: Draft, today: date) -> Resource:
    """The template that a plan makes: its goals with their times from its beginning, its activities; nobody's names."""
    begun = date.fromisoformat(draft.start) if draft.start else today
    goals = []
    for row in draft.goals:
        if not row.text:
            continue
        target: Resource = {"detailString": row.target, "measure": {"text": row.text}} if row.target else {}
        if row.due and (days := (date.fromisoformat(row.due) - begun).days) > 0:
            target["due"] = {"value": days, "unit": "days", "code": "d", "system": "http://unitsofmeasure.org"}
        goals.append({"description": {"text": row.text}, **({"target": [target]} if target else {})})
    actions = [
        {"title": one.text, **({"description": one.when} if one.when else {})} for one in draft.activities if one.text
    ]
    told: Resource = {
        "resourceType": "PlanDefinition", "id": str(uuid7()), "status": "active", "title": draft.title,
        "description": draft.description, "goal": goals, "action": actions,
    }  # fmt: skip
    return {name: value for name, value in told.items() if value not in ("", [])}


def fresh(draft: Draft) -> Draft:
    """A form for a new plan: nothing in it belongs to a plan that exists."""
    goals = tuple(replace(one, ref="", version=0) for one in draft.goals)
    return replace(draft, version=0, goals=goals, activities=tuple(replace(one, place="") for one in draft.activities))
