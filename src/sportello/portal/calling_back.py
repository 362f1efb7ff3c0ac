"""Where somebody who would rather be called leaves a number: after hours, or when the wait is too long."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post

from sportello.administration.actor import SYSTEM, act_as, patient_of
from sportello.conversations.refusals import NotPossible
from sportello.kit.house import House
from sportello.kit.i18n import N_
from sportello.kit.ids import as_uuid, uuid7
from sportello.kit.security.rate_limit import rate_limit
from sportello.portal import names
from sportello.portal.pages import mark
from sportello.routing import calling_back, planning
from sportello.routing.opening import opening_of

AGREE = N_("Please agree that we keep your number until we have called you.")
LONG = N_("This is too long: 200 characters at most.")
MOST = 200
_OPEN = {"open_door": "somebody who is not signed in may want to be called; tries are limited"}
_FIELDS = ("phone", "wished", "name", "topic")


@get("/portal/callback", opt=_OPEN)
async def callback_page(request: Request[Any, Any, Any], house: House) -> Response[Any]:
    """The form."""
    act_as(request, "patient")
    patient = patient_of(request)
    said = {"name": await names.of_patient(house, patient) if patient else "", "request": str(uuid7())}
    return await _form(request, house, said, {}, 200)


@post("/portal/callback", opt=_OPEN, status_code=200)
async def ask_callback(request: Request[Any, Any, Any], house: House) -> Response[Any]:
    """Keeps the wish; sent twice it is kept once."""
    act_as(request, "patient")
    patient = patient_of(request)
    sent = {name: value for name, value in (await request.form()).items() if isinstance(value, str)}
    said = {name: sent.get(name, "").replace("\x00", "").strip()[:2000] for name in (*_FIELDS, "agree", "request")}
    errors = {name: LONG for name in _FIELDS if len(said[name]) > MOST}
    if said["agree"] != "yes":
        errors["agree"] = AGREE
    try:
        calling_back.clean_phone(said["phone"])
    except NotPossible as refusal:
        errors["phone"] = refusal.message
    if errors:
        return await _form(request, house, said, errors, 422)
    address = request.client.host if request.client else ""
    rate_limit(house, ("portal.callback", address), 10, 3600)
    once: UUID = as_uuid(said["request"]) or uuid7()
    language = str(request.scope.get("state", {}).get("language", house.settings.clinic.languages[0]))
    await house.db.run(
        lambda tx: calling_back.ask(
            house, tx, patient or SYSTEM, phone=said["phone"], wished=said["wished"], name=said["name"],
            topic=said["topic"], language=language, patient_id=patient.id if patient else None, request=once,
        )
    )  # fmt: skip
    return await _form(request, house, said, {}, 200, kept=True)


async def _form(
    request: Request[Any, Any, Any],
    house: House,
    said: dict[str, str],
    errors: dict[str, str],
    status: int,
    *,
    kept: bool = False,
) -> Response[Any]:
    now = house.clock.now()
    plan = await planning.current(house, house.db)
    queue = plan.workstream(calling_back.CHANNEL).fallback
    opens = opening_of(house, plan, queue, now)
    return house.pages.render(
        request, "portal/callback.html", status=status, said=said, errors=errors, kept=kept,
        opens=opens if opens and opens > now else None, chat_session=mark(request) if patient_of(request) else "",
    )  # fmt: skip


ROUTES: list[Any] = [callback_page, ask_callback]
