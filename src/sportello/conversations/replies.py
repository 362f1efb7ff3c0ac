"""Quick replies: texts that agents send again and again, their own and everybody's, with places for names and times.

A place whose value is not known stays in the text as it is written, and the composer does not send it so.
"""

import re
import unicodedata
from collections.abc import Mapping
from uuid import UUID

from msgspec import Struct

from sportello.administration import audit
from sportello.administration.actor import Actor
from sportello.administration.permissions import Permission
from sportello.conversations import rules
from sportello.conversations.store import replies as store
from sportello.conversations.store.replies import Reply
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_
from sportello.kit.ids import uuid7

PLACES = {
    "patient.given": N_("the patient's first name"),
    "patient.name": N_("the patient's whole name"),
    "agent.name": N_("your name"),
    "appointment.start": N_("day and time of the next visit"),
    "appointment.place": N_("place of the next visit"),
    "clinic.name": N_("the hospital's name"),
    "clinic.phone": N_("the hospital's telephone number"),
}
PLACE = re.compile(r"\{([a-z]+\.[a-z]+)\}")
MOST_TAGS, MOST_TEXT = 8, 2000
SHORTCUT = re.compile(r"[a-z0-9-]{1,30}")

SHORTCUT_WANTED = N_("Write a shortcut: small letters, digits and hyphens, at most 30.")
SHORTCUT_TAKEN = N_("There is a reply with this shortcut already.")
TEXT_WANTED = N_("Write the text in at least one language.")
TEXT_TOO_LONG = N_("This text is too long: at most 2,000 characters.")
PLACE_UNKNOWN = N_("The text holds a place that is not known. Look at the list below.")
NOT_YOURS = N_("Only those who may write quick replies for everybody can change this one.")


class Written(Struct):
    """What the editing screen's form says."""

    id: UUID | None = None
    shortcut: str = ""
    tags: str = ""
    text_it: str = ""
    text_en: str = ""
    shared: bool = False


class Refused(Exception):
    """Errors as message ids by field."""

    def __init__(self, **errors: str) -> None:
        super().__init__(*errors)
        self.errors = errors


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with its places filled; those without a value stay as they are written."""
    return PLACE.sub(lambda found: values.get(found[1]) or found[0], text)


def in_language(reply: Reply, language: str) -> str:
    """The text in the patient's language, else in another one."""
    return reply.texts.get(language) or next(iter(reply.texts.values()), "")


def may_change(reply: Reply, by: Actor) -> bool:
    return str(reply.staff) == by.id if reply.staff else by.may(Permission.SHARE_REPLIES)


async def save(house: House, tx: Transaction, by: Actor, written: Written) -> Reply:
    """Keeps a reply; raises Refused with the errors of its fields."""
    known = await store.read(tx, written.id) if written.id else None
    if (known and not may_change(known, by)) or (written.shared and not by.may(Permission.SHARE_REPLIES)):
        raise Refused(shortcut=NOT_YOURS)
    reply = Reply(
        id=known.id if known else uuid7(),
        staff=None if written.shared else UUID(by.id),
        shortcut=_plain(written.shortcut).removeprefix("/"),
        tags=_tags(written.tags),
        texts={
            language: text
            for language, said in (("it", written.text_it), ("en", written.text_en))
            if (text := rules.clean_block(said.replace("\r\n", "\n"), 4 * MOST_TEXT).strip())
        },
        changed_at=house.clock.now(),
        changed_by=by.name,
    )
    if errors := _errors(reply):
        raise Refused(**errors)
    if not await store.keep(tx, reply):
        raise Refused(shortcut=SHORTCUT_TAKEN)
    await audit.record(house, tx, by, "reply.changed", entity=str(reply.id), detail={"shared": reply.staff is None})
    return reply


async def remove(house: House, tx: Transaction, by: Actor, reply: UUID) -> None:
    """Removes a reply; removed already, nothing changes."""
    known = await store.read(tx, reply)
    if known is None:
        return
    if not may_change(known, by):
        raise Refused(shortcut=NOT_YOURS)
    await store.remove(tx, reply)
    await audit.record(house, tx, by, "reply.removed", entity=str(reply), detail={"shared": known.staff is None})


def _errors(reply: Reply) -> dict[str, str]:
    errors: dict[str, str] = {}
    if not SHORTCUT.fullmatch(reply.shortcut):
        errors["shortcut"] = SHORTCUT_WANTED
    if not reply.texts:
        errors["text_it"] = TEXT_WANTED
    for language, text in reply.texts.items():
        if len(text) > MOST_TEXT:
            errors[f"text_{language}"] = TEXT_TOO_LONG
        elif set(PLACE.findall(text)) - set(PLACES):
            errors[f"text_{language}"] = PLACE_UNKNOWN
    return errors


def _plain(said: str) -> str:
    """Small letters without accents: what is quickly typed."""
    parted = unicodedata.normalize("NFKD", said.strip().casefold())
    return re.sub(r"\s+", "-", "".join(one for one in parted if not unicodedata.combining(one)))


def _tags(said: str) -> list[str]:
    words = (_plain(word).lstrip("#") for word in re.split(r"[,;\s]+", said))
    return list(dict.fromkeys(word[:30] for word in words if word))[:MOST_TAGS]
