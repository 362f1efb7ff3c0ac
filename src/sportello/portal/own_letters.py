"""What a signed-in patient wants of the hospital's letters, and their visits as calendar files."""

from typing import Any

from litestar import Controller, Request, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Response

from sportello.administration import audit
from sportello.administration.actor import Actor
from sportello.administration.permissions import patient_door
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import translate
from sportello.kit.ids import as_uuid
from sportello.outreach import addresses
from sportello.outreach.invitation import invitation, method_of
from sportello.outreach.store.terms import Wishes
from sportello.portal.own_visits import whom
from sportello.portal.pages import mark
from sportello.record import reading
from sportello.scheduling.pages import texts
from sportello.scheduling.reading import appointment as booked


class OwnLetters(Controller):
    """The doors of a patient's wishes."""

    path = "/portal"
    guards = [patient_door]  # noqa: RUF012

    @get("/letters")
    async def show(self, request: Request[Any, Any, Any], house: House, actor: Actor) -> Response[Any]:
        """Which letters, and in which language."""

        async def work(tx: Transaction) -> tuple[Any, Any]:
            header = await reading.patient_header(house, tx, actor, actor.id)
            return header, await addresses.wishes(tx, actor.id)

        header, wishes = await house.db.run(work)
        return house.pages.render(
            request, "portal/letters.html", wishes=wishes, email=header.email or "", chat_session=mark(request),
            languages=house.settings.clinic.languages, done="done" in request.query_params,
        )  # fmt: skip

    @post("/letters", status_code=200)
    async def change(self, request: Request[Any, Any, Any], house: House, actor: Actor) -> Response[Any]:
        """Holds at once, also for visits that are booked."""
        form = await texts(request)
        language = form.get("language", "")
        wanted = Wishes(form.get("reminders") == "yes", language if language in ("it", "en") else "")
        await house.db.run(lambda tx: addresses.wish(house, tx, actor, actor.id, wanted))
        return Redirect("/portal/letters?done=yes", status_code=303)

    @get("/appointments/{appointment:str}/calendar")
    async def calendar(self, house: House, actor: Actor, appointment: str) -> Response[bytes]:
        """The visit as a file for a calendar of the patient, or of who books for them (text/calendar)."""
        known = as_uuid(appointment)
        async with house.db.transaction() as tx:
            one = await booked(tx, known) if known else None
            if one is None or one.starts is None:
                raise NotFoundException
            await whom(house, tx, actor, one.patient)
            await audit.record(house, tx, actor, "patient.read", patient=one.patient, entity=f"appointment/{one.id}")
        name = translate(actor.language, "appointment.ics")
        return Response(
            invitation(one, house.settings, actor.language, house.clock.now()),
            media_type=f"text/calendar; method={method_of(one)}",
            headers={"content-disposition": f'attachment; filename="{name}"'},
        )


ROUTES: list[Any] = [OwnLetters]
