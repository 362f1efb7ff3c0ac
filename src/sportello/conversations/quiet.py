"""Since when nobody speaks, exactly: what was heard, and what the stream holds beyond it while nobody can add to it."""

from datetime import datetime

import msgspec

from sportello.conversations.store import activity
from sportello.conversations.store.activity import Words
from sportello.conversations.store.talks import Conversation
from sportello.kit.database import Transaction
from sportello.kit.streams import Event
from sportello.kit.streams import store as events_of

_PAGE = 500


async def last_words(tx: Transaction, talk: Conversation) -> Words:
    """Who spoke last and when, of a conversation that the caller holds; until the transaction ends nobody else speaks.

    So whatever the caller decides, no word that was said before is overlooked, and none comes in between.
    """
    await events_of.lock_heads(tx, {talk.stream: 0})
    words = await activity.words_of(tx, talk.id)
    while events := await events_of.since(tx, talk.stream, words.last_seq, _PAGE, "all"):
        words = heard(words, events)
        if len(events) < _PAGE:
            break
    return words


def heard(words: Words, events: list[Event]) -> Words:
    """The words after further events, in order: an agent's answers, the first of the patient's waits."""
    patient, agent, unanswered = words.patient_at, words.agent_at, words.unanswered_at
    for event in events:
        if event.kind != "message":
            continue
        if event.sender == "patient":
            patient = _later(patient, event.at)
            unanswered = unanswered or event.at
        elif event.sender.startswith("agent:"):
            agent, unanswered = _later(agent, event.at), None
    return msgspec.structs.replace(
        words, last_seq=events[-1].seq, patient_at=patient, agent_at=agent, unanswered_at=unanswered
    )


def _later(one: datetime | None, other: datetime) -> datetime:
    return max(one, other) if one else other
