"""What scheduling asks of the world: somewhere to meet for a virtual visit."""

from typing import Protocol

from sportello.kit.database import Transaction
from sportello.scheduling.appointments import Appointment


class MeetingLinks(Protocol):
    """Makes the address at which patient and practitioner meet.

    Called outside of any lock; it may be called again for the same appointment and should then answer the same
    address. Any exception means that there is no link yet.
    """

    async def make(self, tx: Transaction, appointment: Appointment) -> str: ...
