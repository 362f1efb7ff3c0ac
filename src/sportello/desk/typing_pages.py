"""What helps while typing: quick replies with their places filled, colleagues who can be called, mentions."""

from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException

from sportello.administration import store as staff_store
from sportello.administration.actor import Actor
from sportello.administration.permissions import Permission, requires, signed_in
from sportello.conversations import replies
from sportello.conversations.store import Conversation, mentions
from sportello.conversations.store import replies as kept
from sportello.desk.log_pages import readable
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import format_date, format_time, translate
from sportello.record import reading as record
from sportello.record.ports import Away

_READS = [requires(Permission.TAKE_CONVERSATION, Permission.SUPERVISE, Permission.READ_ANY_CONVERSATION)]


@get("/desk/conversations/{conversation:uuid}/replies", guards=[requires(Permission.TAKE_CONVERSATION)])
async def quick_replies(house: House, actor: Actor, conversation: UUID) -> Response[Any]:
    """The replies for this patient, in their language, with every place filled whose value is known."""

    async def work(tx: Transaction) -> tuple[Any, Any]:
        talk = await readable(tx, actor, conversation)
        known = await kept.all_of(tx, UUID(actor.id))
        texts = [(one, replies.in_language(one, talk.language)) for one in known]
        wanted = {place for _, text in texts for place in replies.PLACE.findall(text)}
        return texts, await _values(house, tx, actor, talk, wanted)

    texts, values = await house.db.run(work)
    return Response(
        [
            {"shortcut": one.shortcut, "text": replies.filled(text, values), "tags": one.tags, "own": bool(one.staff)}
            for one, text in texts
        ]
    )


async def _values(house: House, tx: Transaction, actor: Actor, talk: Conversation, wanted: set[str]) -> dict[str, str]:
    """The record is read, and the reading written down, only when a reply asks for something of it."""
    clinic = house.settings.clinic
    values = {"agent.name": actor.name, "clinic.name": clinic.name, "clinic.phone": clinic.phone}
    if not talk.patient_id or not any(one.startswith(("patient.", "appointment.")) for one in wanted):
        return values
    try:
        header = await record.patient_header(house, tx, actor, talk.patient_id)
    except (record.UnknownPatient, record.NotAllowed, Away):
        return values
    values |= {"patient.given": header.given, "patient.name": header.name}
    if visit := header.next_visit:
        zone = ZoneInfo(visit.zone) if visit.zone else clinic.tz
        day = format_date(visit.at, talk.language, zone, "full")
        hour = format_time(visit.at, talk.language, zone)
        values["appointment.start"] = translate(talk.language, "%(day)s at %(time)s", day=day, time=hour)
        values["appointment.place"] = visit.place or ""
    return values


@get("/desk/people-to-call", guards=[requires(Permission.NOTE)])
async def people(house: House, actor: Actor) -> Response[Any]:
    """Colleagues whose names can stand after an @."""
    async with house.db.transaction() as tx:
        known = [row["name"] for row in await staff_store.all_staff(tx) if row["active"] and str(row["id"]) != actor.id]
    return Response(sorted(known))


@get("/desk/mentions", guards=[signed_in])
async def unseen(request: Request[Any, Any, Any], house: House, actor: Actor) -> Response[str]:
    """Who called this agent and where, until they look."""
    found = await mentions.unseen(house.db, UUID(actor.id))
    return house.pages.render(request, "desk/_mentions.html", mentions=found)


@post("/desk/mentions/{conversation:uuid}/seen", status_code=200, guards=_READS)
async def see(request: Request[Any, Any, Any], house: House, actor: Actor, conversation: UUID) -> Response[str]:
    """Opened, or put aside."""
    async with house.db.transaction() as tx:
        if not await mentions.is_mentioned(tx, conversation, UUID(actor.id)):
            raise NotFoundException
        await mentions.see(tx, conversation, UUID(actor.id), house.clock.now())
        found = await mentions.unseen(tx, UUID(actor.id))
    return house.pages.render(request, "desk/_mentions.html", mentions=found)


ROUTES: list[Any] = [quick_replies, people, unseen, see]
