"""Who writes: the tab with what is known of the customer, earlier conversations, identifying, language, transcripts."""

import asyncio
from datetime import date
from typing import Any
from urllib.parse import quote
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from msgspec import Struct

from sportello.administration import audit
from sportello.administration.actor import Actor
from sportello.administration.permissions import Permission, requires
from sportello.conversations import identifying, mailing, reading, speaking, writing_out
from sportello.conversations.api import refusal, standing
from sportello.conversations.refusals import NotPossible
from sportello.conversations.store import mailings
from sportello.desk import views
from sportello.desk.answers import notice, told
from sportello.desk.log_pages import readable
from sportello.kit.database import Transaction
from sportello.kit.forms import read_form
from sportello.kit.house import House
from sportello.kit.i18n import N_, translate
from sportello.record import reading as record
from sportello.record.ports import Away

_READS = [requires(Permission.TAKE_CONVERSATION, Permission.SUPERVISE, Permission.READ_ANY_CONVERSATION)]
_HAVING = [requires(Permission.TAKE_CONVERSATION, Permission.SUPERVISE)]
MAILED, SPOKEN = N_("The transcript will be sent."), N_("The language is set.")


class Answer(Struct):
    """The check question's form: the patients who may be meant, and the date that the patient said."""

    patient: str
    born: date


class Sought(Struct):
    """A name to search for."""

    words: str = ""


class Wish(Struct):
    """Where a transcript goes, or which language is spoken."""

    address: str = ""
    language: str = ""


@get("/desk/conversations/{conversation:uuid}/customer", guards=_READS)
async def customer(request: Request[Any, Any, Any], house: House, actor: Actor, conversation: UUID) -> Response[str]:
    """The tab; what it shows of a linked patient is on record."""

    async def work(tx: Transaction) -> Any:
        talk = await readable(tx, actor, conversation)
        earlier: list[Any] = []
        email = ""
        if talk.patient_id and actor.may(Permission.PATIENT_READ):
            known = await reading.conversations_of_patient(house, tx, actor, talk.patient_id)
            earlier = [one for one in known if one.id != talk.id]
            email = await _email(house, tx, actor, talk.patient_id)
        return talk, earlier, email, await mailings.of(tx, talk.id)

    talk, earlier, email, sent = await house.db.run(work)
    mine = str(talk.agent) == actor.id or actor.may(Permission.SUPERVISE)
    return house.pages.render(
        request, "desk/_customer.html", talk=talk, earlier=earlier, email=email, mine=mine, sent=sent,
        languages=[(one, views.LANGUAGE_NAMES.get(one, one)) for one in house.settings.clinic.languages],
        topic=views.topic_words(talk.topic, actor.language), reason=views.reason_words(talk.reason, actor.language),
        state=views.state_words(talk.state, actor.language), found=None,
    )  # fmt: skip


async def _email(house: House, tx: Transaction, actor: Actor, patient: str) -> str:
    try:
        return (await record.patient_header(house, tx, actor, patient)).email or ""
    except (record.UnknownPatient, record.NotAllowed, Away):
        return ""


@post(
    "/desk/conversations/{conversation:uuid}/identify/search", status_code=200,
    guards=[requires(Permission.PATIENT_LINK)],
)  # fmt: skip
async def search(request: Request[Any, Any, Any], house: House, actor: Actor, conversation: UUID) -> Response[str]:
    """Names alone: what the check question asks for is not shown."""
    form, _, _ = await read_form(request, Sought)

    async def work(tx: Transaction) -> tuple[Any, list[Any]]:
        talk = await readable(tx, actor, conversation)
        try:
            return talk, await record.find_patients(house, tx, actor, form.words) if form and form.words else []
        except record.NotAllowed as refused:
            raise NotFoundException from refused

    talk, people = await house.db.run(work)
    found: dict[str, list[str]] = {}
    for one in people:
        found.setdefault(one.name, []).append(one.id)
    choices = [(",".join(ids), name) for name, ids in found.items()]
    return house.pages.render(request, "desk/_identify.html", talk=talk, found=choices)


