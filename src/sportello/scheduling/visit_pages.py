"""The waiting room of a virtual visit: a link for the patient and one for each practitioner, each open in one browser.

A link that is merely fetched (mail programs look ahead) is not used up: coming in is a button. The first browser that
comes in is the one that may; a patient whose browser is another one says their date of birth, a practitioner asks for
another link. Both pages tell live whether the other side is there.
"""

from datetime import date, datetime, timedelta
from typing import Any

from litestar import Request, get, post
from litestar.datastructures import Cookie
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Response

from sportello.administration import audit
from sportello.administration.actor import SYSTEM, Actor
from sportello.administration.permissions import Permission, requires
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_, format_time, translate
from sportello.kit.ids import as_uuid, new_token
from sportello.kit.language import language_of
from sportello.kit.security.rate_limit import rate_limit
from sportello.kit.security.tokens import hashed
from sportello.record import reading as record
from sportello.record.access import UnknownPatient
from sportello.record.ports import Away
from sportello.scheduling.appointments import Appointment
from sportello.scheduling.codes import AppointmentStatus, Channel
from sportello.scheduling.pages import plain, texts
from sportello.scheduling.store import appointments, meetings
from sportello.scheduling.store.meetings import Seat

Answer = Response[Any]
COOKIE = "sportello_visit"
_OPENS = timedelta(minutes=15)  # before the visit, the page says that it is about to begin
_HERE = timedelta(seconds=20)  # after which somebody who is no longer heard of is away
_NOTED = timedelta(seconds=8)  # presence is written down no more often
_KEY_LASTS = timedelta(hours=12)
_STAYS = 24 * 3600  # seconds that the browser is known
_OPEN = {"open_door": "the bearer's own link; its token cannot be guessed, no name is told before coming in"}
USED = N_("This link has already been opened in another browser. Ask the service centre for another one.")
OTHER_BROWSER = N_("This link has already been opened in another browser. To go on here, write your date of birth.")
WRONG_BIRTH = N_("That is not the date of birth we know. Check it, or call us.")
WAITS_SINCE = N_("The patient has been here since %(time)s.")
PATIENT_AWAY = N_("The patient was here and is away at the moment.")
PATIENT_NOT_YET = N_("The patient has not come yet.")
PRACTITIONER_HERE = N_("The practitioner is here.")
PRACTITIONER_NOT_YET = N_("The practitioner has not come yet. Please stay on this page.")
STARTS_AT = N_("The visit starts at %(time)s.")


@get("/visit/{token:str}", opt=_OPEN)
async def room(request: Request[Any, Any, Any], house: House, token: str) -> Answer:
    """The patient's side."""
    return await _room(request, house, plain(token), {})


@post("/visit/{token:str}/entrance", opt=_OPEN, status_code=200)
async def come_in(request: Request[Any, Any, Any], house: House, token: str) -> Answer:
    """The first browser comes in; another one after the date of birth."""
    form, token = await texts(request), plain(token)
    seat, one = await _patients(house, token)
    if seat is None or one is None or _state(house, one) not in ("ahead", "open"):
        return await _room(request, house, token, {})
    if seat.bearer and seat.bearer != _bearer(request):
        rate_limit(house, ("visit", token), 5, 3600)
        if not await _is_birth_date(house, one, form.get("born", "")):
            return await _room(request, house, token, {"born": WRONG_BIRTH})
    return await _entered(
        request, house, f"/visit/{token}", lambda tx, mark, at: meetings.enter_room(tx, token, mark, at)
    )


@get("/visit/{token:str}/state", opt=_OPEN)
async def patients_state(request: Request[Any, Any, Any], house: House, token: str) -> dict[str, str]:
    """What the patient's page tells live; asking is being there."""
    token = plain(token)
    seat, one = await _patients(house, token)
    if seat is None or one is None or not seat.bearer or seat.bearer != _bearer(request):
        raise NotFoundException
    now = house.clock.now()

    async def work(tx: Transaction) -> Seat | None:
        if seat.seen_at is None or now - seat.seen_at >= _NOTED:
            await meetings.seen_room(tx, token, now)
        return await meetings.practitioner_of(tx, one.id)

    other = await house.db.run(work)
    language = language_of(request, house.settings)
    said = PRACTITIONER_HERE if _here(other, now) else PRACTITIONER_NOT_YET
    return {"state": _state(house, one), "said": translate(language, said), "starts": _starts(house, one, language)}


