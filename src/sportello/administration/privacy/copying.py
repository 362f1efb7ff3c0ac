"""A patient's copy of all their data (GDPR, Articles 15 and 20): a document to read, a FHIR bundle for machines, files.

Asked for by the patient in the portal or by staff, approved by staff, made by a job, fetched for a week. The patient's
own copy holds sensitive parts too.
"""

import asyncio
import io
import re
import zipfile
from datetime import date, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

import msgspec

from sportello.administration import audit
from sportello.administration.actor import SYSTEM, Actor
from sportello.administration.permissions import Permission
from sportello.administration.privacy import paper, rows, store
from sportello.administration.privacy.erasing import DECIDED, NotNow
from sportello.administration.privacy.holdings import Chapter, Entry, NotYet, Table, Telling, holdings, whole
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_, format_date, format_datetime, translate
from sportello.kit.jobs import errand, job

FETCHED_FOR = timedelta(days=7)
_SWEEP = timedelta(hours=6)
_LATER = timedelta(minutes=15)  # when something could not be read
_PATIENCE = timedelta(days=1)  # for which the copy waits to be whole
_encode = msgspec.json.Encoder(decimal_format="number").encode
_TITLE = N_("All data that we hold of you")


async def ask(
    house: House, tx: Transaction, by: Actor, copy: UUID, patient: str, language: str,
    came_by: Literal["staff", "portal"],
) -> bool:  # fmt: skip
    """Keeps the request; False when one waits or is being made already."""
    name = by.name or by.kind
    if not await store.ask_copy(tx, copy, patient, language, came_by, by.id, name, house.clock.now()):
        return False
    await audit.record(house, tx, by, "privacy.copy_asked", patient=patient, entity=str(copy))
    return True


async def approve(house: House, tx: Transaction, by: Actor, copy: UUID) -> None:
    """It is made now. Raises NotNow."""
    patient = await _undecided(tx, copy)
    await store.decide_copy(tx, copy, "approved", by.name, house.clock.now())
    await audit.record(house, tx, by, "privacy.copy_approved", patient=patient, entity=str(copy))
    await house.jobs.enqueue(tx, "administration.copy", {"copy": str(copy)}, dedupe_key=f"copy:{copy}")


async def refuse(house: House, tx: Transaction, by: Actor, copy: UUID, why: str) -> None:
    """With the reason, which the patient reads. Raises NotNow."""
    patient = await _undecided(tx, copy)
    await store.decide_copy(tx, copy, "refused", by.name, house.clock.now(), why)
    await audit.record(house, tx, by, "privacy.copy_refused", patient=patient, entity=str(copy))


async def _undecided(tx: Transaction, copy: UUID) -> str:
    one = await store.copy(tx, copy, hold=True)
    if one is None or one.state != "asked":
        raise NotNow(DECIDED)
    return one.patient


@errand("administration.copy")
async def make(house: House, payload: dict[str, Any]) -> None:
    """The record may be at another server, which is asked between two beginnings of the work; when away, later."""
    copy = UUID(payload["copy"])
    try:
        await house.db.run(lambda tx: _make(house, tx, copy))
    except NotYet:
        again = house.clock.now() + _LATER
        await house.db.run(
            lambda tx: house.jobs.enqueue(
                tx, "administration.copy", payload, run_at=again, dedupe_key=f"copy:{copy}:{again.timestamp():.0f}"
            )
        )


async def _make(house: House, tx: Transaction, copy: UUID) -> None:
    """Gathers what every room tells, writes the packet, and promises its end."""
    one = await store.copy(tx, copy, hold=True)
    if one is None or one.state != "approved":
        return
    waited = one.decided_at is not None and house.clock.now() - one.decided_at > _PATIENCE
    telling = Telling(await whole(house, tx, one.patient), one.language, [], [], [], waited)
    # What the house notes about its own dealings comes behind what patients look for.
    for room in sorted(holdings(house), key=lambda one: one.room == "administration"):
        if room.told:
            await room.told(house, tx, telling)
        for table in room.tables:
            if table.shown:
                telling.chapters.append(await _chapter(house, tx, table, telling))
    now = house.clock.now()
    content = await asyncio.to_thread(_packet, house, telling, now)
    until = now + FETCHED_FOR
    await store.copy_made(tx, one.id, content, now, until)
    await audit.record(house, tx, SYSTEM, "privacy.copy_made", patient=one.patient, entity=str(one.id))
    await house.jobs.enqueue(
        tx, "administration.forget_copies", {}, run_at=until + timedelta(seconds=1), dedupe_key=f"copy-end:{one.id}"
    )


@job("administration.forget_copies")
async def forget(house: House, tx: Transaction, _payload: dict[str, Any]) -> None:
    """Packets whose time is over go; that there was one stays."""
    await store.forget_copies(tx, house.clock.now())


async def fetch(house: House, tx: Transaction, by: Actor, copy: UUID) -> bytes | None:
    """The packet for the patient whose it is, or for staff who may read all of a record; on record."""
    one = await store.copy(tx, copy)
    if one is None or not may_fetch(by, one.patient):
        return None
    content = await store.copy_content(tx, copy, house.clock.now())
    if content is not None:
        await audit.record(house, tx, by, "privacy.copy_fetched", patient=one.patient, entity=str(copy))
    return content


def may_fetch(by: Actor, patient: str) -> bool:
    if by.kind == "patient":
        return by.id == patient
    return all(by.may(p) for p in (Permission.PRIVACY_HANDLE, Permission.PATIENT_READ_SENSITIVE))


async def _chapter(house: House, tx: Transaction, table: Table, telling: Telling) -> Chapter:
    """The rows of a table that its room declared."""
    language = telling.language

    def said(name: str, value: Any) -> str:
        if code := table.codes.get(name, {}).get(value):
            return translate(language, code)
        if isinstance(value, datetime):
            return format_datetime(value, language, house.settings.clinic.tz)
        if isinstance(value, date):
            return format_date(value, language, house.settings.clinic.tz)
        if isinstance(value, bool):
            return translate(language, N_("yes") if value else N_("no"))
        return "" if value is None else str(value)

    entries = []
    for row in await rows.read(tx, table, telling.subject):
        (_, first), *rest = ((label, said(name, row[name])) for name, label in table.shown.items())
        entries.append(Entry(first, [(translate(language, label), value) for label, value in rest if value]))
    return Chapter(translate(language, table.title), entries)


def _packet(house: House, telling: Telling, now: datetime) -> bytes:
    language = telling.language
    title = translate(language, _TITLE)
    facts = [
        house.settings.clinic.name,
        translate(language, N_("As of %(time)s"), time=format_datetime(now, language, house.settings.clinic.tz)),
        translate(language, N_("Beside this document: data.json holds the same for machines (FHIR R4), the folder "
                               "files what was sent.")),
    ]  # fmt: skip
    bundle = {
        "resourceType": "Bundle", "type": "collection", "timestamp": now.isoformat(timespec="seconds"),
        "entry": [{"resource": one} for one in telling.resources],
    }  # fmt: skip
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("data.pdf", paper.as_pdf(title, facts, telling.chapters, language, house.settings.clinic.name))
        packed.writestr("data.json", _encode(bundle))
        taken: set[str] = set()
        for one in telling.attachments:
            path = "/".join(re.sub(r"[^\w. -]", "_", part).strip(". ") or "_" for part in one.path.split("/"))
            while path in taken:
                path = f"_{path}" if "/" not in path else path.replace("/", "/_", 1)
            taken.add(path)
            packed.writestr(f"files/{path}", one.content)
    return out.getvalue()
