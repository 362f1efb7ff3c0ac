"""Where staff change a patient's care team: somebody joins, leaves, becomes the main contact."""

from typing import Any

from litestar import Request, get, post
from litestar.exceptions import NotFoundException, PermissionDeniedException
from litestar.response import Redirect, Response
from msgspec import Struct
from msgspec.structs import asdict

from sportello.administration import audit
from sportello.administration.actor import Actor
from sportello.administration.permissions import Permission, requires
from sportello.fhir.subscriptions import telling
from sportello.kit.database import Transaction
from sportello.kit.forms import read_form
from sportello.kit.house import House
from sportello.kit.i18n import N_, translate
from sportello.record import access, pages, team_writing
from sportello.record.access import NotAllowed, UnknownPatient
from sportello.record.concepts import many, mapping, string
from sportello.record.dates import period
from sportello.record.items import Reader
from sportello.record.people import name_of, person
from sportello.record.ports import NOT_WRITTEN, ClinicalRecord, NotWritten, Resource, Stale
from sportello.record.team_writing import Joining, belongs, is_primary, role_of

_WRITE = [requires(Permission.CARETEAM_WRITE)]
_AT = "/desk/patient/{patient_id:str}/team/members"
_STALE = N_("Somebody else has changed the care team meanwhile. It is shown as it is now; try again.")
_NAME = N_("Care team of %(name)s")
Asking = Request[Any, Any, Any]


class Row(Struct, frozen=True):
    """A member as the form lists them; `place` is their number in the team."""

    place: int
    name: str
    role: str
    since: str
    primary: bool


class Desk(Struct):
    """A patient's team on somebody's desk; without one yet, `team` is what it would begin as and `version` 0."""

    record: ClinicalRecord
    patient: Resource
    team: Resource
    version: int
    people: dict[str, str]
    reader: Reader


@get(_AT, guards=_WRITE)
async def members_page(request: Asking, house: House, actor: Actor, patient_id: str) -> Response[Any]:
    """Who belongs to the team, and a form for somebody more."""
    return _show(request, house, await house.db.run(lambda tx: _desk(house, tx, actor, patient_id)), {})


@post(_AT, status_code=200, guards=_WRITE)
async def change_members(request: Asking, house: House, actor: Actor, patient_id: str) -> Response[Any]:
    """Joins, ends a membership, or names the main contact; refused when somebody else was quicker."""
    form = await request.form()
    action, place, version = (str(form.get(name) or "") for name in ("action", "place", "version"))
    joining, errors, raw = await read_form(request, Joining)

    async def work(tx: Transaction) -> Response[Any] | None:
        desk = await _desk(house, tx, actor, patient_id)
        if action == "join":
            found = errors | (team_writing.faults(joining, list(desk.people)) if joining else {})
            if joining is None or found:
                return _show(request, house, desk, found, raw)
        rows = {row.place for row in _rows(desk)}
        number = int(place) if place.isdecimal() and len(place) < 6 else -1
        if action != "join" and (action not in ("leave", "primary") or number not in rows):
            return _show(request, house, desk, {}, told=_STALE, status=409)
        try:
            await _keep(house, tx, actor, desk, _changed(house, desk, action, number, joining), version, action)
        except Stale:
            fresh = await _desk(house, tx, actor, patient_id)
            return _show(request, house, fresh, {}, raw if action == "join" else None, told=_STALE, status=409)
        except NotWritten as refusal:
            told = NOT_WRITTEN[refusal.why]
            return _show(request, house, desk, {}, raw if action == "join" else None, told=told, status=409)
        return None

    if (answer := await house.db.run(work)) is not None:
        return answer
    if not pages.is_part(request):
        return Redirect(f"/desk/patient/{patient_id}/team/members", status_code=303)
    desk = await house.db.run(lambda tx: _desk(house, tx, actor, patient_id))
    return _show(request, house, desk, {}, done=True)


