"""Where administrators word the letters: by kind, type and channel, in both languages, with a preview."""

from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from litestar import Controller, Request, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Response
from msgspec import Struct

from sportello.administration import audit
from sportello.administration.actor import Actor
from sportello.administration.permissions import Permission, requires
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.ids import as_number
from sportello.outreach import wording
from sportello.outreach.letters import chosen, facts, html, values_of
from sportello.outreach.store import templates
from sportello.outreach.wording import KINDS, PLACEHOLDERS, Text
from sportello.scheduling import reading
from sportello.scheduling.appointments import Appointment
from sportello.scheduling.calendar import Service
from sportello.scheduling.codes import AppointmentStatus, Channel
from sportello.scheduling.pages import texts

Answer = Response[Any]
AT = "/desk/outreach/templates"
_CHANNELS = ("", "in_person", "virtual")


class Scope(Struct, frozen=True):
    """Which letters: of a kind, perhaps only of one type of appointment or channel."""

    kind: str
    service: str = ""
    channel: str = ""

    @property
    def address(self) -> str:
        return f"{AT}/{self.kind}?service={self.service}&channel={self.channel}"


class TemplatePages(Controller):
    """The doors of the words of letters."""

    path = AT
    guards = [requires(Permission.SETTINGS_CHANGE)]  # noqa: RUF012

    @get()
    async def list(self, request: Request[Any, Any, Any], house: House) -> Answer:
        """Every kind, and where its words are the hospital's own."""
        async with house.db.transaction() as tx:
            own = await templates.in_force(tx)
            services = {one.id: one.name for one in await reading.services(tx)}
        return house.pages.render(
            request, "outreach/templates.html", kinds=KINDS, own=own, services=services, at=AT,
            languages=house.settings.clinic.languages,
        )  # fmt: skip

    @get("/{kind:str}")
    async def edit(self, request: Request[Any, Any, Any], house: House, kind: str) -> Answer:
        """The words in force for a scope, to be changed."""
        asked = request.query_params
        async with house.db.transaction() as tx:
            scope, service = await _scope(tx, kind, asked.get("service", ""), asked.get("channel", ""))
            said = await _in_force(house, tx, scope)
            if number := as_number(asked.get("version", "")):
                said = await _of_version(tx, scope, number, said)
        return await _page(request, house, scope, service, said, {}, done=asked.get("done", ""))

    @post("/{kind:str}", status_code=200)
    async def change(self, request: Request[Any, Any, Any], house: House, actor: Actor, kind: str) -> Answer:
        """Shows a preview, or keeps the words as a new version: letters are written by them from then on."""
        form = await texts(request)
        async with house.db.transaction() as tx:
            scope, service = await _scope(tx, kind, form.get("service", ""), form.get("channel", ""))
            clinical = wording.clinical_words(await reading.names_of_care(tx))
        said = {
            code: Text(form.get(f"subject_{code}", "").strip(), _lines(form.get(f"body_{code}", "")))
            for code in house.settings.clinic.languages
        }
        errors = {
            f"{field}_{language}": fault
            for language, text in said.items()
            for field, fault in wording.faults(scope.kind, text, clinical, actor.language).items()
        }
        if errors or form.get("action") == "preview":
            return await _page(request, house, scope, service, said, errors)
        await house.db.run(lambda tx: _keep(house, tx, actor, scope, said))
        return Redirect(f"{scope.address}&done=kept", status_code=303)

    @post("/{kind:str}/withdrawal", status_code=200)
    async def withdraw(self, request: Request[Any, Any, Any], house: House, actor: Actor, kind: str) -> Answer:
        """The words that would count without these count again; the versions stay."""
        form = await texts(request)

        async def work(tx: Transaction) -> Scope:
            scope, _ = await _scope(tx, kind, form.get("service", ""), form.get("channel", ""))
            await _keep(house, tx, actor, scope, None)
            return scope

        scope = await house.db.run(work)
        return Redirect(f"{scope.address}&done=withdrawn", status_code=303)


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").strip()


