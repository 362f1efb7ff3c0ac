"""The page behind an offer's one-time link: the time, and yes or no; nothing is done by merely opening it."""

from typing import Any

from litestar import Controller, Request, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Response

from sportello.administration.actor import Actor
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.security.rate_limit import rate_limit
from sportello.kit.security.tokens import hashed
from sportello.scheduling import offering
from sportello.scheduling.pages import plain
from sportello.scheduling.store import openings, slots
from sportello.scheduling.store import waiting as store
from sportello.scheduling.store.openings import Offer
from sportello.scheduling.store.waiting import Waiting

_OPEN = {"open_door": "the patient's own link; its token cannot be guessed, no name is told"}


class OfferLinks(Controller):
    """The doors of `/offer`."""

    path = "/offer"

    @get("/{token:str}", opt=_OPEN)
    async def look(self, request: Request[Any, Any, Any], house: House, token: str) -> Response[Any]:
        """What is offered, and until when."""
        async with house.db.transaction() as tx:
            found, one = await _of(house, tx, request, token)
            return await _shown(request, house, tx, found, one, _state(house, found))

    @post("/{token:str}/{answer:str}", opt=_OPEN, status_code=200)
    async def answer(self, request: Request[Any, Any, Any], house: House, token: str, answer: str) -> Response[Any]:
        """Yes books or moves; no gives the time to the next."""
        act = {"yes": offering.accept, "no": offering.decline}.get(answer)
        if act is None:
            raise NotFoundException

        async def work(tx: Transaction) -> Response[Any]:
            found, one = await _of(house, tx, request, token)
            language = str(request.scope.get("state", {}).get("language", house.settings.clinic.languages[0]))
            patient = Actor("patient", one.patient, "", language)
            done = await act(house, tx, patient, found.id)
            return await _shown(request, house, tx, found, one, done.outcome)

        return await house.db.run(work)


def _state(house: House, found: Offer) -> str:
    return "lapsed" if found.state == "open" and found.expires_at <= house.clock.now() else found.state


async def _of(house: House, tx: Transaction, request: Request[Any, Any, Any], token: str) -> tuple[Offer, Waiting]:
    rate_limit(house, ("scheduling.offer", request.client.host if request.client else ""), 60, 600)
    found = await openings.offer_by(tx, hashed(plain(token))) if len(token) < 100 else None
    one = await store.read(tx, found.waiting) if found else None
    if found is None or one is None:
        raise NotFoundException
    return found, one


async def _shown(
    request: Request[Any, Any, Any], house: House, tx: Transaction, found: Offer, one: Waiting, state: str
) -> Response[Any]:
    (slot,) = await slots.whole(tx, [found.slot])
    return house.pages.render(
        request, "scheduling/offer.html", status=409 if state == "gone" else 200, offer=found, waiting=one, slot=slot,
        state=state,
    )  # fmt: skip
