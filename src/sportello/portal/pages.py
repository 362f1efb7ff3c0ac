"""The patient's pages: the hospital's own page with the chat, signing in, and the visits to come."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.response import Redirect
from msgspec import Struct

from sportello.administration.actor import act_as, patient_of
from sportello.administration.permissions import patient_door
from sportello.kit.forms import read_form
from sportello.kit.house import House
from sportello.kit.i18n import N_
from sportello.kit.security.tokens import hashed
from sportello.knowledge import reading as articles
from sportello.portal import names, signing_in
from sportello.scheduling import delegates, own_waiting, upcoming

WRONG = N_("The login or the code is not right. Check both and try again.")
WAIT = N_("Too many attempts. Wait a few minutes and try again.")
_OPEN = {"open_door": "the hospital's page is for everybody"}


class SignIn(Struct):
    """What the form sends."""

    login: str
    code: str


@get("/portal", opt=_OPEN)
async def portal_page(request: Request[Any, Any, Any], house: House) -> Response[Any]:
    """The hospital's page; for a signed-in patient with their visits on top."""
    act_as(request, "patient")
    language = str(request.scope.get("state", {}).get("language", house.settings.clinic.languages[0]))
    today = articles.today(house)
    patient = patient_of(request)
    visits: list[Any] | None = None
    wishes: list[Any] = []
    represented: list[Any] = []
    if patient:
        async with house.db.transaction() as tx:
            visits = await upcoming.own_visits(house, tx, patient)
            wishes = await own_waiting.of_patient(tx, patient.id)
            represented = [
                (other, await upcoming.visits_for(house, tx, patient, other.patient))
                for other in await delegates.represented(house, tx, patient, patient.id)
            ]
            for other, _ in represented:
                wishes += await own_waiting.of_patient(tx, other.patient)
    return house.pages.render(
        request,
        "portal/home.html",
        hours=await articles.answering(house.db, "hours", language, today),
        articles=await articles.approved(house.db, language),
        sites=await upcoming.sites(house.db),
        specialties=[name[language] for name in await upcoming.specialties(house.db)],
        visits=visits,
        wishes=wishes,
        represented=represented,
        waiting="waiting" in request.query_params,
        now=house.clock.now(),
        cancelled="cancelled" in request.query_params,
        name=await names.of_patient(house, patient) if patient else "",
        chat_session=mark(request) if patient else "",
    )


@get("/portal/sign-in", opt=_OPEN)
async def sign_in_page(request: Request[Any, Any, Any], house: House) -> Response[Any]:
    """The form; somebody signed in already goes on."""
    if patient_of(request):
        return Redirect("/portal", status_code=303)
    return _form(request, house, {}, {}, "")


@post("/portal/sign-in", opt={"open_door": "nobody is signed in yet; tries are limited"}, status_code=200)
async def sign_in_door(request: Request[Any, Any, Any], house: House) -> Response[Any]:
    """Opens a session, or shows the form again with the login kept."""
    form, errors, raw = await read_form(request, SignIn)
    if form is None:
        return _form(request, house, raw, errors, "", 422)
    address = request.client.host if request.client else ""
    try:
        token = await signing_in.sign_in(house, form.login, form.code, address)
    except signing_in.TooManyTries:
        return _form(request, house, raw, {}, WAIT, 429)
    if token is None:
        return _form(request, house, raw, {}, WRONG, 422)
    return Redirect("/portal", status_code=303, cookies=[signing_in.cookie(house, token)])


@post("/portal/sign-out", guards=[patient_door])
async def sign_out_door(request: Request[Any, Any, Any], house: House) -> Redirect:
    """Ends the session here and on the server."""
    await signing_in.sign_out(house, request.cookies.get(signing_in.COOKIE, ""))
    return Redirect("/portal", status_code=303, cookies=[signing_in.cookie(house, "")])


def _form(
    request: Request[Any, Any, Any],
    house: House,
    raw: dict[str, str],
    errors: dict[str, str],
    refused: str,
    status: int = 200,
) -> Response[Any]:
    return house.pages.render(
        request, "portal/sign_in.html", status=status, login=raw.get("login", ""), errors=errors, refused=refused,
        chat_session="",
    )  # fmt: skip


def mark(request: Request[Any, Any, Any]) -> str:
    """Tells the widget one session from another without telling whose it is."""
    return hashed(f"chat {request.cookies.get(signing_in.COOKIE, '')}").hex()[:16]


ROUTES = [portal_page, sign_in_page, sign_in_door, sign_out_door]