@post("/desk/conversations/{conversation:uuid}/identify", status_code=200, guards=[requires(Permission.PATIENT_LINK)])
async def identify(request: Request[Any, Any, Any], house: House, actor: Actor, conversation: UUID) -> Response[Any]:
    """Compares the answer, and links on success."""
    form, errors, _ = await read_form(request, Answer)
    if form is None:
        said = translate(actor.language, next(iter(errors.values())))
        return Response({"error": said, "code": "empty"}, status_code=400)
    asked = form.patient.split(",")

    async def work(tx: Transaction) -> Any:
        await readable(tx, actor, conversation)
        return await identifying.identify(house, tx, conversation, asked, form.born, actor)

    try:
        linked = await house.db.run(work)
    except NotPossible as refused:
        return refusal(refused, actor.language)
    if linked is None:
        return Response({"error": translate(actor.language, identifying.WRONG), "code": "wrong"}, status_code=409)
    answer = standing(linked)
    answer.headers["HX-Trigger"] = f'{{"desk:renew": {{"session": "{conversation}"}}}}'
    return answer


@post("/desk/conversations/{conversation:uuid}/language", status_code=204, guards=_HAVING)
async def set_language(
    request: Request[Any, Any, Any], house: House, actor: Actor, conversation: UUID
) -> Response[None]:
    """In which language the patient is spoken to from now on."""
    form, _, _ = await read_form(request, Wish)
    language = form.language if form else ""
    try:
        await house.db.run(lambda tx: speaking.speak(house, tx, conversation, language, actor))
    except NotPossible as refused:
        return told(notice(translate(actor.language, refused.message, **refused.params)))
    said = notice(translate(actor.language, SPOKEN), "ok")
    return told({"desk:renew": {"session": str(conversation)}, **said})


@post("/desk/conversations/{conversation:uuid}/mail", status_code=204, guards=_HAVING)
async def mail(request: Request[Any, Any, Any], house: House, actor: Actor, conversation: UUID) -> Response[None]:
    """The patient wants the transcript by e-mail."""
    form, _, _ = await read_form(request, Wish)
    address = form.address if form else ""
    try:
        await house.db.run(lambda tx: mailing.ask(house, tx, conversation, address, actor))
    except NotPossible as refused:
        return told(notice(translate(actor.language, refused.message, **refused.params)))
    return told(notice(translate(actor.language, MAILED), "ok"))


@get("/desk/conversations/{conversation:uuid}/transcript/{form:str}", guards=_READS)
async def transcript(house: House, actor: Actor, conversation: UUID, form: str, notes: bool = False) -> Response[bytes]:
    """The whole conversation as `pdf` or `txt`, with the notes for colleagues when asked for; on record."""
    if form not in ("pdf", "txt"):
        raise NotFoundException
    async with house.db.transaction() as tx:
        talk = await readable(tx, actor, conversation)
        made = await writing_out.document(house, tx, talk, actor.language, "staff" if notes else "all")
        await audit.record(
            house, tx, actor, "conversation.downloaded", patient=talk.patient_id, entity=str(conversation),
            detail={"form": form, "notes": "yes" if notes else "no"},
        )  # fmt: skip
    if form == "pdf":
        content = await asyncio.to_thread(writing_out.as_pdf, made, house)
    else:
        content = writing_out.as_text(made, house).encode()
    name = quote(f"{made.title}.{form}", safe="")
    return Response(
        content, media_type="application/pdf" if form == "pdf" else "text/plain; charset=utf-8",
        headers={"content-disposition": f"attachment; filename*=UTF-8''{name}"},
    )  # fmt: skip


ROUTES: list[Any] = [customer, search, identify, set_language, mail, transcript]
