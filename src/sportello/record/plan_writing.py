"""Writes care plans: what the form says goes into the plan and its goals, all else stays, and who did it is told."""

from collections.abc import Mapping
from typing import Any

from sportello.administration import audit
from sportello.administration.actor import Actor
from sportello.fhir.subscriptions import telling
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.ids import uuid7
from sportello.record.concepts import many, mapping, string, text_of
from sportello.record.items import Reader
from sportello.record.people import name_of, person
from sportello.record.plan_draft import (
    CHANGED_BY,
    ActivityRow,
    Draft,
    GoalRow,
    achievement,
    editable_goals,
    extended,
    target_of,
)
from sportello.record.ports import ClinicalRecord, Resource

_REACHED = frozenset({"achieved", "sustaining"})


async def write(
    house: House, tx: Transaction, actor: Actor, plan: Resource, draft: Draft, reader: Reader, *, begins: bool = False
) -> None:
    """Keeps the plan and its goals as the form says; raises Stale when another was quicker."""
    record: ClinicalRecord = house.port(ClinicalRecord)
    now = house.clock.now()
    patient = str(mapping(plan.get("subject")).get("reference", "")).removeprefix("Patient/")
    changed = plan_resource(plan, draft, actor, reader)
    for goal, expected in goal_resources(plan, changed, draft, actor, reader):
        await record.keep(tx, goal, expected, now)
    if not begins and without_name(changed) == without_name(plan):
        return
    await record.keep(tx, changed, draft.version, now)
    await telling.wake(house, tx)
    action = "careplan.created" if begins else "careplan.changed"
    await audit.record(house, tx, actor, action, patient=patient, entity=f"CarePlan/{changed['id']}")


def plan_resource(plan: Resource, draft: Draft, actor: Actor, reader: Reader) -> Resource:
    """The plan as the form wants it, on the ground of what it was."""
    base = dict(plan)
    period = dict(mapping(base.get("period")))
    period |= {"start": draft.start or None, "end": draft.end or None}
    base |= {
        "title": draft.title,
        "status": draft.status,
        "period": {name: value for name, value in period.items() if value},
        "description": draft.description,
        "addresses": _addresses(base, draft, reader),
        "goal": _goals(base, draft, reader),
        "activity": _activities(base, draft, reader),
        "extension": extended(base, review=draft.review, changed_by=actor.name),
    }
    return {name: value for name, value in base.items() if value not in ("", [], {}, None)}


def _goals(plan: Resource, draft: Draft, reader: Reader) -> list[Resource]:
    """Each goal at its place, those taken out left out, new ones behind."""
    editable = set(editable_goals(plan, reader))
    stay = {row.ref for row in draft.goals if row.text}
    found = [
        one for one in many(plan.get("goal")) if (ref := string(one.get("reference"))) not in editable or ref in stay
    ]
    return found + [{"reference": f"Goal/{uuid7()}"} for row in draft.goals if row.text and not row.ref]


def _addresses(plan: Resource, draft: Draft, reader: Reader) -> list[Resource]:
    """The problems chosen, at their places; those that are only named in the plan, or hidden from the writer, stay."""
    stay = {None, "", *draft.problems, *reader.concealed}
    found = [one for one in many(plan.get("addresses")) if string(one.get("reference")) in stay]
    known = {string(one.get("reference")) for one in found}
    return found + [{"reference": ref} for ref in draft.problems if ref not in known and ref.startswith("Condition/")]


def _activities(plan: Resource, draft: Draft, reader: Reader) -> list[Resource]:
    """Rows at their places, what other resources tell at theirs, new ones behind; a row without text is taken out."""
    rows = {one.place: one for one in draft.activities if one.place}
    found: list[Resource] = []
    for place, one in enumerate(many(plan.get("activity"))):
        row = rows.get(str(place))
        if not isinstance(one.get("detail"), dict):
            found.append(one)
        elif row and row.text:
            found.append({**one, "detail": _detail(one["detail"], row, reader)})
    return found + [{"detail": _detail({}, one, reader)} for one in draft.activities if not one.place and one.text]


