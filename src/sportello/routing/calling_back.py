"""Callbacks: whoever would rather be called leaves a number and when it suits; when the queue opens it becomes work
like any other: a conversation of channel `callback` that an agent gets, calls, and closes with a note.
"""

import re
from datetime import datetime
from typing import Any
from uuid import UUID

from sportello.administration import audit
from sportello.administration.actor import SYSTEM, Actor
from sportello.conversations import rules
from sportello.conversations.ending import close
from sportello.conversations.moves import locked
from sportello.conversations.opening import open_conversation
from sportello.conversations.refusals import NotPossible
from sportello.conversations.states import IN_QUEUE
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import LANGUAGES, N_, translate
from sportello.kit.ids import uuid7
from sportello.kit.jobs import job
from sportello.routing import planning
from sportello.routing.events import CallbackAsked
from sportello.routing.opening import opening_of
from sportello.routing.store import callbacks
from sportello.routing.store.callbacks import Callback

CHANNEL = "callback"
NO_NUMBER = N_("Enter a telephone number with at least six digits.")
SUMMARY = N_("To be called back: %(phone)s. When: %(wished)s")
ANY_TIME = N_("at any time")
_PHONE = re.compile(r"\+?[0-9][0-9 ./()-]{4,28}[0-9]")


def clean_phone(said: str) -> str:
    """A telephone number as it is kept; raises NotPossible for what is none."""
    found = " ".join(said.split())
    if not _PHONE.fullmatch(found) or len(re.sub(r"\D", "", found)) < 6:
        raise NotPossible(NO_NUMBER, "phone")
    return found


async def ask(
    house: House,
    tx: Transaction,
    actor: Actor,
    *,
    phone: str,
    wished: str = "",
    name: str = "",
    topic: str = "",
    language: str = "",
    queue: str = "",
    conversation: UUID | None = None,
    patient_id: str | None = None,
    request: UUID | None = None,
) -> Callback:
    """Keeps a wish to be called back; it becomes work when the queue is open, at once when it is.

    Out of a conversation that waits in a queue it takes that one's queue, name, language and patient, and closes it:
    the call takes its place. `request` is an id of the asker's own: asking twice is asking once. Raises NotPossible
    for something that is no telephone number.
    """
    number = clean_phone(phone)
    plan = await planning.current(house, tx)
    if conversation is not None:
        talk = await locked(tx, conversation)
        queue, name, language = talk.queue or queue, name or talk.visitor_name, talk.language
        topic, patient_id = topic or talk.topic, talk.patient_id
        if talk.state in IN_QUEUE:
            await close(house, tx, conversation, SYSTEM, reason="callback")
    known = house.settings.clinic.languages
    language = language if language in known else known[0]
    found = plan.queue(queue or plan.workstream(CHANNEL).fallback)
    now = house.clock.now()
    kept = Callback(
        request or uuid7(), conversation, found.id, rules.clean_name(name) or number, number, rules.clean_name(wished),
        rules.clean_name(topic), language, patient_id, now, opening_of(house, plan, found.id, now) or now,
    )  # fmt: skip
    if await callbacks.insert(tx, kept):
        await _promise(house, tx, kept.id, kept.due_at)
        await audit.record(
            house, tx, actor, "callback.asked", patient=patient_id, entity=str(kept.id), detail={"queue": found.id}
        )
        await house.news.announce(tx, CallbackAsked(kept.id, found.id, kept.due_at, conversation))
    return kept


@job("routing.callback")
async def become_work(house: House, tx: Transaction, payload: dict[str, Any]) -> None:
    """The queue is open: the wish becomes a conversation that waits in it. Closed after all, it waits on."""
    found = await callbacks.lock(tx, UUID(payload["callback"]))
    if found is None or found.work is not None:
        return
    now = house.clock.now()
    opens = opening_of(house, await planning.current(house, tx), found.queue, now)
    if opens is None or opens > now:
        if opens is not None:
            await callbacks.put_off(tx, found.id, opens)
            await _promise(house, tx, found.id, opens)
        return
    # Nobody greets a telephone number: placing hears the opening and puts it into the queue.
    work = await open_conversation(
        house, tx, patient_id=found.patient_id, visitor_name=found.name, language=found.language, channel=CHANNEL,
        topic=found.topic, context={"phone": found.phone, "wished": found.wished, "queue": found.queue},
    )  # fmt: skip
    await callbacks.becomes(tx, found.id, work.id)


def summary(context: dict[str, Any]) -> dict[str, str]:
    """What the agent reads first, in each language."""
    wished = {language: context.get("wished") or translate(language, ANY_TIME) for language in LANGUAGES}
    return {
        language: translate(language, SUMMARY, phone=context.get("phone", ""), wished=wished[language])
        for language in LANGUAGES
    }


async def _promise(house: House, tx: Transaction, callback: UUID, at: datetime) -> None:
    await house.jobs.enqueue(
        tx, "routing.callback", {"callback": str(callback)}, run_at=at, dedupe_key=f"routing.callback:{callback}"
    )
