"""On which terms a language model is asked: set by the administrator, read anew before each question.

Nothing is remembered between questions where it would matter: off is off in every process with the commit.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import replace

from sportello.administration import audit
from sportello.administration.actor import Actor
from sportello.bots.store import language_model as store
from sportello.bots.store.talks import Reader
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.security.sealing import Sealing, sealing_of

Job = Literal["route", "slots", "agent_summary"]
PerMinute = Annotated[int, Meta(ge=1, le=6000)]
JOBS: tuple[Job, ...] = ("route", "slots", "agent_summary")
_PURPOSE = "language model key"
_GLANCE = 3.0  # seconds for which "it is off" is believed, so that without a model a turn asks the database nothing


class Terms(Struct, frozen=True):
    """`address` ends before `/chat/completions`; `key` is sealed; `reason`, `by` and `at` tell why it is on or off."""

    on: bool = False
    address: str = ""
    model: str = ""
    key: str = ""
    jobs: frozenset[Job] = frozenset()
    per_minute: PerMinute = 60
    reason: str = ""
    by: str = ""
    at: str = ""

    @property
    def complete(self) -> bool:
        """Whether it could be switched on."""
        return bool(self.address and self.model and self.jobs)

    def does(self, job: Job) -> bool:
        return self.on and self.complete and job in self.jobs


class _Glance:
    def __init__(self) -> None:
        self.terms = Terms()
        self.until = -1.0


def with_key(house: House, terms: Terms, key: str) -> Terms:
    """The terms with another key, which is sealed from here on."""
    return replace(terms, key=sealing_of(house).seal(_PURPOSE, key))


def key_of(house: House, terms: Terms) -> str:
    """The key itself, for the moment in which it is sent. Raises KeyMissing."""
    return sealing_of(house).opened(_PURPOSE, terms.key)


async def renew(tx: Transaction, sealing: Sealing) -> None:
    """The key sealed with the first of the keys that seal."""
    kept = await store.hold_terms(tx)
    if kept and (after := sealing.renewed(_PURPOSE, kept.get("key", ""))) != kept.get("key", ""):
        await store.reseal(tx, kept | {"key": after})


async def terms_of(reader: Reader) -> Terms:
    """The terms in force at this moment."""
    kept = await store.terms(reader)
    return msgspec.convert(kept, Terms) if kept else Terms()


async def glance(house: House) -> Terms:
    """The terms, some seconds old: enough to know that nothing needs to be asked, never enough to ask."""
    known: _Glance = house.ports.setdefault(_Glance, _Glance())
    now = house.clock.now().timestamp()
    if not 0 <= known.until - now <= _GLANCE:
        known.terms, known.until = await terms_of(house.db), now + _GLANCE
    return known.terms


async def change(house: House, tx: Transaction, by: Actor, asked: Terms) -> None:
    """Other terms; whether it is on stays, unless it no longer could be. On record, without the key."""
    before = await _held(tx)
    after = replace(asked, on=before.on, reason=before.reason, by=before.by, at=before.at)
    if after.on and not after.complete:
        after = replace(after, on=False)
    changed = sorted(name for name in Terms.__struct_fields__ if getattr(before, name) != getattr(after, name))
    if changed:
        await _keep(house, tx, after)
        await audit.record(house, tx, by, "bot.model_terms", detail={"changed": changed, "address": after.address})


async def switch(house: House, tx: Transaction, by: Actor, *, on: bool, reason: str) -> None:
    """On or off, at once in every process."""
    before = await _held(tx)
    if before.on == on:
        return
    after = replace(before, on=on, reason=reason, by=by.name, at=house.clock.now().isoformat())
    await _keep(house, tx, after)
    await audit.record(house, tx, by, "bot.model_switched", detail={"on": on, "reason": reason})


async def _held(tx: Transaction) -> Terms:
    kept = await store.hold_terms(tx)
    return msgspec.convert(kept, Terms) if kept else Terms()


async def _keep(house: House, tx: Transaction, terms: Terms) -> None:
    await store.keep_terms(tx, msgspec.to_builtins(terms, builtin_types=()), house.clock.now())
    tx.after_commit(lambda: house.ports.pop(_Glance, None))
