"""Where the hospital's offer is kept: types of appointment, specialties, places, rooms, practitioners and roles."""

from collections.abc import Mapping
from typing import Any

from litestar import Controller, Request, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Response

from sportello.administration.actor import Actor
from sportello.administration.permissions import Permission, requires
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.scheduling import catalogue_keeping as keeping
from sportello.scheduling.catalogue import KINDS, Kind, read, typed
from sportello.scheduling.pages import plain, texts
from sportello.scheduling.store import catalogue as store

Answer = Response[Any]
PAGE = "/desk/scheduling/catalogue"
_READS = requires(Permission.APPOINTMENT_READ, Permission.CALENDAR_MANAGE)
_KEEPS = requires(Permission.CALENDAR_MANAGE)
# What a new thing's form says at first.
_FIRST = {
    "types": {"kind": "visit", "minutes": "30", "channels:in_person": "yes", "self_booking": "yes",
              "notice_hours": "48", "notice_days": "0"},
    "places": {"zone": "Europe/Rome", "country": "IT", "holidays": "IT"},
    "rooms": {"kind": "room"},
}  # fmt: skip


class CataloguePages(Controller):
    """The doors of the offer."""

    path = PAGE

    @get(guards=[_READS])
    async def first(self) -> Answer:
        """The types of appointment come first."""
        return Redirect(f"{PAGE}/types", status_code=303)

    @get("/{key:str}", guards=[_READS])
    async def list(self, request: Request[Any, Any, Any], house: House, actor: Actor, key: str) -> Answer:
        """Everything of a kind."""
        kind = _kind(key)
        async with house.db.transaction() as tx:
            rows = await store.rows(tx, kind)
            options = await keeping.options(tx, actor.language, KINDS)
        return house.pages.render(
            request, "scheduling/catalogue.html", kind=kind, kinds=KINDS, rows=rows,
            names={group: dict(pairs) for group, pairs in options.items()},
            told=request.query_params.get("told", ""), may_keep=actor.may(Permission.CALENDAR_MANAGE),
        )  # fmt: skip

    @get("/{key:str}/new", guards=[_KEEPS])
    async def new(self, request: Request[Any, Any, Any], house: House, actor: Actor, key: str) -> Answer:
        """An empty form."""
        return await _form(request, house, actor, _kind(key), "", _FIRST.get(key, {}), {})

    @post("/{key:str}/new", guards=[_KEEPS], status_code=200)
    async def add(self, request: Request[Any, Any, Any], house: House, actor: Actor, key: str) -> Answer:
        """Adds it."""
        return await _save(request, house, actor, _kind(key), "")

    @get("/{key:str}/{thing:str}", guards=[_READS])
    async def one(self, request: Request[Any, Any, Any], house: House, actor: Actor, key: str, thing: str) -> Answer:
        """One thing, as a form."""
        kind = _kind(key)
        async with house.db.transaction() as tx:
            row = await _row(tx, kind, thing)
        return await _form(request, house, actor, kind, thing, typed(kind, row), {})

    @post("/{key:str}/{thing:str}", guards=[_KEEPS], status_code=200)
    async def change(self, request: Request[Any, Any, Any], house: House, actor: Actor, key: str, thing: str) -> Answer:
        """Changes it, for everybody at once."""
        return await _save(request, house, actor, _kind(key), thing)

    @post("/{key:str}/{thing:str}/end", guards=[_KEEPS], status_code=200)
    async def end(self, request: Request[Any, Any, Any], house: House, actor: Actor, key: str, thing: str) -> Answer:
        """Offers it no more."""
        kind = _kind(key)

        async def work(tx: Transaction) -> str:
            await _row(tx, kind, thing)
            return await keeping.end(house, tx, actor, kind, thing)

        if why := await house.db.run(work):
            async with house.db.transaction() as tx:
                row = await _row(tx, kind, thing)
            return await _form(request, house, actor, kind, thing, typed(kind, row), {"": why}, 409)
        return Redirect(f"{PAGE}/{key}?told=ended", status_code=303)

    @post("/{key:str}/{thing:str}/again", guards=[_KEEPS], status_code=200)
    async def again(self, house: House, actor: Actor, key: str, thing: str) -> Answer:
        """Offers it again."""
        kind = _kind(key)

        async def work(tx: Transaction) -> None:
            await _row(tx, kind, thing)
            await keeping.take_up(house, tx, actor, kind, thing)

        await house.db.run(work)
        return Redirect(f"{PAGE}/{key}?told=again", status_code=303)

    @post("/new-calendar/{thing:str}", guards=[_KEEPS], status_code=200)
    async def calendar(self, house: House, actor: Actor, thing: str) -> Answer:
        """A further calendar of a role; its hours are written next."""

        async def work(tx: Transaction) -> str:
            return await keeping.new_calendar(house, tx, actor, await _row(tx, KINDS["roles"], thing))

        return Redirect(f"/desk/scheduling/templates/{await house.db.run(work)}", status_code=303)


async def _save(request: Request[Any, Any, Any], house: House, actor: Actor, kind: Kind, thing: str) -> Answer:
    form = await texts(request)

    async def work(tx: Transaction) -> tuple[str, dict[str, str]]:
        if thing:
            await _row(tx, kind, thing)
        values, errors = read(kind, _fixed(kind, form, thing, await store.read(tx, kind, thing) if thing else None),
                              await keeping.options(tx, actor.language, KINDS))  # fmt: skip
        if errors:
            return thing, errors
        return await keeping.save(
            house, tx, actor, kind, thing, values | {"id": form.get("id", "").strip()}, form.get("seen", "")
        )

    made, errors = await house.db.run(work)
    if "" in errors:  # it is not what they saw: they see what it is
        async with house.db.transaction() as tx:
            form = typed(kind, await _row(tx, kind, thing))
    if errors:
        return await _form(request, house, actor, kind, thing, form, errors, 409 if "" in errors else 422)
    return Redirect(f"{PAGE}/{kind.key}?told=saved#{made}", status_code=303)


def _fixed(kind: Kind, form: dict[str, str], thing: str, row: Mapping[str, Any] | None) -> dict[str, str]:
    """What cannot be changed of a thing that exists is as it was."""
    if not thing or row is None:
        return form
    return form | {name: str(row[name]) for name in keeping.FIXED.get(kind.key, ())}


async def _form(
    request: Request[Any, Any, Any], house: House, actor: Actor, kind: Kind, thing: str, said: Mapping[str, str],
    errors: dict[str, str], status: int = 0,
) -> Answer:  # fmt: skip
    async with house.db.transaction() as tx:
        options = await keeping.options(tx, actor.language, KINDS)
        row = await store.read(tx, kind, thing) if thing else None
    return house.pages.render(
        request, "scheduling/catalogue_form.html", status=status or (422 if errors else 200), kind=kind, thing=thing,
        row=row, said=said, errors=errors, options=options, seen=keeping.seen(row),
        fixed=keeping.FIXED.get(kind.key, ()) if thing else (), may_keep=actor.may(Permission.CALENDAR_MANAGE),
    )  # fmt: skip


async def _row(tx: Transaction, kind: Kind, thing: str) -> dict[str, Any]:
    row = await store.read(tx, kind, plain(thing)[:200])
    if row is None:
        raise NotFoundException
    return row


def _kind(key: str) -> Kind:
    if key not in KINDS:
        raise NotFoundException
    return KINDS[key]
