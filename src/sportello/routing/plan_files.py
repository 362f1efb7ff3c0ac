"""The plan as a file, out and in, and the draft tried on a day that was."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from litestar import Controller, Request, Response, get, post
from litestar.datastructures import UploadFile
from litestar.exceptions import NotFoundException
from litestar.response import Redirect

from sportello.administration.actor import Actor
from sportello.administration.permissions import Permission
from sportello.conversations.store import lists
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_
from sportello.kit.ids import as_number
from sportello.routing.authoring import drafting, saying, toml
from sportello.routing.authoring.drafting import DraftMovedOn
from sportello.routing.authoring.simulating import Past, simulate
from sportello.routing.authoring.toml import Unreadable
from sportello.routing.placing import facts_of
from sportello.routing.plan.parts import Plan
from sportello.routing.plan_pages import CHANGES, HOME, LOOKS
from sportello.routing.planning import current
from sportello.routing.store import plans
from sportello.routing.store.drafts import Draft

Answer = Response[Any]
CHOOSE = N_("Choose a file.")
SHOWN = 200


class PlanFiles(Controller):
    """The doors of the plan's files and trials."""

    path = HOME

    @get("/file", guards=[LOOKS])
    async def file(self, request: Request[Any, Any, Any], house: House, actor: Actor) -> Answer:
        """Where files go out and come in."""
        return await _file(request, house, actor, "", {})

    @post("/file", guards=[CHANGES], status_code=200)
    async def take_in(self, request: Request[Any, Any, Any], house: House, actor: Actor) -> Answer:
        """A file becomes the draft; its faults are shown there."""
        sent = (await request.form()).get("file")
        content = await sent.read() if isinstance(sent, UploadFile) else b""
        if not content:
            return await _file(request, house, actor, CHOOSE, {})
        try:
            plan = toml.read(content)
        except Unreadable as error:
            return await _file(request, house, actor, error.message, error.params)

        async def work(tx: Transaction) -> Draft:
            draft = await drafting.opened(house, tx)
            return await drafting.keep(house, tx, actor, draft, plan, draft.revision)

        try:
            await house.db.run(work)
        except DraftMovedOn as moved:
            return await _file(request, house, actor, moved.message, {"name": moved.by_name})
        return Redirect(f"{HOME}?imported=yes", status_code=303)

    @get("/plan.toml", guards=[LOOKS])
    async def out(self, house: House) -> Answer:
        """The draft, or what is in force."""
        async with house.db.transaction() as tx:
            return _toml((await drafting.opened(house, tx)).plan, "routing")

    @get("/versions/{number:str}.toml", guards=[LOOKS])
    async def version(self, house: House, number: str) -> Answer:
        """A version of old."""
        known = as_number(number, 8)
        async with house.db.transaction() as tx:
            found = await plans.version(tx, known)
        if found is None:
            raise NotFoundException
        return _toml(found.plan, f"routing-{known}")

    @get("/simulation", guards=[LOOKS])
    async def simulation(self, request: Request[Any, Any, Any], house: House, actor: Actor) -> Answer:
        """The draft on a day that was, yesterday unless `?day=` says another."""
        zone = house.settings.clinic.tz
        yesterday = house.clock.now().astimezone(zone).date() - timedelta(days=1)
        try:
            day = date.fromisoformat(request.query_params.get("day", ""))
        except ValueError:
            day = yesterday
        day = min(max(day, date(2000, 1, 1)), yesterday + timedelta(days=1))
        since, until = (
            datetime.combine(one, time(), tzinfo=zone).astimezone(UTC) for one in (day, day + timedelta(days=1))
        )
        async with house.db.transaction() as tx:
            draft, plan = await drafting.opened(house, tx), await current(house, tx)
            talks = await lists.came_to_people(tx, since, until)
        past = [Past(talk.id, talk.queued_at, facts_of(talk)) for talk in talks if talk.queued_at]
        trial = simulate(plan, draft.plan, past, zone) if draft.plan.queues and draft.plan.workstreams else None
        return house.pages.render(
            request, "routing/simulation.html", trial=trial, day=day, plan=draft.plan, before=plan, shown=SHOWN,
            words=saying.words(actor.language), drafted=draft.revision > 0,
        )  # fmt: skip


async def _file(
    request: Request[Any, Any, Any], house: House, actor: Actor, error: str, params: dict[str, str]
) -> Answer:
    return house.pages.render(
        request, "routing/file.html", status=422 if error else 200, error=error, params=params,
        may_change=actor.may(Permission.SETTINGS_CHANGE),
    )  # fmt: skip


def _toml(plan: Plan, name: str) -> Answer:
    headers = {"content-disposition": f'attachment; filename="{name}.toml"'}
    return Response(toml.write(plan).encode(), media_type="application/toml", headers=headers)
