"""The demo's own pages: where to begin, signing in with one click as anybody, and the caught mails."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect

from sportello.administration.permissions import ROLE_NAMES, Role
from sportello.administration.sessions import open_session
from sportello.administration.sign_in import session_cookie
from sportello.demo import invitations, store
from sportello.demo.cast import PASSWORD, PATIENTS, STAFF
from sportello.demo.naming import id_of
from sportello.demo.people import people
from sportello.kit.house import House
from sportello.kit.i18n import N_
from sportello.portal import signing_in

# These doors exist only in a demo: app.py leaves the whole room out of any other house.
_OPEN = {"open_door": "only in a demo, where everybody may be anybody", "without_csrf": True}

DUTIES = {
    "elena": N_("Answers patients, opens their records, books visits."),
    "davide": N_("A second agent: to see offers pass on and colleagues at work."),
    "luca": N_("A third agent, still learning."),
    "marta": N_("Watches the board, reads along, steps in."),
    "paolo": N_("Cares for plans and teams."),
    "carla": N_("A family doctor: reads and answers what colleagues write to her about Giulia or Emily."),
    "sara": N_("Staff, roles, settings, the audit trail."),
}


@get("/", opt=_OPEN)
async def start_page(request: Request[Any, Any, Any], house: House) -> Response[Any]:
    """The hospital's story and its people, each behind a button."""
    names = {person.key: person.name for person in people()}
    return house.pages.render(
        request,
        "demo/start.html",
        staff=[(login, name, ROLE_NAMES[Role(role)], DUTIES[login]) for login, name, role in STAFF],
        patients=[(login, names[login], code) for login, code, _ in PATIENTS],
        password=PASSWORD,
    )


@post("/demo/staff/{login:str}", opt=_OPEN)
async def enter_as_staff(house: House, login: str) -> Redirect:
    """Signs in as one of the cast."""
    role = next((role for known, _, role in STAFF if known == login), None)
    opened = await open_session(house, UUID(id_of("staff", login))) if role else None
    if opened is None:
        raise NotFoundException
    where = {"supervisor": "/desk/board", "administrator": "/administration"}.get(role or "", "/desk")
    return Redirect(where, status_code=303, cookies=[session_cookie(house, opened)])


@post("/demo/patient/{login:str}", opt=_OPEN)
async def enter_as_patient(house: House, login: str) -> Redirect:
    """Signs in to the portal as one of the patients."""
    token = await signing_in.enter(house, login) if login in {one[0] for one in PATIENTS} else None
    if token is None:
        raise NotFoundException
    return Redirect("/portal", status_code=303, cookies=[signing_in.cookie(house, token)])


@get("/demo/mailbox", opt=_OPEN)
async def mailbox_page(request: Request[Any, Any, Any], house: House) -> Response[Any]:
    """The mails that the catcher took, newest first, with what their calendar files say."""
    mails = [(one, invitations.read(one.calendar) if one.calendar else None) for one in await store.mails(house.db)]
    return house.pages.render(request, "demo/mailbox.html", mails=mails)


@get("/demo/mailbox/{number:int}/visit.ics", opt=_OPEN)
async def calendar_file(house: House, number: int) -> Response[str]:
    """A mail's calendar file, to be opened with a calendar program."""
    mail = await store.mail(house.db, number) if 0 < number < 2**62 else None
    if mail is None or mail.calendar is None:
        raise NotFoundException
    return Response(
        mail.calendar,
        media_type="text/calendar; charset=utf-8",
        headers={"content-disposition": f'attachment; filename="visit-{number}.ics"'},
    )


ROUTES = [start_page, enter_as_staff, enter_as_patient, mailbox_page, calendar_file]
