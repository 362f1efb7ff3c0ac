"""How each vital sign went: beside its value a small chart of the values before it on the same page."""

from collections import defaultdict
from collections.abc import Sequence

import msgspec

from sportello.kit.i18n import N_, translate
from sportello.record.measures import Measure
from sportello.record.sparkline import FEWEST, MOST, sparkline

TOLD = N_("%(name)s, the last %(number)s values: %(values)s")


def drawn(lines: Sequence[Sequence[Measure]], language: str) -> list[tuple[Measure, ...]]:
    """The lines of vital signs, oldest first, each value with its course where there are enough before it."""
    before: dict[str, list[Measure]] = defaultdict(list)
    found = []
    for line in lines:
        drawn_line = []
        for one in line:
            if one.number is None:
                drawn_line.append(one)
                continue
            known = before[one.name]
            known.append(one)
            known[:] = known[-MOST:]
            drawn_line.append(_with_course(one, known, language) if len(known) >= FEWEST else one)
        found.append(tuple(drawn_line))
    return found


def _with_course(one: Measure, known: Sequence[Measure], language: str) -> Measure:
    values = ", ".join(each.value for each in known)
    label = translate(language, TOLD, name=one.name, number=str(len(known)), values=values)
    numbers = [each.number for each in known if each.number is not None]
    return msgspec.structs.replace(one, course=sparkline(numbers, label))