@get("/visit/with/{key:str}", opt=_OPEN)
async def practitioners_room(request: Request[Any, Any, Any], house: House, key: str) -> Answer:
    """The practitioner's side."""
    seat, one = await _practitioners(house, key)
    if seat is None or one is None:
        return house.pages.render(request, "scheduling/visit.html", status=404, state="missing", appointment=None)
    inside = bool(seat.bearer) and seat.bearer == _bearer(request)
    name = ""
    if inside:
        try:
            reader = _as(one)
            name = (await house.db.run(lambda tx: record.patient_header(house, tx, reader, one.patient))).name
        except (UnknownPatient, Away):
            name = ""
    return house.pages.render(
        request, "scheduling/visit_with.html", state=_state(house, one), appointment=one, key=key, inside=inside,
        refused=USED if seat.bearer and not inside else "", name=name,
    )  # fmt: skip


@post("/visit/with/{key:str}/entrance", opt=_OPEN, status_code=200)
async def practitioner_comes_in(request: Request[Any, Any, Any], house: House, key: str) -> Answer:
    """The first browser comes in, and no other."""
    seat, one = await _practitioners(house, key)
    if seat is None or one is None or (seat.bearer and seat.bearer != _bearer(request)):
        return Redirect(f"/visit/with/{plain(key)}", status_code=303)
    mark = hashed(plain(key))
    return await _entered(
        request, house, f"/visit/with/{plain(key)}", lambda tx, bearer, at: meetings.enter_key(tx, mark, bearer, at)
    )


@get("/visit/with/{key:str}/state", opt=_OPEN)
async def practitioners_state(request: Request[Any, Any, Any], house: House, key: str) -> dict[str, str]:
    """What the practitioner's page tells live: whether the patient waits."""
    seat, one = await _practitioners(house, key)
    if seat is None or one is None or not seat.bearer or seat.bearer != _bearer(request):
        raise NotFoundException
    now, mark = house.clock.now(), hashed(plain(key))

    async def work(tx: Transaction) -> Seat | None:
        if seat.seen_at is None or now - seat.seen_at >= _NOTED:
            await meetings.seen_key(tx, mark, now)
        return await meetings.patient_of(tx, one.id)

    return {"state": _state(house, one), **_of_patient(house, await house.db.run(work), one, request)}


@post(
    "/desk/scheduling/appointments/{appointment:str}/room", status_code=200,
    guards=[requires(Permission.APPOINTMENT_READ, Permission.APPOINTMENT_BOOK)],
)  # fmt: skip
async def practitioners_link(request: Request[Any, Any, Any], house: House, actor: Actor, appointment: str) -> Answer:
    """A link for whoever sees the patient: shown once, it opens in one browser and lasts half a day past the visit."""
    known, key, now = as_uuid(appointment), new_token(), house.clock.now()

    async def work(tx: Transaction) -> Appointment:
        one = await appointments.read(tx, known) if known else None
        if one is None or one.channel is not Channel.VIRTUAL or one.ends is None:
            raise NotFoundException
        await meetings.add_key(tx, hashed(key), one.id, f"{actor.kind}:{actor.id}", now, one.ends + _KEY_LASTS)
        await audit.record(
            house, tx, actor, "appointment.room_link", patient=one.patient, entity=f"appointment/{one.id}"
        )
        return one

    one = await house.db.run(work)
    server = house.settings.server
    base = (server.public_url or f"http://{server.host}:{server.port}").rstrip("/")
    return house.pages.render(
        request,
        "scheduling/room_link.html",
        appointment=one,
        link=f"{base}/visit/with/{key}",
        path=f"/visit/with/{key}",
    )


