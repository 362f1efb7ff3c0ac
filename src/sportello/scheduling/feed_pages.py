"""The door of a calendar feed, and the screen where its links are made, renewed and withdrawn."""

from typing import Any

from litestar import Controller, Request, get, post
from litestar.exceptions import NotFoundException
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
    guards = [requires(Permission.CALENDAR_MANAGE)]  # noqa: RUF012

    @get()
    async def list(self, request: Request[Any, Any, Any], house: House) -> Response[Any]:
        """Every practitioner, and whether somebody may read their calendar elsewhere."""
        return await _page(request, house)

    @post("/{practitioner:str}", status_code=200)
    async def make(
        self, request: Request[Any, Any, Any], house: House, actor: Actor, practitioner: str
    ) -> Response[Any]:
        """A new link, shown once; the one before ends at once."""
        form, known = await texts(request), plain(practitioner)

        async def work(tx: Transaction) -> str:
            if known not in {one.practitioner for one in await store.all_links(tx)}:
                raise NotFoundException
            return await feeds.make(house, tx, actor, known, names=form.get("names") == "yes")

        token = await house.db.run(work)
        server = house.settings.server
        base = (server.public_url or f"http://{server.host}:{server.port}").rstrip("/")
        return await _page(request, house, f"{base}/calendar/{token}.ics", known)

    @post("/{practitioner:str}/withdrawal", status_code=200)
    async def withdraw(self, house: House, actor: Actor, practitioner: str) -> Response[Any]:
        """The link ends."""
        await house.db.run(lambda tx: feeds.withdraw(house, tx, actor, plain(practitioner)))
        return Redirect(f"{AT}?done=yes", status_code=303)


async def _page(request: Request[Any, Any, Any], house: House, link: str = "", whose: str = "") -> Response[Any]:
    async with house.db.transaction() as tx:
        found = await store.all_links(tx)
    return house.pages.render(
        request, "scheduling/feeds.html", links=found, link=link, whose=whose, done="done" in request.query_params,
        names={one.practitioner: one.practitioner_name for one in found},
    )  # fmt: skip
