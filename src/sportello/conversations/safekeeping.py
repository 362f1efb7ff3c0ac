"""What the hospital decides about files and about words that are not to be kept: read on the way of every message, so
remembered for a few seconds; a change is in force within them in every process.
"""

from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from sportello.administration import audit
from sportello.administration.actor import Actor
from sportello.conversations.store import safekeeping as store
from sportello.kit.database import Transaction
from sportello.kit.house import House

REMEMBERED = 3.0  # seconds
MEGABYTE = 1024 * 1024
DEFAULT_TYPES = ("application/pdf", "image/jpeg", "image/png", "image/webp")


class Safekeeping(Struct, frozen=True):
    """The rules; of each kind of secret whose words it is masked in."""

    patients_send: bool = True
    file_megabytes: Annotated[int, Meta(ge=1, le=25)] = 10
    file_types: tuple[str, ...] = DEFAULT_TYPES
    keep_days: Annotated[int, Meta(ge=1, le=36_500)] = 365
    card_patient: bool = True
    card_staff: bool = True
    card_notes: bool = True
    fiscal_patient: bool = True
    fiscal_staff: bool = True
    fiscal_notes: bool = False
    check_first: bool = True

    @property
    def most_bytes(self) -> int:
        return self.file_megabytes * MEGABYTE

    def masked(self, sender: str, kind: str) -> frozenset[str]:
        """Which secrets are masked in somebody's words."""
        whose = "notes" if kind == "note" else "patient" if sender == "patient" else "staff"
        return frozenset(secret for secret in ("card", "fiscal") if getattr(self, f"{secret}_{whose}"))


class _Remembered:
    def __init__(self) -> None:
        self.rules = Safekeeping()
        self.until = -1.0


async def rules_of(house: House, tx: Transaction | None = None) -> Safekeeping:
    """The rules in force, at most REMEMBERED seconds old; whoever is in a transaction hands it down."""
    known: _Remembered = house.ports.setdefault(_Remembered, _Remembered())
    now = house.clock.now().timestamp()
    if not 0 <= known.until - now <= REMEMBERED:
        known.rules = _rules(await store.read(tx or house.db))
        known.until = now + REMEMBERED
    return known.rules


async def change(house: House, tx: Transaction, by: Actor, rules: Safekeeping) -> None:
    """From now on these rules; what was written before stays as it is. On record, with what was changed."""
    before = _rules(await store.read(tx))
    changed = sorted(
        field for field in Safekeeping.__struct_fields__ if getattr(before, field) != getattr(rules, field)
    )
    if not changed:
        return
    await store.keep(tx, msgspec.to_builtins(rules), house.clock.now())
    await audit.record(house, tx, by, "conversation.settings", detail={"changed": changed})
    tx.after_commit(lambda: house.ports.pop(_Remembered, None))


def _rules(kept: object) -> Safekeeping:
    return msgspec.convert(kept, Safekeeping) if kept else Safekeeping()