def _detail(detail: Mapping[str, Any], row: ActivityRow, reader: Reader) -> Resource:
    shown = text_of(detail.get("code"), reader.language) or string(detail.get("description")) or ""
    told: Resource = {**detail, "status": row.status or "not-started", "scheduledString": row.when}
    if row.when:
        told = {name: value for name, value in told.items() if name not in ("scheduledTiming", "scheduledPeriod")}
    if row.text != shown:
        told |= {"code": {"text": row.text}, "description": ""}
    told["performer"] = _performers(detail, row.who, reader)
    return {name: value for name, value in told.items() if value not in ("", [], None)}


def _performers(detail: Mapping[str, Any], who: str, reader: Reader) -> list[Resource]:
    """Those who were there when nothing was typed anew; somebody of the record by the name, or else the name alone."""
    before = many(detail.get("performer"))
    people = (person(one, reader.resources, reader.language) for one in before)
    if who == ", ".join(one.name for one in people if one):
        return before
    known = {name_of(one): ref for ref, one in reader.resources.items() if one.get("resourceType") == "Practitioner"}
    names = [name.strip() for name in who.split(",") if name.strip()]
    return [{"reference": known[name], "display": name} if name in known else {"display": name} for name in names]


def goal_resources(
    plan: Resource, changed: Resource, draft: Draft, actor: Actor, reader: Reader
) -> list[tuple[Resource, int]]:
    """Every goal to be written with the version it must have; a goal without text any more is cancelled."""
    before_refs = {string(one.get("reference")) for one in many(plan.get("goal"))}
    listed = [str(one["reference"]) for one in many(changed.get("goal")) if one.get("reference")]
    fresh = iter([ref for ref in listed if ref not in before_refs])
    editable = set(editable_goals(plan, reader))
    found = []
    for row in draft.goals:
        ref = row.ref or next(fresh)
        before = reader.resources.get(ref) if ref in editable else None
        if row.ref and before is None:
            continue
        goal = _goal(changed["subject"], ref, dict(before or {}), row, actor, reader)
        if before is None or without_name(goal) != without_name(before):
            found.append((goal, row.version if before else 0))
    return found


def without_name(resource: Mapping[str, Any]) -> Resource:
    """A resource without who changed it last: whoever only looks has changed nothing."""
    others = [one for one in many(resource.get("extension")) if one.get("url") != CHANGED_BY]
    return {name: value for name, value in resource.items() if name != "extension"} | {"extension": others}


def _goal(subject: Resource, ref: str, goal: Resource, row: GoalRow, actor: Actor, reader: Reader) -> Resource:
    goal = goal or {"resourceType": "Goal", "id": ref.partition("/")[2], "lifecycleStatus": "active",
                    "subject": subject}  # fmt: skip
    if not row.text:
        return goal | {"lifecycleStatus": "cancelled", "extension": extended(goal, changed_by=actor.name)}
    if row.text != text_of(goal.get("description"), reader.language):
        goal["description"] = {"text": row.text}
    targets = many(goal.get("target"))
    first = dict(targets[0]) if targets else {}
    if row.target != target_of(first, row.text, reader):
        first = {name: value for name, value in first.items() if not name.startswith(("detail", "measure"))}
        first |= {"detailString": row.target, "measure": {"text": row.text}} if row.target else {}
    first |= {"dueDate": row.due} if row.due else {}
    if not row.due:
        first.pop("dueDate", None)
    goal["target"] = [one for one in (first, *targets[1:]) if one]
    if row.reached:
        goal["achievementStatus"] = achievement(row.reached)
        goal["lifecycleStatus"] = "completed" if row.reached in _REACHED else "active"
    goal["extension"] = extended(goal, changed_by=actor.name)
    return {name: value for name, value in goal.items() if value not in ("", [], {}, None)}
