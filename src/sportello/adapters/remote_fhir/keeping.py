"""A patient's data while the record is at the hospital's server: copies here are told and erased, the rest is there."""

from collections.abc import Sequence

from sportello.adapters.remote_fhir import store
from sportello.adapters.remote_fhir.terms import terms_of
from sportello.administration.privacy.holdings import Subject, Telling
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_

THERE = N_(
    "The clinical record is on the hospital's server: there it stays, and whoever opens it brings a copy back here."
    " Ask for its erasure there."
)


async def told(house: House, tx: Transaction, telling: Telling) -> None:
    """For machines what the record's room has just read to be put in words, as the server gave it."""
    if (await terms_of(house, tx)).remote:
        telling.resources += await store.copies_of(tx, telling.subject.patient)


async def erased(_house: House, tx: Transaction, subject: Subject) -> int:
    """Which questions were asked of the patient by id; copies and answers go as tables."""
    return await store.forget_questions(tx, subject.keys("patient"))


async def elsewhere(house: House, tx: Transaction, _subject: Subject) -> Sequence[str]:
    return [THERE] if (await terms_of(house, tx)).remote else ()
