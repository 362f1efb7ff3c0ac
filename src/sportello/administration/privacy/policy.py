"""How long which kind of data is kept, and whether it may go before when the patient asks.

The first values are a suggestion for Italian hospitals, to be decided by each controller with its data protection
officer; the reasons stand beside them on the screen.
"""

from datetime import datetime, timedelta
from typing import get_args

import msgspec
from msgspec import Struct

from sportello.administration import audit
from sportello.administration.actor import Actor
from sportello.administration.privacy import store
from sportello.administration.privacy.holdings import Kind
from sportello.administration.privacy.store import Reader
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_

KINDS: tuple[Kind, ...] = get_args(Kind)
NAMES: dict[Kind, str] = {
    "record": N_("Clinical record"),
    "appointment": N_("Appointments"),
    "conversation": N_("Conversations, their files and notes"),
    "letter": N_("Mails that were sent"),
    "account": N_("The patient's account and sessions"),
}
REASONS: dict[Kind, str] = {
    "record": N_(
        "Clinical records of hospitals are kept without end (Ministry of Health, circular 61 of 19 December 1986); a "
        "request does not change that (GDPR, Article 17(3))."
    ),
    "appointment": N_("Ten years: as long as claims from a treatment can be made (Civil Code, Article 2946)."),
    "conversation": N_(
        "Two years are a suggestion: as long as a complaint usually takes. What matters for care belongs into the "
        "record."
    ),
    "letter": N_("Two years are a suggestion, as for conversations."),
    "account": N_("Nothing asks to keep it when the patient no longer wants it."),
}  # fmt: skip
MOST = 1200
_MONTH = timedelta(days=365.25 / 12)


class Policy(Struct, frozen=True):
    """`months` None: without end. `on_request`: it goes before its time when the patient asks. `by_itself`: it goes
    when its time is over, without anybody asking; of conversations alone.
    """

    months: int | None
    on_request: bool
    by_itself: bool = False

    def over_before(self, now: datetime) -> datetime | None:
        """What ended before then has had its time; None when it is kept without end."""
        return None if self.months is None else now - self.months * _MONTH

    def lets_go(self, latest: datetime | None, now: datetime) -> bool:
        """Whether data whose latest part is of `latest` go when an erasure was approved."""
        if self.on_request:
            return True
        return self.months is not None and (latest is None or latest + self.months * _MONTH <= now)


SUGGESTED: dict[Kind, Policy] = {
    "record": Policy(None, False),
    "appointment": Policy(120, False),
    "conversation": Policy(24, True),
    "letter": Policy(24, True),
    "account": Policy(0, True),
}


async def in_force(reader: Reader) -> dict[Kind, Policy]:
    kept = await store.policies(reader)
    return {
        kind: Policy(kept[kind]["months"], kept[kind]["on_request"], kept[kind]["by_itself"])
        if kind in kept
        else SUGGESTED[kind]
        for kind in KINDS
    }


async def change(house: House, tx: Transaction, by: Actor, asked: dict[Kind, Policy]) -> None:
    """From now on these; erasures that were approved before go by what was shown to whoever approved them."""
    before = await in_force(tx)
    changed = [kind for kind in KINDS if before[kind] != asked[kind]]
    for kind in changed:
        one = asked[kind]
        await store.set_policy(tx, kind, one.months, one.on_request, one.by_itself)
    if changed:
        told = {kind: msgspec.to_builtins(asked[kind]) for kind in changed}
        await audit.record(house, tx, by, "privacy.retention", detail={"changed": told})
