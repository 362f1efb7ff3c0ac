"""Conversations of a patient: told with every word and file; erased they stay as times and numbers without a person."""

import asyncio
from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec

from sportello.administration.privacy.holdings import (
    Attachment,
    Chapter,
    Entry,
    Holding,
    Key,
    Subject,
    Sum,
    Table,
    Telling,
    holdings,
)
from sportello.conversations.store import erasing, talks
from sportello.conversations.writing_out import document
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_, format_datetime, translate
from sportello.kit.streams import store as events_of

OPEN = N_("A conversation is under way: it is ended first.")
_BY: Mapping[str, Key] = {"conversation": "conversation"}
_TABLES = [
    Table("conversations.mailing", _BY, {"recipient": ""}, N_("Transcripts sent by e-mail"),
          {"asked_at": N_("Asked on"), "recipient": N_("To"), "status": N_("Status")}, "asked_at",
          codes={"status": {"waiting": N_("On its way"), "sent": N_("Sent"), "failed": N_("Could not be delivered")}}),
    Table("conversations.invitation", _BY, {"note": ""}, at="asked_at"),
    Table("conversations.redaction", _BY, {"why": "—"}, at="at"),
    Table(
        "conversations.conversation",
        {"id": "conversation", "patient_id": "patient", "account_patient": "patient"},
        {"patient_id": None, "account_patient": None, "visitor_name": "—", "summary": "", "summaries": {},
         "context": {}, "wrap_up_note": "", "reason": ""},
        at="state_since",
    ),
]  # fmt: skip
_COVERS = ("conversations.file", "conversations.activity", "conversations.reading", "conversations.party",
           "conversations.mention", "kit.event", "kit.job")  # fmt: skip


async def _gather(_house: House, tx: Transaction, subject: Subject) -> Subject:
    if not subject.patient:
        return subject
    found = await erasing.of_patient(tx, subject.patient)
    return msgspec.structs.replace(subject, conversations=(*subject.conversations, *map(str, found)))


async def _blocked(_house: House, tx: Transaction, subject: Subject) -> Sequence[str]:
    return [OPEN] if await erasing.open_ones(tx, subject.conversations) else []


async def _counted(_house: House, tx: Transaction, subject: Subject) -> Sequence[Sum]:
    streams = [f"conversation:{one}" for one in subject.conversations]
    return [Sum("kit.event", await events_of.count(tx, streams))]


async def _told(house: House, tx: Transaction, telling: Telling) -> None:
    language = telling.language
    entries = []
    for number, name in enumerate(telling.subject.conversations, 1):
        talk = await talks.read(tx, UUID(name))
        if talk is None:
            continue
        # Notes are what colleagues write to each other about the patient: data about them all the same.
        made = await document(house, tx, talk, language, "staff")
        lines = [
            f"{format_datetime(line.at, language, house.settings.clinic.tz)}  {line.name}"
            f"{f' ({made.notes_title})' if line.note else ''}: {line.text}"
            for line in made.lines
        ]
        began = format_datetime(talk.created_at, language, house.settings.clinic.tz)
        facts = [
            (translate(language, N_("Topic")), talk.topic),
            (translate(language, N_("Summary")), talk.summary_in(language)),
        ]
        entries.append(Entry(f"{number}. {began}", [pair for pair in facts if pair[1]], "\n".join(lines)))
        for file in await erasing.files_of(tx, talk.id):
            telling.attachments.append(Attachment(f"conversation-{number}/{file['name']}", bytes(file["content"])))
        await asyncio.sleep(0)
    telling.chapters.append(Chapter(translate(language, N_("Conversations")), entries))


async def _erased(house: House, tx: Transaction, subject: Subject) -> int:
    """The words, also where other streams (desks, boards) repeat them, and jobs that would speak of them."""
    await erasing.empty_files(tx, subject.conversations, house.clock.now())
    streams = [f"conversation:{one}" for one in subject.conversations]
    return await events_of.erase(tx, streams, list(subject.conversations), subject.keys("patient"), "conversation:")


def hold(house: House) -> None:
    """Says what this room holds."""
    holdings(house).append(
        Holding(
            "conversations", "conversation", _TABLES, _COVERS, told=_told, erased=_erased, counted=_counted,
            gather=_gather, blocked=_blocked,
        )
    )  # fmt: skip
