"""Care plans under somebody's hands: what the form needs to know of the patient, and the keeping of what was typed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from sportello.administration import audit
from sportello.administration.actor import Actor
from sportello.fhir.r4 import ID
from sportello.fhir.subscriptions import telling
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.ids import uuid7
from sportello.record import access, plan_templates, plan_writing
from sportello.record.concepts import first_text, many, string, text_of
from sportello.record.items import Reader
from sportello.record.people import name_of
from sportello.record.plan import addressed
from sportello.record.plan_draft import Draft, draft_of
from sportello.record.ports import ClinicalRecord, Resource, Stale

Versions = list[tuple[datetime, Any]]


class UnknownPlan(Exception):
    """The patient has no such plan, or not one that this reader may see."""


class Desk(Struct):
    """A patient's plan on somebody's desk; `plan` is None for a new one."""

    house: House
    actor: Actor
    record: ClinicalRecord
    patient: Resource
    plan: Resource | None
    conditions: list[Resource]
    reader: Reader


async def desk(house: House, tx: Transaction, actor: Actor, patient_id: str, plan: str | None) -> Desk:
    """Opens the record (audited) and lays out the plan; raises UnknownPatient, NotAllowed, UnknownPlan."""
    record, patient, hidden = await access.open_record(house, tx, actor, patient_id, "plan")
    found = await record.of_patient(tx, patient_id, ("CarePlan", "Condition", "CareTeam"), hidden=hidden)
    chosen = next((one for one in found if one["resourceType"] == "CarePlan" and one["id"] == plan), None)
    if plan is not None and chosen is None:
        raise UnknownPlan
    wanted = addressed([chosen] if chosen else [])
    teams = [one for one in found if one["resourceType"] == "CareTeam"]
    wanted |= {ref for team in teams for one in many(team.get("participant"))
               if (ref := string((one.get("member") or {}).get("reference")))}  # fmt: skip
    reader = await access.reader_of(house, tx, actor, record, wanted, hidden)
    conditions = [one for one in found if one["resourceType"] == "Condition"]
    known = {f"Condition/{one['id']}": one for one in conditions}
    reader = replace(reader, resources={**reader.resources, **known})
    return Desk(house, actor, record, patient, chosen, conditions, reader)


def new_id() -> str:
    """The id that a form gives its new plan, so that a double click makes one."""
    return str(uuid7())


def patient_name(desk: Desk) -> str:
    return name_of(desk.patient) or "?"


def title(desk: Desk) -> str:
    """What the plan is called."""
    plan = desk.plan or {}
    return string(plan.get("title")) or first_text(plan.get("category"), desk.reader.language) or "?"


async def standing(desk: Desk, tx: Transaction) -> Draft:
    """The form of the plan as it stands, with the versions that must still stand when it is kept."""
    if desk.plan is None:
        return Draft()
    versions = {"": await desk.record.version(tx, "CarePlan", desk.plan["id"])}
    for ref in sorted(one for one in addressed([desk.plan]) if one.startswith("Goal/")):
        versions[ref] = await desk.record.version(tx, "Goal", ref.partition("/")[2])
    return draft_of(desk.plan, desk.reader, versions)


async def begun(desk: Desk, tx: Transaction, template: str) -> Draft:
    """A new plan's form: empty, or as a template has it."""
    today = desk.house.clock.now().astimezone(desk.house.settings.clinic.tz).date()
    for one in await definitions(desk, tx):
        if one["id"] == template:
            return plan_templates.filled(one, desk.reader, today)
    return Draft(start=today.isoformat())


async def definitions(desk: Desk, tx: Transaction) -> list[Resource]:
    return await desk.record.every(tx, "PlanDefinition")


def problems(desk: Desk) -> list[tuple[str, str]]:
    """The patient's problems that a plan may address, by name: those of now, and those the plan addresses already."""
    over = {"resolved", "inactive", "remission"}
    listed = []
    for one in desk.conditions:
        ref = f"Condition/{one['id']}"
        codes = {coding.get("code") for coding in many((one.get("clinicalStatus") or {}).get("coding"))}
        addressed_here = desk.plan and ref in addressed([desk.plan])
        text = text_of(one.get("code"), desk.reader.language)
        if text and (addressed_here or not codes & over):
            listed.append((ref, text))
    return sorted(dict(listed).items(), key=lambda pair: pair[1].casefold())


def members(desk: Desk) -> list[str]:
    """Names that may be given an activity: whoever is of the patient's team or plan."""
    people = (one for one in desk.reader.resources.values() if one.get("resourceType") == "Practitioner")
    return sorted({name for one in people if (name := name_of(one))})


async def keep(desk: Desk, tx: Transaction, draft: Draft, own: str) -> None:
    """Keeps the plan; a form that was sent twice makes one plan. Raises Stale when another was quicker."""
    if desk.plan is None:
        own = own if ID.fullmatch(own) else new_id()
        if await desk.record.version(tx, "CarePlan", own):
            return
        fresh: Resource = {"resourceType": "CarePlan", "id": own, "intent": "plan",
                           "subject": {"reference": f"Patient/{desk.patient['id']}"},
                           "author": {"display": desk.actor.name}}  # fmt: skip
        draft = plan_templates.fresh(draft)
        try:
            async with tx.connection.transaction():  # the other of two clicks may be quicker: its goals are enough
                await plan_writing.write(desk.house, tx, desk.actor, fresh, draft, desk.reader, begins=True)
        except Stale:
            if not await desk.record.version(tx, "CarePlan", own):
                raise
        return
    if (there := await desk.record.version(tx, "CarePlan", desk.plan["id"])) != draft.version:
        raise Stale(there)
    await plan_writing.write(desk.house, tx, desk.actor, desk.plan, draft, desk.reader)


async def keep_template(desk: Desk, tx: Transaction, draft: Draft) -> None:
    """Makes a template of what the form says, for everybody."""
    now = desk.house.clock.now()
    made = plan_templates.made_of(draft, now.astimezone(desk.house.settings.clinic.tz).date())
    await desk.record.keep(tx, made, 0, now)
    await telling.wake(desk.house, tx)
    await audit.record(
        desk.house, tx, desk.actor, "careplan.template", entity=f"PlanDefinition/{made['id']}",
        detail={"title": draft.title},
    )  # fmt: skip


async def versions(desk: Desk, tx: Transaction) -> tuple[Versions, Sequence[Versions]]:
    """The versions of the plan and of every goal that it ever had."""
    assert desk.plan is not None
    of_plan = await desk.record.versions(tx, "CarePlan", desk.plan["id"])
    refs = dict.fromkeys(ref for _, one in of_plan for ref in addressed([one]) if ref.startswith("Goal/"))
    return of_plan, [await desk.record.versions(tx, "Goal", ref.partition("/")[2]) for ref in refs]
