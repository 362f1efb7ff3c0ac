"""A calendar as a grid: who has which time on a day or in a week, for people who read it at a glance.

Pure: slots and visits in, columns and rows out. A row begins wherever something begins or ends, so that a cell stands
over as many rows as it lasts; columns whose times overlap (a kept one beside a new template) are parted into lanes.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from sportello.scheduling.appointments import Appointment
from sportello.scheduling.store.slots import Slot


class Cell(Struct, frozen=True):
    """A slot with who has it, over `rows` rows; without a slot, time in which nothing is offered."""

    rows: int
    slot: Slot | None = None
    visits: tuple[Appointment, ...] = ()

    @property
    def seats_left(self) -> int:
        """How many more could come."""
        return max(0, self.slot.seats - len(self.visits)) if self.slot else 0


class Column(Struct, frozen=True):
    """One calendar's times; `lanes` is how many columns of the table it takes."""

    key: str
    title: str
    second: str
    slots: tuple[Slot, ...]
    lanes: int = 1


class Row(Struct, frozen=True):
    """A line of the table: the cells that begin in it."""

    at: datetime
    cells: tuple[Cell, ...]


class Grid(Struct, frozen=True):
    """The whole table."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]


Standing = Callable[[Slot], tuple[datetime, datetime]]


def own_time(slot: Slot) -> tuple[datetime, datetime]:
    """Where a slot stands in a day's table: at its time."""
    return slot.starts, slot.ends


def lanes_of(slots: Iterable[Slot], standing: Standing = own_time) -> list[list[Slot]]:
    """Slots parted so that within a lane nothing overlaps; in each lane by time."""
    lanes: list[list[Slot]] = []
    for slot in sorted(slots, key=standing):
        lane = next((lane for lane in lanes if standing(lane[-1])[1] <= standing(slot)[0]), None)
        if lane is None:
            lanes.append(lane := [])
        lane.append(slot)
    return lanes or [[]]


def grid(columns: Sequence[Column], visits: Mapping[int, Sequence[Appointment]], standing: Standing = own_time) -> Grid:
    """The table of these columns; no rows when none has a slot."""
    marks = sorted({at for column in columns for slot in column.slots for at in standing(slot)})
    number = {at: index for index, at in enumerate(marks)}
    beginning: list[list[Cell]] = [[] for _ in marks[:-1]]
    parted = []
    for column in columns:
        lanes = lanes_of(column.slots, standing)
        parted.append(Column(column.key, column.title, column.second, column.slots, len(lanes)))
        for lane in lanes:
            row = 0
            for slot in lane:
                first, last = (number[at] for at in standing(slot))
                if first > row:
                    beginning[row].append(Cell(first - row))
                beginning[first].append(Cell(last - first, slot, tuple(visits.get(slot.id, ()))))
                row = last
            if row < len(beginning):
                beginning[row].append(Cell(len(beginning) - row))
    return Grid(tuple(parted), tuple(Row(at, tuple(cells)) for at, cells in zip(marks, beginning, strict=False)))