async def _keep(house: House, tx: Transaction, actor: Actor, scope: Scope, said: dict[str, Text] | None) -> None:
    kept = {code: {"subject": one.subject, "body": one.body} for code, one in said.items()} if said else None
    number = await templates.add(
        tx, scope.kind, scope.service, scope.channel, kept, actor.id, actor.name, house.clock.now()
    )
    detail = {"kind": scope.kind, "service": scope.service, "channel": scope.channel, "withdrawn": said is None}
    await audit.record(house, tx, actor, "letter.worded", entity=f"template/{number}", detail=detail)


async def _scope(tx: Transaction, kind: str, service: str, channel: str) -> tuple[Scope, Service | None]:
    found = next((one for one in await reading.services(tx) if one.id == service), None)
    if kind not in KINDS or channel not in _CHANNELS or (service and found is None):
        raise NotFoundException
    return Scope(kind, service, channel), found


async def _in_force(house: House, tx: Transaction, scope: Scope) -> dict[str, Text]:
    versions = await templates.in_force(tx)
    return {
        language: chosen(versions, scope.kind, scope.service, scope.channel, language)
        for language in house.settings.clinic.languages
    }


async def _of_version(tx: Transaction, scope: Scope, number: int, said: dict[str, Text]) -> dict[str, Text]:
    """An older version's words, to be looked at and perhaps kept again."""
    for one in await templates.history(tx, scope.kind, scope.service, scope.channel):
        if one.number == number and one.texts:
            return said | {code: Text(text["subject"], text["body"]) for code, text in one.texts.items()}
    return said


async def _page(
    request: Request[Any, Any, Any],
    house: House,
    scope: Scope,
    service: Service | None,
    said: dict[str, Text],
    errors: dict[str, str],
    done: str = "",
) -> Answer:
    async with house.db.transaction() as tx:
        history = await templates.history(tx, scope.kind, scope.service, scope.channel)
        services = await reading.services(tx)
    previews = {language: preview(house, scope, service, text, language) for language, text in said.items()}
    return house.pages.render(
        request, "outreach/template.html", status=422 if errors else 200, scope=scope, said=said, errors=errors,
        previews=previews, history=history, placeholders=PLACEHOLDERS, kinds=KINDS, services=services, done=done, at=AT,
        own=bool(history and history[0].texts),
    )  # fmt: skip


def preview(house: House, scope: Scope, service: Service | None, text: Text, language: str) -> dict[str, Any]:
    """Subject, body and facts as an invented patient would get them."""
    one, said = _sample(house, scope, service)
    values = values_of(house.settings, one, language, "Chiara Fontana", said)
    lines = facts(house.settings, one, language, cancelled=scope.kind in ("cancelled", "offer"), said=said)
    body = wording.filled(text.body, values)
    return {
        "subject": wording.filled(text.subject, values),
        "paragraphs": [part.strip() for part in body.split("\n\n") if part.strip()],
        "lines": lines,
        "html": html(house, body, lines, language),
    }


def _sample(house: House, scope: Scope, service: Service | None) -> tuple[Appointment, dict[str, str]]:
    zone = house.settings.clinic.tz
    day = house.clock.now().astimezone(zone).date() + timedelta(days=7)
    starts = datetime.combine(day, time(10, 30), zone)
    virtual = scope.channel == "virtual" or scope.kind == "link"
    link = "https://example.org/visit/…"
    one = Appointment(
        id=UUID(int=0), status=AppointmentStatus.BOOKED, patient="sample", practitioner_name="Dott.ssa Anna Villa",
        service=service.id if service else "", service_name=service.name if service else None,
        preparation=service.preparation if service else None,
        referral_required=service.referral_required if service else False, location_name="Poliambulatorio",
        address="Via delle Erbe 3", channel=Channel.VIRTUAL if virtual else Channel.IN_PERSON, starts=starts,
        ends=starts + timedelta(minutes=30), meeting_link=link,
    )  # fmt: skip
    if scope.kind != "offer":
        return one, {}
    earlier, until = starts - timedelta(days=3), starts - timedelta(days=5)
    return one, {"starts": earlier.isoformat(), "until": until.isoformat(), "link": "https://example.org/portal/…"}
