"""The calendar's table: every slot once, over as many rows as it lasts, whatever overlaps."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from sportello.scheduling.agenda import Column, Grid, grid, lanes_of
from sportello.scheduling.codes import SlotStatus
from sportello.scheduling.store.slots import Slot

NINE = datetime(2026, 11, 24, 8, tzinfo=UTC)


def slot(number: int, begins: int, ends: int) -> Slot:
    starts, until = (NINE + timedelta(minutes=at) for at in (begins, ends))
    return Slot(number, "s", "p", "P", "l", "L", "T", starts, until, SlotStatus.FREE)


spans = st.lists(st.tuples(st.integers(0, 40), st.integers(1, 8)), max_size=12)


def widths(table: Grid) -> set[int]:
    """How many columns each row really has, cells that reach down into it counted."""
    lanes = sum(column.lanes for column in table.columns)
    filled = [0] * len(table.rows)
    for number, row in enumerate(table.rows):
        for cell in row.cells:
            for below in range(cell.rows):
                filled[number + below] += 1
    return set(filled) or {lanes}


@given(st.lists(spans, min_size=1, max_size=4))
def test_every_row_is_as_wide_as_the_head_and_no_slot_is_lost(columns: list[list[tuple[int, int]]]) -> None:
    numbered = iter(range(1, 1000))
    made = [
        Column(str(n), "", "", tuple(slot(next(numbered), begins * 5, (begins + long) * 5) for begins, long in found))
        for n, found in enumerate(columns)
    ]
    table = grid(made, {})
    shown = [cell.slot.id for row in table.rows for cell in row.cells if cell.slot]
    assert sorted(shown) == sorted(one.id for column in made for one in column.slots)
    assert widths(table) == {sum(column.lanes for column in table.columns)}


def test_what_overlaps_stands_side_by_side() -> None:
    assert [len(lane) for lane in lanes_of([slot(1, 0, 30), slot(2, 10, 20), slot(3, 30, 40)])] == [2, 1]