async def _room(request: Request[Any, Any, Any], house: House, token: str, errors: dict[str, str]) -> Answer:
    seat, one = await _patients(house, token)
    state = _state(house, one)
    inside = seat is not None and bool(seat.bearer) and seat.bearer == _bearer(request)
    other = seat is not None and bool(seat.bearer) and not inside
    status = 404 if state == "missing" else 422 if errors else 200
    return house.pages.render(
        request, "scheduling/visit.html", status=status, state=state, appointment=one, token=token, inside=inside,
        other=OTHER_BROWSER if other else "", errors=errors,
    )  # fmt: skip


async def _patients(house: House, token: str) -> tuple[Seat | None, Appointment | None]:
    async with house.db.transaction() as tx:
        seat = await meetings.room(tx, token) if 0 < len(token) < 100 else None
        return seat, await appointments.read(tx, seat.appointment) if seat else None


async def _practitioners(house: House, key: str) -> tuple[Seat | None, Appointment | None]:
    now = house.clock.now()
    async with house.db.transaction() as tx:
        seat = await meetings.key(tx, hashed(plain(key))) if 0 < len(key) < 100 else None
        if seat is None or seat.expires_at is None or seat.expires_at < now:
            return None, None
        return seat, await appointments.read(tx, seat.appointment)


async def _entered(request: Request[Any, Any, Any], house: House, path: str, enter: Any) -> Answer:
    """A browser that is known already keeps its mark: it may be in other rooms too."""
    bearer = request.cookies.get(COOKIE, "")
    bearer = bearer if 30 < len(bearer) < 100 else new_token()
    now: datetime = house.clock.now()
    await house.db.run(lambda tx: enter(tx, hashed(bearer), now))
    secure = house.settings.server.public_url.startswith("https://")
    cookie = Cookie(
        key=COOKIE, value=bearer, path="/visit", httponly=True, secure=secure, samesite="lax", max_age=_STAYS
    )
    return Redirect(path, status_code=303, cookies=[cookie])


async def _is_birth_date(house: House, one: Appointment, said: str) -> bool:
    try:
        born = date.fromisoformat(said)
    except ValueError:
        return False
    try:
        known = await house.db.run(lambda tx: record.patient_header(house, tx, SYSTEM, one.patient))
    except UnknownPatient:
        return False
    return known.birth_date == born


def _as(one: Appointment) -> Actor:
    """Who reads the patient's name: whoever holds the practitioner's link."""
    return Actor("system", f"visit:{one.id}", one.practitioner_name or "")


def _bearer(request: Request[Any, Any, Any]) -> bytes:
    return hashed(request.cookies.get(COOKIE, ""))


def _state(house: House, one: Appointment | None) -> str:
    if one is None or one.starts is None or one.ends is None:
        return "missing"
    now = house.clock.now()
    if one.status is AppointmentStatus.CANCELLED:
        return "cancelled"
    if one.ends < now:
        return "over"
    return "open" if now >= one.starts - _OPENS else "ahead"


def _here(seat: Seat | None, now: datetime) -> bool:
    return seat is not None and seat.seen_at is not None and now - seat.seen_at < _HERE


def _of_patient(house: House, seat: Seat | None, one: Appointment, request: Request[Any, Any, Any]) -> dict[str, str]:
    language, zone = language_of(request, house.settings), house.settings.clinic.tz
    if _here(seat, house.clock.now()):
        assert seat is not None
        assert seat.came_at is not None
        said = translate(language, WAITS_SINCE, time=format_time(seat.came_at, language, zone))
    else:
        said = translate(language, PATIENT_AWAY if seat and seat.came_at else PATIENT_NOT_YET)
    return {
        "said": said,
        "starts": _starts(house, one, language),
        "waits": "yes" if _here(seat, house.clock.now()) else "",
    }


def _starts(house: House, one: Appointment, language: str) -> str:
    assert one.starts is not None
    return translate(language, STARTS_AT, time=format_time(one.starts, language, house.settings.clinic.tz))


ROUTES: list[Any] = [
    room, come_in, patients_state, practitioners_room, practitioner_comes_in, practitioners_state, practitioners_link,
]  # fmt: skip
