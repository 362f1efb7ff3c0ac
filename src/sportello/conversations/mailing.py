"""Transcripts that a patient wants by e-mail: the wish is kept with the conversation, a room above carries it out."""

import re
from typing import Protocol
from uuid import UUID

from sportello.administration import audit
from sportello.administration.actor import Actor
from sportello.administration.permissions import Permission
from sportello.conversations.moves import locked
from sportello.conversations.refusals import NotPossible, not_yours
from sportello.conversations.store import mailings
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_
from sportello.kit.ids import uuid7

ADDRESS_WANTED = N_("Write an e-mail address, for example name@example.org.")
_ADDRESS = re.compile(r"[^\s@<>(),;:\\\"\[\]]{1,64}@[^\s@<>(),;:\\\"\[\]]+\.[^\s@<>(),;:\\\"\[\].]{2,}")


class TranscriptWanted(Protocol):
    """Promises to send a transcript, in the caller's transaction."""

    async def __call__(self, house: House, tx: Transaction, mailing: UUID) -> None: ...


async def ask(house: House, tx: Transaction, conversation: UUID, address: str, by: Actor) -> UUID:
    """Keeps the wish and has it carried out. Raises NotPossible."""
    talk = await locked(tx, conversation)
    if str(talk.agent) != by.id and not by.may(Permission.SUPERVISE):
        raise not_yours(talk.state)
    address = address.strip()
    if len(address) > 254 or not _ADDRESS.fullmatch(address):
        raise NotPossible(ADDRESS_WANTED, "empty", talk.state)
    mailing = uuid7()
    await mailings.add(tx, mailing, conversation, address, by.name, house.clock.now())
    wanted: TranscriptWanted = house.port(TranscriptWanted)
    await wanted(house, tx, mailing)
    await audit.record(house, tx, by, "conversation.mailed", patient=talk.patient_id, entity=str(conversation))
    return mailing
