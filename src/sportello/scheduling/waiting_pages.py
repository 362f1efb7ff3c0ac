"""Where staff see who waits and which times came free, offer them, and say how offers are made."""

from typing import Any

from litestar import Controller, Request, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Response
from msgspec import Struct

from sportello.administration import audit
from sportello.administration.actor import Actor
from sportello.administration.permissions import Permission, requires
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_
from sportello.kit.ids import as_number, as_uuid
from sportello.record import naming
from sportello.scheduling import offering, waiting
from sportello.scheduling.pages import plain, texts
from sportello.scheduling.store import openings
from sportello.scheduling.store import waiting as store
from sportello.scheduling.store.openings import Offer, Opening
from sportello.scheduling.store.waiting import Policy, Waiting

Answer = Response[Any]
_BOOKS = requires(Permission.APPOINTMENT_BOOK)
_READS = requires(Permission.APPOINTMENT_READ, Permission.APPOINTMENT_BOOK)
_KEEPS = requires(Permission.CALENDAR_MANAGE)
PAGE = "/desk/scheduling/waiting"
CANDIDATES = 3
OUT_OF_RANGE = N_("Write a whole number within the bounds.")
BOUNDS = {"offer_minutes": (15, 4320), "lead_minutes": (0, 10080)}
GONE = N_("That could not be done: the time is gone, or somebody was quicker.")
TOLD = {
    "offered": N_("The time is kept and offered."),
    "accepted": N_("Booked. The confirmation is on its way, where an address is known."),
    "declined": N_("Noted. The patient waits on; the time is free again."),
    "withdrawn": N_("The offer is taken back; the time is free again."),
    "lapsed": N_("The offer had lapsed. The patient waits on."),
    "ended": N_("The patient is no longer on the waiting list."),
    "closed": N_("The task is closed; the time stays free."),
    "saved": N_("Saved."),
}


class WaitingPages(Controller):
    """The doors of the waiting list."""

    path = PAGE

    @get(guards=[_READS])
    async def list(self, request: Request[Any, Any, Any], house: House, actor: Actor) -> Answer:
        """Times that came free with whom they suit, and everybody who waits."""
        return await _page(request, house, actor, {})

    @post("/offers", guards=[_BOOKS], status_code=200)
    async def offer(self, request: Request[Any, Any, Any], house: House, actor: Actor) -> Answer:
        """Offers the time `slot` to the one who waits."""
        form = await texts(request)
        who, slot = as_uuid(form.get("waiting", "")), as_number(form.get("slot", ""))
        if who is None:
            raise NotFoundException
        made = await house.db.run(lambda tx: offering.offer(house, tx, actor, who, slot))
        return _told("offered") if made else await _page(request, house, actor, {"": GONE}, 409)

    @post("/offers/{offer:str}/{answer:str}", guards=[_BOOKS], status_code=200)
    async def answer(
        self, request: Request[Any, Any, Any], house: House, actor: Actor, offer: str, answer: str
    ) -> Answer:
        """What the patient said on the telephone (`accept`, `decline`), or the offer is taken back (`withdraw`)."""
        known = as_uuid(offer)
        act = {"accept": offering.accept, "decline": offering.decline, "withdraw": offering.take_back}.get(answer)
        if known is None or act is None:
            raise NotFoundException
        done = await house.db.run(lambda tx: act(house, tx, actor, known))
        if done.outcome == "gone" or (answer == "accept" and done.outcome != "accepted"):
            return await _page(request, house, actor, {"": TOLD.get(done.outcome, GONE)}, 409)
        return _told(done.outcome)

    @post("/tasks/{slot:int}/close", guards=[_BOOKS], status_code=200)
    async def close(self, house: House, actor: Actor, slot: int) -> Answer:
        """Nobody is to be offered this time."""
        who = f"{actor.kind}:{actor.id}"
        await house.db.run(lambda tx: openings.close_of(tx, slot, who, house.clock.now()))
        return _told("closed")

    @post("/{entry:str}/withdrawal", guards=[_BOOKS], status_code=200)
    async def withdraw(self, request: Request[Any, Any, Any], house: House, actor: Actor, entry: str) -> Answer:
        """The patient no longer waits."""
        known = as_uuid(entry)
        if known is None:
            raise NotFoundException
        done = await house.db.run(lambda tx: waiting.withdraw(house, tx, actor, known))
        return _told("ended") if done else await _page(request, house, actor, {"": GONE}, 409)

    @post("/policy", guards=[_KEEPS], status_code=200)
    async def policy(self, request: Request[Any, Any, Any], house: House, actor: Actor) -> Answer:
        """How long offers stand, how near a time may be, and whether times are offered without staff."""
        form = await texts(request)
        errors, numbers = {}, {}
        for name, (low, high) in BOUNDS.items():
            text = form.get(name, "").strip()
            if not (text.isascii() and text.isdigit() and len(text) < 6 and low <= int(text) <= high):
                errors[name] = OUT_OF_RANGE
            else:
                numbers[name] = int(text)
        if errors:
            return await _page(request, house, actor, errors, 422, form)
        new = Policy(numbers["offer_minutes"], numbers["lead_minutes"], form.get("automatic") == "yes")

        async def work(tx: Transaction) -> None:
            await store.set_policy(tx, new)
            await audit.record(
                house, tx, actor, "waiting.policy",
                detail={"offer": new.offer_minutes, "lead": new.lead_minutes, "automatic": new.automatic},
            )  # fmt: skip

        await house.db.run(work)
        return _told("saved")


