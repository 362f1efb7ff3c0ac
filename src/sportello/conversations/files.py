"""Files in a conversation, both ways: checked by content, size and the hospital's rules, scanned where a scanner is
set, cleaned of hidden data, kept in the transaction of the message that carries them.
"""

import asyncio
import re
import unicodedata
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog

from sportello.administration import audit
from sportello.administration.actor import Actor
from sportello.conversations import rules
from sportello.conversations.kinds import KINDS, Unreadable, kind_of, prepared
from sportello.conversations.moves import locked
from sportello.conversations.ports import FileScanner
from sportello.conversations.posting import say
from sportello.conversations.safekeeping import Safekeeping, rules_of
from sportello.conversations.states import State
from sportello.conversations.store import files, parties
from sportello.conversations.store.files import File
from sportello.conversations.store.talks import Conversation
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_, translate
from sportello.kit.jobs import job

log = structlog.get_logger("conversations")

TOO_LARGE = N_("This file is too large: at most %(most)s MB.")
EMPTY_FILE = N_("This file is empty.")
KIND_UNKNOWN = N_("Files of this kind cannot be sent. Possible are: %(kinds)s.")
BROKEN = N_("This file is damaged and cannot be read. Please send it once more, or a picture of it.")
INFECTED = N_("This file holds malware and was not sent.")
UNCHECKED = N_("Files cannot be checked at the moment. Please try again in some minutes.")
NOT_NOW = N_("No file can be sent in this conversation at the moment.")
NOT_FROM_PATIENTS = N_("Files cannot be sent here. Please bring them along, or ask in the chat what to do.")
BOT_CANNOT_READ = N_(
    "Your file is kept with this conversation, and a person can open it. I cannot read files myself: tell me in words "
    "what you need, or ask for a person."
)
_NAMELESS = N_("file")
_PAGE = 200


class Unfit(Exception):
    """A file that is not taken; `message` with `params` is for its sender, `code` for machines."""

    def __init__(self, code: str, message: str, **params: object) -> None:
        super().__init__(code)
        self.code, self.message, self.params = code, message, params

    def words(self, language: str) -> str:
        return translate(language, self.message, **self.params)


async def send(
    house: House, conversation: UUID, content: bytes, *, file: UUID, name: str, by: Actor, language: str
) -> None:
    """Checks a file and posts it as a message of `by`, whose client id is `file`: sent twice it is there once.

    Raises Unfit, or NotPossible when there is no such conversation. Who may see the conversation is the caller's part.
    """
    allowed = await rules_of(house)
    if by.kind == "patient" and not allowed.patients_send:
        raise Unfit("forbidden", NOT_FROM_PATIENTS)
    kind = _checked(content, allowed, language)
    scanned = await _scanned(house, content)
    try:
        kept, small = await asyncio.to_thread(prepared, content, kind)
    except Unreadable as error:
        raise Unfit("broken", BROKEN) from error
    named = clean_name(name, kind, language)

    async def work(tx: Transaction) -> None:
        talk = await locked(tx, conversation)
        if not await _may_send(tx, talk, by):
            raise Unfit("forbidden", NOT_NOW)
        sender = "patient" if by.kind == "patient" else f"agent:{by.id}"
        one = File(file, talk.id, sender, named, kind, len(kept), scanned, house.clock.now(), None, small is not None)
        if not await files.add(tx, one, kept, small):
            return
        carried = {"id": str(file), "name": named, "type": kind, "size": len(kept), "pictured": one.pictured}
        body: dict[str, Any] = {"text": "", "attachment": carried}
        shown = rules.clean_name(by.name)
        body |= {"name": shown} if shown else {}
        await house.streams.append(tx, talk.stream, "message", body, sender=sender, client_id=file)
        if by.kind == "staff":
            await audit.record(
                house, tx, by, "conversation.file_sent", patient=talk.patient_id, entity=str(talk.id),
                detail={"file": str(file)},
            )  # fmt: skip
        elif talk.state is State.BOT:
            await say(house, tx, talk.id, translate(talk.language, BOT_CANNOT_READ))

    await house.db.run(work)


def _checked(content: bytes, allowed: Safekeeping, language: str) -> str:
    if not content:
        raise Unfit("empty", EMPTY_FILE)
    if len(content) > allowed.most_bytes:
        raise too_large(allowed)
    kind = kind_of(content)
    if kind is None or kind not in allowed.file_types:
        names = [translate(language, KINDS[one][0]) for one in allowed.file_types if one in KINDS]
        raise Unfit("kind", KIND_UNKNOWN, kinds=", ".join(names))
    return kind


def too_large(allowed: Safekeeping) -> Unfit:
    return Unfit("too-large", TOO_LARGE, most=allowed.file_megabytes)


async def _scanned(house: House, content: bytes) -> str:
    """The scanner's name, empty without one. A scanner that does not answer lets nothing through."""
    scanner = house.ports.get(FileScanner)
    if scanner is None:
        return ""
    verdict = await scanner.scan(content)
    if verdict.result == "infected":
        log.warning("malware was refused", found=verdict.found)
        raise Unfit("infected", INFECTED)
    if verdict.result != "clean":
        raise Unfit("unchecked", UNCHECKED)
    return str(scanner.name)


async def _may_send(tx: Transaction, talk: Conversation, by: Actor) -> bool:
    if by.kind == "patient":
        return rules.patient_may_write(talk.state)
    role = "member" if str(talk.agent) == by.id else await parties.role_of(tx, talk.id, UUID(by.id))
    return role == "member" and rules.agent_may_write(talk.state)


_UNSAFE = re.compile(r'[\\/:*?"<>|]')


def clean_name(said: str, kind: str, language: str) -> str:
    """A name without ways into folders, without signs that turn it around, and with the ending of what it is."""
    name = unicodedata.normalize("NFC", said).replace("\\", "/").rpartition("/")[2]
    name = _UNSAFE.sub("_", "".join(one for one in name if unicodedata.category(one)[0] != "C"))
    stem = " ".join(name.rpartition(".")[0].split() or name.split()).strip(". ")[:120]
    return f"{stem or translate(language, _NAMELESS)}.{KINDS[kind][1]}"


async def content_of(
    house: House, tx: Transaction, actor: Actor, file: File, talk: Conversation, *, thumbnail: bool
) -> bytes | None:
    """The bytes for somebody who may see the conversation; the whole file, read by staff, is on record."""
    found = await files.content(tx, file.id, thumbnail=thumbnail)
    if found is not None and not thumbnail and actor.kind == "staff":
        await audit.record(
            house, tx, actor, "conversation.file_read", patient=talk.patient_id, entity=str(talk.id),
            detail={"file": str(file.id)},
        )  # fmt: skip
    return found


@job("conversations.forget_files")
async def forget(house: House, tx: Transaction, payload: dict[str, Any]) -> None:
    """Removes what was kept long enough, a page at a time, and promises the next look."""
    now = house.clock.now()
    days = (await rules_of(house)).keep_days
    removed = await files.remove_old(tx, now - timedelta(days=days), now, _PAGE)
    await promise_forgetting(house, tx, timedelta(seconds=1) if removed == _PAGE else timedelta(hours=6))


async def promise_forgetting(house: House, tx: Transaction, after: timedelta) -> None:
    """The next look for files that were kept long enough."""
    await house.jobs.enqueue(
        tx, "conversations.forget_files", {}, run_at=house.clock.now() + after, dedupe_key="conversations.forget_files"
    )
