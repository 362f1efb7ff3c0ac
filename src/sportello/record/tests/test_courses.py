"""Small charts beside vital signs: drawn from what came before, told in words, the same in light and dark."""

from datetime import UTC, datetime
from xml.etree import ElementTree

from sportello.kit.house import House
from sportello.record import reading
from sportello.record.courses import drawn
from sportello.record.measures import Measure
from sportello.record.sparkline import HEIGHT, WIDTH, sparkline
from sportello.record.tests.cast import GIULIA, PAOLO, admit, of, result

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def test_a_chart_stays_within_its_frame_and_says_what_it_shows() -> None:
    for numbers in ([1.0, 2.0, 3.0], [5.0, 5.0, 5.0], [-3.0, 1e9, 0.0]):
        drawing = ElementTree.fromstring(str(sparkline(numbers, 'Polso <"72">')))  # noqa: S314  our own drawing
        line = drawing.find("polyline")
        assert line is not None
        points = [tuple(map(float, one.split(","))) for one in line.attrib["points"].split()]
        assert len(points) == 3
        assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in points)
        assert drawing.attrib["aria-label"] == 'Polso <"72">'
        assert "style" not in drawing.attrib


def test_a_course_needs_three_values_and_only_looks_back() -> None:
    lines = [(Measure("Pulse", f"{n}", number=float(n)), Measure("Pain", "none")) for n in range(70, 74)]
    found = drawn(lines, "en")
    assert [one[0].course is not None for one in found] == [False, False, True, True]
    assert "Pulse, the last 3 values: 70, 71, 72" in str(found[2][0].course)
    assert found[3][1].course is None


async def test_the_timeline_draws_them(house: House) -> None:
    weights = [
        result(f"w{n}", "Weight", 60 + n, category="vital-signs", code="29463-7", unit="kg", at=f"2026-0{n}-02")
        for n in range(1, 5)
    ]
    pressure = of("Observation", "p", status="final", category=weights[0]["category"], effectiveDateTime="2026-01-02",
                  code=weights[0]["code"], valueString="n.d.")  # fmt: skip
    await admit(house, *weights, pressure)
    async with house.db.transaction() as tx:
        shown = await reading.timeline(house, tx, PAOLO, GIULIA)
    newest = shown.cards[0].groups[0].line[0]
    assert "61 kg, 62 kg, 63 kg, 64 kg" in str(newest.course)
    assert shown.cards[-1].groups[0].line[0].course is None
