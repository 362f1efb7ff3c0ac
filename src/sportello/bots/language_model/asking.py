"""Puts one question to the language model: never within a transaction, at most three seconds, never more than allowed.

Whatever goes wrong is a line of the record and no answer: the caller goes on as if there were no model.
"""

import asyncio
import hashlib
import time
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar
from uuid import UUID

import msgspec
import structlog

from sportello.bots.language_model.prompts import Nonsense
from sportello.bots.language_model.terms import Job, Terms, key_of, terms_of
from sportello.bots.ports import LanguageModel, ModelTrouble, Prompt
from sportello.bots.store import language_model as store
from sportello.kit.breaker import Breaker
from sportello.kit.house import House
from sportello.kit.security.rate_limit import limits_of
from sportello.kit.traces import where

log = structlog.get_logger("bots")
DEADLINE = 3.0  # seconds that a patient waits for a model, all questions of a turn together
KEPT = timedelta(days=90)
_FORGET_EVERY = 3600.0  # seconds
_AT_ONCE = 8  # of one process; whoever comes then is answered without the model
_FAULTS = ("late", "failed", "unreachable", "busy", "refused")
_Value = TypeVar("_Value")


class Asking:
    """What one process knows of the model: how many questions are under way, and whether it is down."""

    def __init__(self) -> None:
        self.breaker = Breaker()
        self.under_way = 0


async def ask(
    house: House,
    job: Job,
    conversation: UUID | None,
    prompt: Prompt,
    read: Callable[[str], _Value],
    seconds: float = DEADLINE,
) -> _Value | None:
    """What `read` makes of the answer; None when there is none in time, or when it is nonsense."""
    model: LanguageModel | None = house.ports.get(LanguageModel)
    terms = await terms_of(house.db)
    if model is None or not terms.does(job):
        return None
    asking: Asking = house.ports.setdefault(Asking, Asking())
    began, raw, value = time.monotonic(), "", None
    outcome = _kept_back(house, asking, terms)
    if not outcome:
        asking.under_way += 1
        try:
            async with asyncio.timeout(seconds):
                raw = await model.complete(terms.address, terms.model, key_of(house, terms), prompt)
            value = read(raw)
            outcome = "unknown" if value in (None, "unknown") else "used"
        except TimeoutError:
            outcome = "late"
        except ModelTrouble as trouble:
            outcome = trouble.code
        except Nonsense:
            outcome = "nonsense"
        except Exception as error:
            log.error("a question to the language model failed", error=where(error))
            outcome = "failed"
        finally:
            asking.under_way -= 1
        if outcome in _FAULTS:
            asking.breaker.failed(house.clock.now())
        else:
            asking.breaker.worked()
    if outcome == "used" and not (await terms_of(house.db)).does(job):
        outcome, value = "switched-off", None
    took = round((time.monotonic() - began) * 1000)
    told = store.Asked(conversation, job, outcome, took, terms.model, _hash(msgspec.json.encode(prompt)), _hash(raw))
    await store.add_call(house.db, told, house.clock.now())
    return value if outcome == "used" else None


def _kept_back(house: House, asking: Asking, terms: Terms) -> str:
    """Why it is not asked at all; empty when it may be."""
    now = house.clock.now()
    if asking.breaker.is_open(now):
        return "down"
    if asking.under_way >= _AT_ONCE or limits_of(house).wait(Asking, terms.per_minute, 60, now):
        return "limited"
    return ""


def _hash(text: str | bytes) -> str:
    return (
        hashlib.sha256(text.encode("utf-8", "replace") if isinstance(text, str) else text).hexdigest() if text else ""
    )


async def forget_old_calls(house: House) -> None:
    """Whatever was asked longer ago than `KEPT` leaves the record."""
    await store.forget_calls(house.db, house.clock.now() - KEPT)


async def keep_forgetting(house: House) -> None:
    """Every hour, as long as the house is open."""
    while True:
        try:
            await forget_old_calls(house)
        except Exception as error:
            log.warning("old calls of the language model are not forgotten yet", error=where(error))
        await asyncio.sleep(_FORGET_EVERY)
