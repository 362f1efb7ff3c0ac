"""What an operation is asked with, and how what goes wrong becomes a way of the scenario."""

from collections.abc import Awaitable, Callable, Mapping
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec import Struct

from sportello.administration.actor import Actor
from sportello.bots.state import Outcome
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.ids import as_uuid
from sportello.scheduling.booking import PatientBusy
from sportello.scheduling.booking_port import NotReached
from sportello.scheduling.codes import Channel
from sportello.scheduling.moving import CannotMove
from sportello.scheduling.prerequisites import NotYet
from sportello.scheduling.seats import SlotTaken
from sportello.scheduling.self_booking import TooLate
from sportello.scheduling.store.slots import Wanted
from sportello.scheduling.waiting import ALREADY, NOT_THIS, CannotWait


class Asked(Struct, frozen=True):
    """A call with everything that it needs; `values` are what the talk remembers."""

    house: House
    tx: Transaction
    conversation: UUID
    patient: Actor
    values: Mapping[str, str]

    @property
    def zone(self) -> ZoneInfo:
        return self.house.settings.clinic.tz

    @property
    def owner(self) -> str:
        """By which the time that is kept for this talk is known."""
        return f"conversation:{self.conversation}"

    @property
    def visit(self) -> UUID:
        """The chosen visit; CannotMove when none is."""
        known = as_uuid(self.values.get("appointment", ""))
        if known is None:
            raise CannotMove("none chosen")
        return known

    @property
    def slot(self) -> int:
        """The chosen time; SlotTaken when none is."""
        number = self.values.get("time", "").removeprefix("slot-")
        if not (number.isascii() and number.isdigit() and len(number) < 16):
            raise SlotTaken(None)
        return int(number)

    @property
    def wish(self) -> UUID:
        """The chosen wish of the waiting list; CannotWait when none is."""
        return _known(self.values.get("wish_chosen", ""))

    @property
    def offer(self) -> UUID:
        """The offer that was told; CannotWait when none was."""
        return _known(self.values.get("offer", ""))

    @property
    def kind(self) -> tuple[Wanted, Channel]:
        """The chosen type of appointment and its channel; CannotMove when none is."""
        service, _, channel = self.values.get("kind", "").rpartition("/")
        if not service or channel not in {one.value for one in Channel}:
            raise CannotMove("none chosen")
        return Wanted(service), Channel(channel)


def _known(text: str) -> UUID:
    known = as_uuid(text)
    if known is None:
        raise CannotWait(NOT_THIS)
    return known


Answer = Callable[[Asked], Awaitable[Outcome]]


def plainly(answer: Answer) -> Answer:
    """What can go wrong as ways of a scenario; the transaction goes on as if nothing had been tried."""

    async def answered(asked: Asked) -> Outcome:
        try:
            async with asked.tx.connection.transaction():
                return await answer(asked)
        except SlotTaken:
            return Outcome("taken")
        except PatientBusy:
            return Outcome("busy")
        except TooLate:
            return Outcome("late")
        except CannotWait as refusal:
            return Outcome("already" if str(refusal) == ALREADY else "gone")
        except (CannotMove, NotYet, NotReached):
            return Outcome("gone")

    return answered
