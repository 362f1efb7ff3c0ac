"""How the assistant's files change: somebody writes, another approves, then it is published, and can be taken back."""

import re
from datetime import date, timedelta
from uuid import UUID

from msgspec import Struct

from sportello.administration import audit
from sportello.administration.actor import Actor
from sportello.bots import red_flags, spoken
from sportello.bots.library import hash_of, parse
from sportello.bots.store import editions
from sportello.bots.store.editions import Edition
from sportello.bots.store.talks import Reader
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_
from sportello.kit.ids import uuid7
from sportello.knowledge.reading import today

LONGEST = 200_000  # characters of a file
_NAME = re.compile(r"[a-z][a-z0-9_]{1,40}\.yaml")
_LONGEST_REVIEW = timedelta(days=3 * 366)


class Refused(Exception):
    """What was asked cannot be done; the message is for the person who asked, and is translated."""


OWN_WORK = N_("Nobody approves what they wrote themselves: ask a colleague.")
NOT_NOW = N_("Somebody else changed this edition meanwhile: look at it again.")
BAD_NAME = N_("A file's name is made of small letters, digits and underscores, and ends in .yaml.")


class Findings(Struct, frozen=True):
    """What is wrong with a text, and what only deserves a look; it may be used when nothing is wrong."""

    wrong: tuple[str, ...] = ()
    mind: tuple[str, ...] = ()
    review_by: date | None = None


async def examine(house: House, reader: Reader, file: str, text: str) -> Findings:
    """Judges a text together with all that speaks now, in whose company it would be."""
    if not _NAME.fullmatch(file):
        return Findings((BAD_NAME,))
    if len(text) > LONGEST or "\0" in text:
        return Findings((N_("The file is too long or holds signs that are no text."),))
    texts = {**await spoken.in_force(reader), file: text}
    try:
        head = red_flags.read(text) if file == spoken.FLAGS else parse(file, text)
        spoken.read_all(texts)
    except ValueError as error:
        return Findings(tuple(str(error).split("; ")))
    now = today(house)
    if head.review_by > now + _LONGEST_REVIEW:
        return Findings((N_("The next review is more than three years away."),))
    overdue = (N_("The review of this text is overdue."),) if head.review_by < now else ()
    return Findings((), overdue, head.review_by)


async def write(house: House, tx: Transaction, actor: Actor, file: str, text: str) -> Findings:
    """Saves a draft when nothing is wrong with it; a draft of somebody else's becomes the writer's own."""
    text = text.replace("\r\n", "\n").strip("\n") + "\n"
    found = await examine(house, tx, file, text)
    if found.wrong or found.review_by is None:
        return found
    await editions.hold(tx, file)
    now, known = house.clock.now(), await editions.of(tx, file)
    draft = next((one for one in known if one.state == "draft"), None)
    if draft:
        await editions.rewrite(tx, draft.id, text, hash_of(text), found.review_by, (actor.id, actor.name, now))
    else:
        number = known[0].number + 1 if known else 1
        await editions.add(tx, Edition(
            uuid7(), file, number, text, hash_of(text), "draft", found.review_by, actor.id, actor.name, now,
            None, None, None, None,
        ))  # fmt: skip
    await audit.record(house, tx, actor, "bot.written", entity=file, detail={"hash": hash_of(text)})
    return found


async def approve(house: House, tx: Transaction, actor: Actor, file: str, seen: str) -> None:
    """By somebody who did not write it, and for the very words they saw (`seen` is their hash). Raises Refused.

    The head of the file then names who approved it and when, so that an exported file tells it too.
    """
    draft = await _one(tx, file, "draft")
    if draft is None or draft.hash != seen:
        raise Refused(NOT_NOW)
    if draft.written_by == actor.id:
        raise Refused(OWN_WORK)
    found = await examine(house, tx, file, draft.body)
    if found.wrong:
        raise Refused(found.wrong[0])
    text = _signed(draft, actor.name, today(house))
    await editions.approve(tx, draft.id, text, hash_of(text), (actor.id, actor.name, house.clock.now()))
    await audit.record(house, tx, actor, "bot.approved", entity=file, detail={"hash": hash_of(text)})


async def publish(house: House, tx: Transaction, actor: Actor, file: str, edition: UUID) -> None:
    """An approved edition, or an earlier one again (that is how one rolls back), speaks. Raises Refused."""
    await editions.hold(tx, file)
    chosen = next((one for one in await editions.of(tx, file) if one.id == edition), None)
    if chosen is None or chosen.state not in ("approved", "retired"):
        raise Refused(NOT_NOW)
    found = await examine(house, tx, file, chosen.body)
    if found.wrong:
        raise Refused(found.wrong[0])
    await editions.publish(tx, file, chosen.id, house.clock.now())
    await audit.record(house, tx, actor, "bot.published", entity=file, detail={"hash": chosen.hash})


async def take_back(house: House, tx: Transaction, actor: Actor, file: str) -> None:
    """The file that ships speaks again; a file of the hospital's own falls silent. Raises Refused."""
    await editions.hold(tx, file)
    rest = {**await spoken.in_force(tx)}
    rest.pop(file, None)
    if file in spoken.shipped():
        rest[file] = spoken.shipped()[file]
    try:
        spoken.read_all(rest)
    except ValueError as error:
        raise Refused(str(error)) from error
    await editions.publish(tx, file, None, house.clock.now())
    await audit.record(house, tx, actor, "bot.taken_back", entity=file)


async def discard(house: House, tx: Transaction, actor: Actor, file: str) -> None:
    """The draft goes; what was approved is kept for ever."""
    draft = await _one(tx, file, "draft")
    if draft:
        await editions.drop(tx, draft.id)
        await audit.record(house, tx, actor, "bot.discarded", entity=file, detail={"hash": draft.hash})


async def _one(tx: Transaction, file: str, state: str) -> Edition | None:
    await editions.hold(tx, file)
    return next((one for one in await editions.of(tx, file) if one.state == state), None)


def _signed(draft: Edition, name: str, day: date) -> str:
    # Without backslashes, which would mean something both in YAML and in what is put in.
    quoted = '"' + name.replace("\\", "").replace('"', "") + '"'
    text = draft.body
    for key, value in (("version", str(draft.number)), ("approved_by", quoted), ("approved_on", day.isoformat())):
        text = re.sub(rf"(?m)^{key}:.*$", f"{key}: {value}", text, count=1)
    return text
