"""What became of the mails about an appointment."""

from typing import Any

from litestar import Controller, Request, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Response

from sportello.administration import audit
from sportello.administration.actor import Actor
from sportello.administration.permissions import Permission, requires
from sportello.kit.house import House
from sportello.kit.ids import as_uuid
from sportello.outreach import sending, store
from sportello.scheduling import reading


class OutreachPages(Controller):
    """The doors of the message log."""

    path = "/desk/outreach"

    @get("/appointment/{appointment:str}", guards=[requires(Permission.APPOINTMENT_BOOK, Permission.APPOINTMENT_READ)])
    async def about(
        self, request: Request[Any, Any, Any], house: House, actor: Actor, appointment: str
    ) -> Response[Any]:
        """The mails about an appointment; asks again by itself while one is waiting."""
        known = as_uuid(appointment)
        async with house.db.transaction() as tx:
            one = await reading.appointment(tx, known) if known else None
            if one is None:
                raise NotFoundException
            messages = await store.about(tx, one.id)
            await audit.record(house, tx, actor, "patient.read", patient=one.patient, entity=f"mail/{one.id}")
        return house.pages.render(request, "outreach/messages.html", messages=messages, appointment=one)

    @post("/message/{message:str}/again", status_code=200, guards=[requires(Permission.APPOINTMENT_BOOK)])
    async def again(self, house: House, message: str) -> Response[Any]:
        """Another try of a mail that was given up."""
        known = as_uuid(message)
        async with house.db.transaction() as tx:
            one = await store.read(tx, known) if known else None
            if one is None:
                raise NotFoundException
            await sending.again(house, tx, one.id)
        return Redirect(f"/desk/outreach/appointment/{one.appointment}", status_code=303)
