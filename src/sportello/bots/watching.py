"""Screens on how the assistant does: words it missed (one click makes an example), talks taken again."""

from datetime import timedelta
from typing import Any

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect

from sportello.administration import audit
from sportello.administration.actor import Actor
from sportello.administration.permissions import Permission, requires
from sportello.bots import examples, missing
from sportello.bots.authoring import Refused
from sportello.bots.embedded import EmbeddedBot
from sportello.bots.pages import AT
from sportello.bots.ports import BotPort
from sportello.bots.store import counting
from sportello.bots.trying import replay
from sportello.kit.house import House
from sportello.kit.ids import as_uuid

_READS = [requires(Permission.READ_ANY_CONVERSATION)]
_DAYS = (1, 7, 30, 90)


@get(AT + "/misses", guards=_READS)
async def misses(request: Request[Any, Any, Any], house: House, actor: Actor) -> Response[str]:
    """What patients wrote and the assistant did not understand."""
    return await _misses(request, house, actor)


@post(AT + "/misses", guards=_READS)
async def deal_with(request: Request[Any, Any, Any], house: House, actor: Actor) -> Response[Any]:
    """Makes words an example of a wish (in the draft of its file), or sets them aside, wherever they were written."""
    form = await request.form()
    places = missing.read_places(str(form.get("places") or ""))
    wish, phrase = str(form.get("wish") or ""), str(form.get("phrase") or "").replace("\0", "").strip()
    language = "en" if form.get("language") == "en" else "it"

    async def work(tx: Any) -> None:
        if not await counting.deal_with(tx, places):
            raise NotFoundException
        if wish and phrase:
            found = await examples.add(house, tx, actor, wish, language, phrase)
            if found.wrong:
                raise Refused(found.wrong[0])

    try:
        await house.db.run(work)
    except Refused as refused:
        return await _misses(request, house, actor, str(refused))
    return Redirect(f"{AT}/misses?done={'example' if wish else 'aside'}", status_code=303)


@get(AT + "/talk/{conversation:str}", guards=_READS)
async def talk(request: Request[Any, Any, Any], house: House, actor: Actor, conversation: str) -> Response[str]:
    """Every turn of a conversation: what was said then, and what the same edition says when asked again."""
    talked = as_uuid(conversation)
    bot: EmbeddedBot = house.port(BotPort)
    turns = await replay(house, bot, talked) if talked else []
    if not turns:
        raise NotFoundException
    async with house.db.transaction() as tx:
        await audit.record(house, tx, actor, "bot.replayed", entity=str(talked))
    return house.pages.render(request, "bots/talk.html", turns=turns, conversation=talked)


async def _misses(request: Request[Any, Any, Any], house: House, actor: Actor, refused: str = "") -> Response[str]:
    days = _days(request.query_params.get("days", "30"))
    bot: EmbeddedBot = house.port(BotPort)
    missed = await missing.grouped(house, bot, house.clock.now() - timedelta(days=days))
    async with house.db.transaction() as tx:
        await audit.record(house, tx, actor, "bot.misses_read", detail={"shown": len(missed.groups)})
    wishes = [(name, one.title) for name, one in bot.mind.library.scenarios.items() if one.phrases]
    return house.pages.render(
        request, "bots/misses.html", status=422 if refused else 200, missed=missed, wishes=wishes, refused=refused,
        done=request.query_params.get("done", ""), days=days, choices=_DAYS,
    )  # fmt: skip


def _days(asked: str) -> int:
    return next((days for days in _DAYS if str(days) == asked), 7)


ROUTES: list[Any] = [misses, deal_with, talk]
