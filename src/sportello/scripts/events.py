"""What scripts announce, in the transaction of the fact itself."""

from uuid import UUID

from msgspec import Struct


class ArticleSent(Struct, frozen=True):
    """An agent sent an approved article to a patient."""

    conversation: UUID
    article: UUID
    version: int
    language: str
    staff: str


class StepDone(Struct, frozen=True):
    """A step of a script was marked or run; `outcome` is done or failed."""

    conversation: UUID
    script: str
    step: str
    outcome: str
    staff: str
