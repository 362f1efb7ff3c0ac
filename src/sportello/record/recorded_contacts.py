"""Contacts that the record itself holds as FHIR: communications, calls, surveys, consents."""

from datetime import datetime

from msgspec.structs import replace

from sportello.administration.actor import Actor
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_, translate
from sportello.record import timeline
from sportello.record.access import hidden_from, reader_of
from sportello.record.concepts import codes_of, consented, many, mapping
from sportello.record.contacts import Contact
from sportello.record.items import Reader, item, moment
from sportello.record.ports import ClinicalRecord, Resource, VisitsAhead
from sportello.record.unlocking import opening

_TYPES = ("Communication", "CommunicationRequest", "QuestionnaireResponse", "Consent")
# http://terminology.hl7.org/CodeSystem/v3-ParticipationMode
_SPOKEN = frozenset({"PHONE", "VOICE", "VIDEOCONF"})
GIVEN, REFUSED = N_("Given"), N_("Refused")


async def recorded(
    house: House, tx: Transaction, actor: Actor, patient: str, before: datetime | None, limit: int
) -> list[Contact]:
    """The record's own; appointments too where nobody else keeps the book."""
    record: ClinicalRecord = house.port(ClinicalRecord)
    hidden = () if await opening(house, tx, actor, patient) else await hidden_from(house, tx, actor)
    types = _TYPES if VisitsAhead in house.ports else (*_TYPES, "Appointment")
    found = await record.of_patient(tx, patient, types, hidden=hidden)
    timed = [(when, one) for one in found if (when := moment(one)) and (before is None or when.at < before)]
    timed.sort(key=lambda pair: pair[0].at, reverse=True)
    reader = await reader_of(house, tx, actor, record, timeline.pointers(one for _, one in timed[:limit]), hidden)
    return [replace(_contact(at.at, one, reader), exact=at.exact) for at, one in timed[:limit]]


def _contact(at: datetime, one: Resource, reader: Reader) -> Contact:
    kind = one["resourceType"]
    if kind == "Consent":
        said = {"permit": GIVEN, "deny": REFUSED}.get(str(mapping(one.get("provision")).get("type")))
        state = item(one, "documents", reader).status or ""
        about = consented(one, reader.language)
        return Contact(at, "consents", about, status=translate(reader.language, said) if said else state)
    told = item(one, "documents", reader)
    which = {"QuestionnaireResponse": "surveys", "Appointment": "appointments"}.get(kind, "messages")
    if which == "messages" and _SPOKEN & {code for each in many(one.get("medium")) for code in codes_of(each)}:
        which = "calls"
    return Contact(at, which, told.title, ", ".join(filter(None, (told.detail, told.source))), told.status or "")
