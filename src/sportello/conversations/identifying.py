"""Says who somebody is after a check question: the answer is compared with the record, whose own is never shown.

Of patients with one name the birth date decides. After three wrong answers it waits a quarter of an hour.
"""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sportello.administration import audit
from sportello.administration.actor import Actor
from sportello.conversations.linking import link_patient
from sportello.conversations.moves import locked
from sportello.conversations.refusals import NotPossible
from sportello.conversations.safekeeping import rules_of
from sportello.conversations.store.talks import Conversation
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_
from sportello.kit.security.rate_limit import limits_of
from sportello.record import reading as record

WRONG = N_("This is not the date of birth in the record. Ask again, and do not tell the patient what it says.")
TOO_OFTEN = N_("Three answers were wrong: try again in a quarter of an hour, or verify by telephone or at the desk.")
CHECK_FIRST = N_("Identify the patient by the check question first.")
_TIMES, _WITHIN = 3, 900.0
_MOST = 20


async def identify(
    house: House, tx: Transaction, conversation: UUID, patients: Sequence[str], born: date, by: Actor
) -> Conversation | None:
    """Links the one of `patients` born on that day; None when it is none, or not only one. Both are on record.

    Raises NotPossible as linking does, and when too many answers were wrong.
    """
    talk = await locked(tx, conversation)
    if limits_of(house).wait(("identify", conversation), _TIMES, _WITHIN, house.clock.now()):
        raise NotPossible(TOO_OFTEN, "too-many", talk.state)
    fitting = [one for one in list(dict.fromkeys(patients))[:_MOST] if await _born(house, tx, by, one) == born]
    if len(fitting) != 1:
        await audit.record(house, tx, by, "conversation.identify_failed", entity=str(conversation))
        return None
    tx.after_commit(lambda: limits_of(house).forget(("identify", conversation)))
    await audit.record(
        house, tx, by, "conversation.identified", patient=fitting[0], entity=str(conversation),
        detail={"question": "birth date"},
    )  # fmt: skip
    return await link_patient(house, tx, conversation, fitting[0], by)


async def _born(house: House, tx: Transaction, by: Actor, patient: str) -> date | None:
    try:
        return (await record.patient_header(house, tx, by, patient)).birth_date
    except (record.UnknownPatient, record.NotAllowed):
        return None


async def may_link_at_once(house: House) -> bool:
    """Whether the hospital lets staff link without the question."""
    return not (await rules_of(house)).check_first
