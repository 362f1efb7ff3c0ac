"""The door of a calendar feed, and the screen where its links are made, renewed and withdrawn."""

from collections.abc import Sequence
from typing import Any

from litestar import Controller, Request, get, post
from litestar.exceptions import NotFoundException, PermissionDeniedException
from litestar.response import Redirect, Response

from sportello.administration.actor import Actor
from sportello.administration.permissions import Permission, requires
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.security.rate_limit import rate_limit
from sportello.kit.security.tokens import hashed
from sportello.scheduling import feeds
from sportello.scheduling.pages import plain, texts
from sportello.scheduling.store import feeds as store
from sportello.scheduling.store.feeds import Link

AT = "/desk/scheduling/feeds"
_READINGS, _WITHIN = 60, 600.0  # of one link: programs read every few minutes, several devices behind one


@get(
    "/calendar/{name:str}", opt={"open_door": "the practitioner's own link; its token cannot be guessed"},
)  # fmt: skip
async def feed(request: Request[Any, Any, Any], house: House, name: str) -> Response[bytes]:
    """The calendar as a file (text/calendar); unchanged it is not sent again."""
    token = name.removesuffix(".ics")
    if not name.endswith(".ics") or not 30 < len(token) < 100:
        raise NotFoundException
    rate_limit(house, ("feed", hashed(token)), _READINGS, _WITHIN)
    found = await house.db.run(lambda tx: feeds.read(house, tx, token))
    if found is None:
        raise NotFoundException
    headers = {"etag": found.tag, "cache-control": "private, max-age=300", "x-robots-tag": "noindex"}
    if found.tag in request.headers.get("if-none-match", ""):
        return Response(b"", status_code=304, headers=headers)
    return Response(found.content, media_type="text/calendar", headers=headers)


class FeedPages(Controller):
    """The doors of the links."""

    path = AT
    guards = [requires(Permission.CALENDAR_MANAGE, Permission.APPOINTMENT_READ)]  # noqa: RUF012

    @get()
    async def list(self, request: Request[Any, Any, Any], house: House, actor: Actor) -> Response[Any]:
        """Every practitioner, and whether somebody may read their calendar elsewhere; for a practitioner their own."""
        return await _page(request, house, actor)

    @post("/{practitioner:str}", status_code=200)
    async def make(
        self, request: Request[Any, Any, Any], house: House, actor: Actor, practitioner: str
    ) -> Response[Any]:
        """A new link, shown once; the one before ends at once."""
        form, known = await texts(request), plain(practitioner)

        async def work(tx: Transaction) -> str:
            if known not in {one.practitioner for one in await _theirs(tx, actor)}:
                raise NotFoundException
            return await feeds.make(house, tx, actor, known, names=form.get("names") == "yes")

        token = await house.db.run(work)
        server = house.settings.server
        base = (server.public_url or f"http://{server.host}:{server.port}").rstrip("/")
        return await _page(request, house, actor, f"{base}/calendar/{token}.ics", known)

    @post("/{practitioner:str}/withdrawal", status_code=200)
    async def withdraw(self, house: House, actor: Actor, practitioner: str) -> Response[Any]:
        """The link ends."""
        known = plain(practitioner)

        async def work(tx: Transaction) -> None:
            if known in {one.practitioner for one in await _theirs(tx, actor)}:
                await feeds.withdraw(house, tx, actor, known)

        await house.db.run(work)
        return Redirect(f"{AT}?done=yes", status_code=303)


async def _theirs(tx: Transaction, actor: Actor) -> Sequence[Link]:
    """The links that somebody keeps: all of them, or that of the practitioner they are."""
    found = await store.all_links(tx)
    if actor.may(Permission.CALENDAR_MANAGE):
        return found
    own = await feeds.practitioner_of(tx, actor)
    if own is None:
        raise PermissionDeniedException
    return [one for one in found if one.practitioner == own]


async def _page(
    request: Request[Any, Any, Any], house: House, actor: Actor, link: str = "", whose: str = ""
) -> Response[Any]:
    async with house.db.transaction() as tx:
        found = await _theirs(tx, actor)
    return house.pages.render(
        request, "scheduling/feeds.html", links=found, link=link, whose=whose, done="done" in request.query_params,
        names={one.practitioner: one.practitioner_name for one in found}, own=not actor.may(Permission.CALENDAR_MANAGE),
    )  # fmt: skip
