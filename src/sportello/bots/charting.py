"""A picture of the days: for each a column of what went without a person, went to one, and still goes on."""

from collections.abc import Sequence
from datetime import date, timedelta

from msgspec import Struct

from sportello.bots.store.stays import Figures

WIDTH, HEIGHT, LEFT, BOTTOM = 720, 180, 36, 22
_PARTS = ("contained", "handed", "open")


class Bar(Struct, frozen=True):
    """A part of a column; `kind` is what it counts."""

    x: float
    y: float
    width: float
    height: float
    kind: str


class Tick(Struct, frozen=True):
    """A line across with its number, or a day below."""

    at: float
    text: str


class Chart(Struct, frozen=True):
    """In units of the picture, which is `WIDTH` by `HEIGHT`; one column may stand for several days."""

    bars: tuple[Bar, ...]
    lines: tuple[Tick, ...]
    days: tuple[Tick, ...]
    each: int
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    floor: int = HEIGHT - BOTTOM


def columns(days: Sequence[tuple[date, Figures]], begins: date, ends: date, most: int = 62) -> Chart:
    """Days in which nothing began are empty columns, so that a gap is seen; many days are put together."""
    span = (ends - begins).days + 1
    each = -(-span // most)
    count = -(-span // each)
    sums = [dict.fromkeys(_PARTS, 0) for _ in range(count)]
    for day, one in days:
        place = (day - begins).days // each
        if 0 <= place < count:
            for part in _PARTS:
                sums[place][part] += getattr(one, part)
    top = _round(max((sum(column.values()) for column in sums), default=0))
    room, tall = (WIDTH - LEFT) / count, HEIGHT - BOTTOM - 8
    bars = []
    for place, column in enumerate(sums):
        below = float(HEIGHT - BOTTOM)
        for part in _PARTS:
            if column[part]:
                height = tall * column[part] / top
                below -= height
                x, width = LEFT + room * place + room * 0.12, room * 0.76
                bars.append(Bar(round(x, 1), round(below, 1), round(width, 1), round(height, 1), part))
    lines = tuple(Tick(round(HEIGHT - BOTTOM - tall * part / 2, 1), f"{top * part // 2}") for part in (0, 1, 2))
    step = max(1, -(-count // 8))
    ticks = tuple(
        Tick(round(LEFT + room * (place + 0.5), 1), (begins + timedelta(days=place * each)).isoformat())
        for place in range(0, count, step)
    )
    return Chart(tuple(bars), lines, ticks, each)


def _round(most: int) -> int:
    """An even number at or above, such that half of it is whole."""
    step = 2
    while most > step * 10:
        step *= 5 if str(step)[0] == "2" else 2
    return max(step, -(-most // step) * step)
