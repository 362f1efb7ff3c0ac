"""A patient's own place on the waiting list: come earlier, answer an offer, wait no more."""

from typing import Any

from litestar import Controller, Request, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Response

from sportello.administration.actor import Actor
from sportello.administration.permissions import patient_door
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_
from sportello.kit.ids import as_uuid, uuid7
from sportello.kit.security.rate_limit import rate_limit
from sportello.portal.own_visits import whom
from sportello.portal.pages import mark
from sportello.scheduling import offering, own_waiting, waiting
from sportello.scheduling.pages import texts
from sportello.scheduling.reading import appointment as booked
from sportello.scheduling.waiting import CannotWait

Answer = Response[Any]
OVER = {
    "gone": N_("This time is no longer available. You stay on the waiting list; what you have booked stays as it is."),
    "lapsed": N_("The time to answer has run out. You stay on the waiting list."),
}


class OwnWaiting(Controller):
    """The doors of a signed-in patient's wishes and offers."""

    path = "/portal"
    guards = [patient_door]  # noqa: RUF012

    @post("/waiting", status_code=200)
    async def earlier(self, request: Request[Any, Any, Any], house: House, actor: Actor) -> Answer:
        """The patient, or who books for them, wants `appointment` to be earlier."""
        rate_limit(house, ("portal.waiting", actor.id), 20, 3600)
        visit = as_uuid((await texts(request)).get("appointment", ""))

        async def work(tx: Transaction) -> None:
            one = await booked(tx, visit) if visit else None
            if one is None:
                raise NotFoundException
            await whom(house, tx, actor, one.patient)
            await waiting.earlier(house, tx, actor, one.id, uuid7(), None)

        try:
            await house.db.run(work)
        except CannotWait as refusal:
            return _refused(request, house, str(refusal))
        return Redirect("/portal?waiting=yes#waiting-title", status_code=303)

    @post("/waiting/{entry:str}/withdrawal", status_code=200)
    async def withdraw(self, house: House, actor: Actor, entry: str) -> Answer:
        """Off the list; twice is the same as once."""
        known = as_uuid(entry)

        async def work(tx: Transaction) -> None:
            if known is None or not await own_waiting.is_of(house, tx, actor, entry=known):
                raise NotFoundException
            await waiting.withdraw(house, tx, actor, known)

        await house.db.run(work)
        return Redirect("/portal", status_code=303)

    @post("/offers/{offer:str}/{answer:str}", status_code=200)
    async def answer(
        self, request: Request[Any, Any, Any], house: House, actor: Actor, offer: str, answer: str
    ) -> Answer:
        """Yes books or moves, no gives the time to the next."""
        known, act = as_uuid(offer), {"yes": offering.accept, "no": offering.decline}.get(answer)

        async def work(tx: Transaction) -> str:
            if known is None or act is None or not await own_waiting.is_of(house, tx, actor, offer=known):
                raise NotFoundException
            return (await act(house, tx, actor, known)).outcome

        outcome = await house.db.run(work)
        if answer == "yes" and outcome != "accepted":
            return _refused(request, house, OVER.get(outcome, OVER["gone"]))
        return Redirect("/portal#visits-title", status_code=303)


def _refused(request: Request[Any, Any, Any], house: House, why: str) -> Answer:
    return house.pages.render(request, "portal/refused.html", status=409, why=why, chat_session=mark(request))


ROUTES: list[Any] = [OwnWaiting]
