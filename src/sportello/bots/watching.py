"""Screens on how the assistant does: measures, words it missed (one click makes an example), talks taken again."""

from datetime import timedelta
from typing import Any

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect

from sportello.administration import audit
from sportello.administration.actor import Actor
from sportello.administration.permissions import Permission, requires
from sportello.bots import examples
from sportello.bots.authoring import Refused
from sportello.bots.embedded import EmbeddedBot
from sportello.bots.pages import AT
from sportello.bots.ports import BotPort
from sportello.bots.store import counting
from sportello.bots.trying import replay
from sportello.kit.house import House
from sportello.kit.i18n import N_
from sportello.kit.ids import as_uuid
from sportello.kit.streams import store as events_of

_READS = [requires(Permission.READ_ANY_CONVERSATION)]
_DAYS = (1, 7, 30, 90)
_SHOWN = 60
REASONS = {
    "asked": N_("The patient asked for a person"), "red-flag": N_("Possible urgency"),
    "not-understood": N_("The bot did not understand"), "bot-error": N_("The assistant failed"),
    "needs-person": N_("The wish needs a person"), "no-article": N_("No approved article answers it"),
    "long-talk": N_("The talk grew long"),
}  # fmt: skip


@get(AT + "/measures", guards=_READS)
async def measures(request: Request[Any, Any, Any], house: House) -> Response[str]:
    """Figures of the last days; they name nobody."""
    days = _days(request.query_params.get("days", ""))
    since = house.clock.now() - timedelta(days=days)
    return house.pages.render(
        request, "bots/measures.html", days=days, choices=_DAYS, totals=await counting.totals(house.db, since),
        reasons=await counting.reasons(house.db, since), wishes=await counting.wishes(house.db, since),
        feedback=await counting.feedback(house.db, since), words=REASONS,
    )  # fmt: skip


@get(AT + "/misses", guards=_READS)
async def misses(request: Request[Any, Any, Any], house: House, actor: Actor) -> Response[str]:
    """What patients wrote and the assistant did not understand."""
    return await _misses(request, house, actor)


@post(AT + "/misses/{conversation:str}/{seq:str}", guards=_READS)
async def deal_with(
    request: Request[Any, Any, Any], house: House, actor: Actor, conversation: str, seq: str
) -> Response[Any]:
    """Makes it an example of a wish (in the draft of its file), or sets it aside."""
    form, talked = await request.form(), as_uuid(conversation)
    number = int(seq) if seq.isascii() and seq.isdigit() and len(seq) < 16 else 0
    event = await events_of.one(house.db, f"conversation:{talked}", number) if talked else None
    if talked is None or event is None:
        raise NotFoundException
    wish, phrase = str(form.get("wish") or ""), str(form.get("phrase") or "").replace("\0", "").strip()
    language = "en" if form.get("language") == "en" else "it"

    async def work(tx: Any) -> None:
        if not await counting.deal_with(tx, talked, number):
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
    found = []
    for miss in await counting.misses(house.db, house.clock.now() - timedelta(days=days), _SHOWN):
        event = await events_of.one(house.db, f"conversation:{miss.conversation}", miss.seq)
        text = str(event.body.get("text", "")) if event else ""
        if text:
            found.append((miss, text))
    async with house.db.transaction() as tx:
        await audit.record(house, tx, actor, "bot.misses_read", detail={"shown": len(found)})
    bot: EmbeddedBot = house.port(BotPort)
    wishes = [(name, one.title) for name, one in bot.mind.library.scenarios.items() if one.phrases]
    return house.pages.render(
        request, "bots/misses.html", status=422 if refused else 200, misses=found, wishes=wishes, refused=refused,
        done=request.query_params.get("done", ""), days=days,
    )  # fmt: skip


def _days(asked: str) -> int:
    return next((days for days in _DAYS if str(days) == asked), 7)


ROUTES: list[Any] = [measures, misses, deal_with, talk]
