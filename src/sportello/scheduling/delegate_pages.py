"""Where staff note who may book for a patient, having seen the proof."""

from typing import Any

from litestar import Controller, Request, get, post
from litestar.exceptions import NotFoundException, PermissionDeniedException
from litestar.response import Redirect, Response

from sportello.administration.actor import Actor
from sportello.administration.permissions import Permission, requires
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.ids import as_uuid
from sportello.record import naming, reading
from sportello.record.access import NotAllowed, UnknownPatient
from sportello.scheduling import delegates
from sportello.scheduling.pages import plain, texts
from sportello.scheduling.store import delegates as store

Answer = Response[Any]
_BOOKS = requires(Permission.APPOINTMENT_BOOK)


class DelegatePages(Controller):
    """The doors of delegates."""

    path = "/desk/scheduling"

    @get("/patient/{patient:str}/delegates", guards=[_BOOKS])
    async def list(self, request: Request[Any, Any, Any], house: House, actor: Actor, patient: str) -> Answer:
        """Who may; `?q=` looks for somebody to add."""
        return await _page(request, house, actor, patient, {"q": plain(request.query_params.get("q", ""))[:200]}, {})

    @post("/patient/{patient:str}/delegates", guards=[_BOOKS], status_code=200)
    async def add(self, request: Request[Any, Any, Any], house: House, actor: Actor, patient: str) -> Answer:
        """Notes one more."""
        form = await texts(request)
        if who := form.get("delegate", ""):  # somebody who is known, and whom this reader may know of
            try:
                await house.db.run(lambda tx: reading.patient_header(house, tx, actor, who))
            except (UnknownPatient, NotAllowed):
                form["delegate"] = ""
        errors = await house.db.run(lambda tx: delegates.add(house, tx, actor, plain(patient), form))
        if errors:
            return await _page(request, house, actor, patient, form, errors)
        return Redirect(f"/desk/scheduling/patient/{patient}/delegates?told=added", status_code=303)

    @post("/delegates/{delegate:str}/end", guards=[_BOOKS], status_code=200)
    async def end(self, house: House, actor: Actor, delegate: str) -> Answer:
        """No longer."""
        known = as_uuid(delegate)
        patient = await house.db.run(lambda tx: delegates.end(house, tx, actor, known)) if known else None
        if patient is None:
            raise NotFoundException
        return Redirect(f"/desk/scheduling/patient/{patient}/delegates?told=ended", status_code=303)


async def _page(
    request: Request[Any, Any, Any], house: House, actor: Actor, patient: str, said: dict[str, str],
    errors: dict[str, str],
) -> Answer:  # fmt: skip
    words = said.get("q", "")

    async def work(tx: Transaction) -> dict[str, Any]:
        header = await reading.patient_header(house, tx, actor, plain(patient))
        found = await store.of_patient(tx, header.id)
        people = await reading.find_patients(house, tx, actor, words) if words else []
        return {
            "patient": header, "delegates": found, "people": [one for one in people if one.id != header.id],
            "names": await naming.names(house, tx, actor, {one.delegate for one in found}, "delegates"),
            "theirs": await delegates.represented(house, tx, actor, header.id),
        }  # fmt: skip

    try:
        shown = await house.db.run(work)
    except UnknownPatient as missing:
        raise NotFoundException from missing
    except NotAllowed as refusal:
        raise PermissionDeniedException from refusal
    today = house.clock.now().astimezone(house.settings.clinic.tz).date()
    return house.pages.render(
        request, "scheduling/delegates.html", status=422 if errors else 200, said=said, errors=errors, today=today,
        relations=delegates.RELATIONS, consents=delegates.CONSENTS, told=request.query_params.get("told", ""), **shown,
    )  # fmt: skip
