"""What the record announces, in the transaction of the fact itself."""

from uuid import UUID

from msgspec import Struct


class PatientsMerged(Struct, frozen=True):
    """Two records were one person's: whatever a room keeps of `former` is the survivor's from now on.

    A room writes down by `moving.note` what it moved, so that it can give it back.
    """

    merge: UUID
    survivor: str
    former: str


class MergeUndone(Struct, frozen=True):
    """They were two people after all: what a room moved for this merge goes back, unless it was changed since."""

    merge: UUID
    survivor: str
    former: str