class Task(Struct, frozen=True):
    """A time that came free: whom it would suit, or to whom it is offered."""

    opening: Opening
    candidates: list[Waiting]
    offer: Offer | None
    to: Waiting | None

    @property
    def people(self) -> list[Waiting]:
        """Whose names are shown."""
        return [*self.candidates, *([self.to] if self.to else [])]


async def _task(house: House, tx: Transaction, one: Opening) -> Task:
    kept = await openings.offer(tx, one.offer) if one.offer else None
    to = await store.read(tx, kept.waiting) if kept else None
    return Task(one, await store.candidates(tx, one.slot.id, house.settings.clinic.zone, CANDIDATES), kept, to)


def _told(what: str) -> Answer:
    return Redirect(f"{PAGE}?told={what}", status_code=303)


async def _page(
    request: Request[Any, Any, Any],
    house: House,
    actor: Actor,
    errors: dict[str, str],
    status: int = 200,
    said: dict[str, str] | None = None,
) -> Answer:
    told = TOLD.get(request.query_params.get("told", "")) if status == 200 else None
    service = plain(request.query_params.get("service", ""))[:100]

    async def work(tx: Transaction) -> Any:
        everybody = await store.standing(tx, service=service)
        tasks = [await _task(house, tx, one) for one in await openings.standing(tx, house.clock.now())]
        tasks = [task for task in tasks if task.candidates or task.to]
        policy = await store.policy(tx)
        named = {one.patient for one in [*everybody, *(one for task in tasks for one in task.people)]}
        return everybody, tasks, policy, await naming.names(house, tx, actor, named, "waiting")

    everybody, tasks, policy, names = await house.db.run(work)
    return house.pages.render(
        request, "scheduling/waiting.html", status=status, tasks=tasks, everybody=everybody, names=names, told=told,
        errors=errors, bounds=BOUNDS, said=said or {
            "offer_minutes": str(policy.offer_minutes), "lead_minutes": str(policy.lead_minutes),
            "automatic": "yes" if policy.automatic else "",
        },
        may_book=actor.may(Permission.APPOINTMENT_BOOK), may_keep=actor.may(Permission.CALENDAR_MANAGE),
        service=service,
    )  # fmt: skip
