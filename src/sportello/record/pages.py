"""Where staff come in to the record: the whole view of a patient, its parts, and the search for patients.

Searches travel in the body of a POST, so that names and clinical words stay out of addresses.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from litestar import Request, get, post
from litestar.exceptions import PermissionDeniedException
from litestar.response import Redirect, Response

from sportello.administration.actor import Actor
from sportello.administration.permissions import Permission, requires
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.record import access, comparing, reading, team_messages, unlocking
from sportello.record.access import NotAllowed, UnknownPatient
from sportello.record.contacts import KINDS, contacts
from sportello.record.dates import when
from sportello.record.parts import shown_to
from sportello.record.ports import ClinicalRecord, VisitsAhead
from sportello.record.rules import CATEGORIES, read_cursor
from sportello.record.team import Team
from sportello.record.warnings import warnings_of

T = TypeVar("T")
_PARTS = ("timeline", "plan", "team", "contacts")
_WITHIN = ("cards", "part", "contacts")  # replace something inside a view that is already there


@get("/desk/patient/{patient_id:str}", guards=[requires(Permission.PATIENT_READ)])
async def patient_page(request: Request[Any, Any, Any], house: House, actor: Actor, patient_id: str) -> Response[Any]:
    """Header and timeline, with tabs to plan and team; `?part=plan` begins there."""
    part = request.query_params.get("part", "timeline")
    part = part if part in _PARTS else "timeline"

    async def work(tx: Transaction) -> dict[str, Any]:
        return await _whole(house, tx, actor, patient_id, part)

    merged = request.query_params.get("merged") == "yes"
    return await _answer(request, house, "patient", patient_id, work, part=part, request_merged=merged)


@post("/desk/patient/{patient_id:str}/opening", status_code=200, guards=[requires(Permission.PATIENT_READ)])
async def break_glass(request: Request[Any, Any, Any], house: House, actor: Actor, patient_id: str) -> Response[Any]:
    """Opens the sensitive parts for a while with a reason, or closes them again; answers with the whole view."""
    form = await request.form()
    reason, closes = str(form.get("reason") or ""), form.get("action") == "close"

    async def work(tx: Transaction) -> dict[str, Any]:
        await reading.patient_header(house, tx, actor, patient_id)
        error = ""
        if closes:
            await unlocking.close_again(house, tx, actor, patient_id)
        else:
            try:
                await unlocking.break_glass(house, tx, actor, patient_id, reason)
            except unlocking.NoReason:
                error = unlocking.TOO_SHORT
        shown = await _whole(house, tx, actor, patient_id, "timeline")
        return {**shown, "glass_error": error, "reason": reason if error else ""}

    return await _answer(request, house, "patient", patient_id, work, part="timeline")


@get("/desk/patient/{patient_id:str}/header", guards=[requires(Permission.PATIENT_READ)])
async def header_part(request: Request[Any, Any, Any], house: House, actor: Actor, patient_id: str) -> Response[Any]:
    """The fixed strip alone."""

    async def work(tx: Transaction) -> dict[str, Any]:
        header = await reading.patient_header(house, tx, actor, patient_id)
        return {"patient": header, "standing": await reading.standing(house, tx, actor, patient_id)}

    return await _answer(request, house, "header", patient_id, work)


@get([f"/desk/patient/{{patient_id:str}}/{part}" for part in _PARTS], guards=[requires(Permission.PATIENT_READ)])
async def record_part(request: Request[Any, Any, Any], house: House, actor: Actor, patient_id: str) -> Response[Any]:
    """Timeline, plan or team alone; `?tabs=1` brings the tabs along."""
    part = request.url.path.rpartition("/")[2]

    async def work(tx: Transaction) -> dict[str, Any]:
        return {"parts": await shown_to(tx, actor), **await _part(house, tx, actor, patient_id, part)}

    tabs = "tabs" in request.query_params
    return await _answer(request, house, "part" if tabs else part, patient_id, work, part=part)


@post("/desk/patient/{patient_id:str}/timeline", status_code=200, guards=[requires(Permission.PATIENT_READ)])
async def timeline_cards(request: Request[Any, Any, Any], house: House, actor: Actor, patient_id: str) -> Response[Any]:
    """The cards that fit the filter, or the next page of them."""
    form = await request.form()
    before = str(form.get("before") or "") or None
    since, until = (_instant(house, str(form.get(name) or ""), name == "until") for name in ("since", "until"))

    async def work(tx: Transaction) -> dict[str, Any]:
        shown = await reading.timeline(
            house, tx, actor, patient_id, before, form.getall("category", []), str(form.get("text") or ""),
            since=since, until=until,
        )  # fmt: skip
        return {"timeline": shown}

    return await _answer(request, house, "cards", patient_id, work, after=read_cursor(before))


@post("/desk/patient/{patient_id:str}/contacts", status_code=200, guards=[requires(Permission.PATIENT_READ)])
async def contact_rows(request: Request[Any, Any, Any], house: House, actor: Actor, patient_id: str) -> Response[Any]:
    """The contacts of the chosen kinds, or the next page of them."""
    form = await request.form()
    chosen, before = form.getall("kind", []), str(form.get("before") or "") or None

    async def work(tx: Transaction) -> dict[str, Any]:
        found = await contacts(house, tx, actor, patient_id, chosen, before)
        return {"contacts": found, "now": house.clock.now()}

    only_rows = bool(before) and is_part(request)
    return await _answer(request, house, "contacts", patient_id, work, chosen=chosen, only_rows=only_rows)


@get("/desk/patients", guards=[requires(Permission.PATIENT_READ)])
async def search_page(request: Request[Any, Any, Any], house: House, actor: Actor) -> Response[Any]:
    """The search for patients; `?q=` searches at once."""
    return await _search(request, house, actor, request.query_params.get("q", ""))


@post("/desk/patients", status_code=200, guards=[requires(Permission.PATIENT_READ)])
async def search_patients(request: Request[Any, Any, Any], house: House, actor: Actor) -> Response[Any]:
    """The same, with what is sought in the body."""
    form = await request.form()
    return await _search(request, house, actor, str(form.get("q") or ""))


async def _whole(house: House, tx: Transaction, actor: Actor, patient_id: str, part: str) -> dict[str, Any]:
    header = await reading.patient_header(house, tx, actor, patient_id)
    part = part if part in header.parts else next((one for one in _PARTS if one in header.parts), "")
    return {
        "patient": header,
        "whole": True,
        "opened": await unlocking.opening(house, tx, actor, patient_id),
        "doubles": await comparing.likely(house, tx, actor, header.id),
        "sees_all": actor.may(Permission.PATIENT_READ_SENSITIVE),
        "part": part,
        "parts": header.parts,
        **await _part(house, tx, actor, patient_id, part),
    }


async def _part(house: House, tx: Transaction, actor: Actor, patient_id: str, part: str) -> dict[str, Any]:
    match part:
        case "plan":
            shown: dict[str, Any] = {"plans": await reading.care_plans(house, tx, actor, patient_id)}
        case "team":
            team = await reading.care_team(house, tx, actor, patient_id)
            shown = {"team": team, "reach": await team_messages.members(house, tx, team)}
            shown["bookable"] = await _bookable(house, tx, team)
        case "contacts":
            shown = {"contacts": await contacts(house, tx, actor, patient_id), "now": house.clock.now()}
        case "":
            shown = {}
        case _:
            shown = {"timeline": await reading.timeline(house, tx, actor, patient_id)}
    return shown | {"standing": await reading.standing(house, tx, actor, patient_id)}


async def _bookable(house: House, tx: Transaction, team: Team) -> set[str]:
    """Those who care now with whom a visit can be booked: a family doctor often has no calendar here."""
    known = [one.practitioner_id for one in team.members if one.practitioner_id]
    return await house.port(VisitsAhead).bookable(tx, known) if VisitsAhead in house.ports else set()


async def show_part(
    request: Request[Any, Any, Any], house: House, actor: Actor, patient_id: str, part: str, **context: Any
) -> Response[Any]:
    """A part under its tabs, such as after something in it was changed."""

    async def work(tx: Transaction) -> dict[str, Any]:
        return {"parts": await shown_to(tx, actor), **await _part(house, tx, actor, patient_id, part)}

    return await _answer(request, house, "part", patient_id, work, part=part, **context)


async def _search(request: Request[Any, Any, Any], house: House, actor: Actor, sought: str) -> Response[Any]:
    async def work(tx: Transaction) -> Any:
        return await reading.find_patients(house, tx, actor, sought) if sought.strip() else None

    found = await house.db.run(work)
    template = "record/styled.html" if is_part(request) else "record/search_page.html"
    return house.pages.render(
        request, template, inner="record/search.html", found=found, sought=sought, **common(house)
    )


async def _answer(
    request: Request[Any, Any, Any],
    house: House,
    template: str,
    patient_id: str,
    work: Callable[[Transaction], Awaitable[dict[str, Any]]],
    **context: Any,
) -> Response[Any]:
    async def whole(tx: Transaction) -> dict[str, Any] | str:
        """What is shown, or the id to which a merged one leads."""
        stands = await access.surviving(tx, house.port(ClinicalRecord), patient_id)
        return str(stands["id"]) if stands and stands["id"] != patient_id else await work(tx)

    try:
        found = await house.db.run(whole)
        if isinstance(found, str):
            return _leading_to(request, patient_id, found)
        context |= found
    except UnknownPatient:
        return _missing(request, house)
    except NotAllowed as refusal:
        raise PermissionDeniedException from refusal
    context = {**common(house), "patient_id": patient_id, **context}
    return house.pages.render(request, _around(request, template), inner=f"record/{template}.html", **context)


def _leading_to(request: Request[Any, Any, Any], former: str, survivor: str) -> Response[Any]:
    """The address of a record that was merged leads to the same place of the one that stands for it."""
    path = request.url.path.replace(f"/patient/{former}", f"/patient/{survivor}", 1)
    return Redirect(f"{path}?{request.url.query}" if request.url.query else path, status_code=307)


def _around(request: Request[Any, Any, Any], template: str) -> str:
    """The file to render: a page for a browser that comes directly, our styles for a first part, or the bare part."""
    if not is_part(request):
        return "record/page.html"
    return f"record/{template}.html" if template in _WITHIN else "record/styled.html"


def _missing(request: Request[Any, Any, Any], house: House) -> Response[Any]:
    file = "record/missing.html"
    if is_part(request):
        return house.pages.render(request, file, status=404)
    return house.pages.render(request, "record/page.html", status=404, inner=file, **common(house))


def common(house: House) -> dict[str, Any]:
    """What the record's templates expect where nothing else was said."""
    return {
        "zone": house.settings.clinic.tz,
        "warnings": warnings_of(house),
        "after": None,
        "standing": None,
        "whole": False,
        "glass_error": "",
        "reason": "",
        "told": "",
        "request_merged": False,
        "plain": False,
        "kinds": KINDS,
        "chosen": (),
        "only_rows": False,
        "categories": {name: label for name, (label, _) in CATEGORIES.items()},
    }


def is_part(request: Request[Any, Any, Any]) -> bool:
    """Whether it is asked for inside a page that is there."""
    return request.headers.get("hx-request") == "true"


def _instant(house: House, text: str, end: bool) -> datetime | None:
    """Midnight of a day in the clinic's zone; of the day after when it closes a range."""
    found = when(text)
    if not found or not found.day:
        return None
    day = found.day + timedelta(days=1 if end else 0)
    return datetime(day.year, day.month, day.day, tzinfo=house.settings.clinic.tz).astimezone(UTC)


ROUTES = [
    patient_page,
    break_glass,
    header_part,
    record_part,
    timeline_cards,
    contact_rows,
    search_page,
    search_patients,
]