def _changed(house: House, desk: Desk, action: str, place: int, joining: Joining | None) -> Resource:
    today = house.clock.now().astimezone(house.settings.clinic.tz).date()
    if action == "join":
        assert joining is not None
        return team_writing.joined(desk.team, joining, desk.people.get(joining.who, ""), today)
    return (
        team_writing.left(desk.team, place, today) if action == "leave" else team_writing.made_primary(desk.team, place)
    )


async def _keep(
    house: House, tx: Transaction, actor: Actor, desk: Desk, changed: Resource, version: str, action: str
) -> None:
    if version != str(desk.version):
        raise Stale(desk.version)
    await desk.record.keep(tx, changed, desk.version, house.clock.now())
    await telling.wake(house, tx)
    await audit.record(
        house, tx, actor, "careteam.changed", patient=desk.patient["id"], entity=f"CareTeam/{changed['id']}",
        detail={"how": action},
    )  # fmt: skip


async def _desk(house: House, tx: Transaction, actor: Actor, patient_id: str) -> Desk:
    try:
        record, patient, hidden = await access.open_record(house, tx, actor, patient_id, "team")
    except UnknownPatient:
        raise NotFoundException from None
    except NotAllowed as refusal:
        raise PermissionDeniedException from refusal
    teams = await record.of_patient(tx, patient_id, ("CareTeam",), hidden=hidden)
    now = house.clock.now()
    going_on = (
        one for one in teams
        if one.get("status", "active") in ("active", "proposed")
        and not ((end := period(one.get("period"))[1]) and end.at < now)
    )  # fmt: skip
    name = translate(actor.language, _NAME, name=name_of(patient) or "?")
    team = next(going_on, None) or team_writing.new_team(patient_id, name)
    listed = await record.every(tx, "Practitioner")
    people = {f"Practitioner/{one['id']}": told for one in listed if one.get("active", True) and (told := name_of(one))}
    refs = {str(mapping(one.get("member")).get("reference")) for one in many(team.get("participant"))}
    reader = await access.reader_of(house, tx, actor, record, refs)
    contained = {f"#{one['id']}": one for one in many(team.get("contained")) if isinstance(one.get("id"), str)}
    reader = Reader(reader.language, reader.zone, {**reader.resources, **contained})
    return Desk(record, patient, team, await record.version(tx, "CareTeam", team["id"]), people, reader)


def _rows(desk: Desk) -> list[Row]:
    listed = many(desk.team.get("participant"))
    # Without a main contact it is the family doctor, as in the view.
    doctors = {string(one.get("reference")) for one in many(desk.patient.get("generalPractitioner"))}
    named = any(is_primary(one) for one in listed)
    found = []
    for place, one in enumerate(listed):
        reference = string(mapping(one.get("member")).get("reference")) or ""
        who = person(one.get("member"), desk.reader.resources, desk.reader.language)
        if who is None or reference.startswith("Patient/"):
            continue
        since = period(one.get("period"))[0] or period(desk.team.get("period"))[0]
        day = since.shown_day(desk.reader.language, desk.reader.zone) if since else ""
        role = role_of(one, desk.reader.language) or who.role or ""
        primary = is_primary(one) or (not named and reference in doctors)
        found.append(Row(place, who.name, role, day, primary))
    return found


def _show(
    request: Asking, house: House, desk: Desk, errors: dict[str, str], raw: dict[str, str] | None = None,
    *, told: str = "", status: int = 0, done: bool = False,
) -> Response[Any]:  # fmt: skip
    today = house.clock.now().astimezone(house.settings.clinic.tz).date()
    listed = many(desk.team.get("participant"))
    rows = [row for row in _rows(desk) if belongs(listed[row.place], today)]
    around = "record/team_form.html" if pages.is_part(request) else "record/page.html"
    return house.pages.render(
        request, around, status=status or (422 if errors else 200), inner="record/team_form.html", rows=rows,
        patient_id=desk.patient["id"], patient_name=name_of(desk.patient) or "?", version=desk.version, errors=errors,
        raw=asdict(Joining(since=today.isoformat())) | (raw or {}), told=told, done=done,
        people=sorted(desk.people.items(), key=lambda pair: pair[1].casefold()), zone=house.settings.clinic.tz,
    )  # fmt: skip


ROUTES = [members_page, change_members]
