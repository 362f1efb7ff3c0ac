"""Days on which clocks change, the year ends, or leaps: no time shifts, none is there twice, none is lost."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from sportello.administration.actor import SYSTEM
from sportello.app import furnish
from sportello.kit.clock import FixedClock
from sportello.kit.house import House
from sportello.kit.settings import Settings
from sportello.scheduling.calendar import Hours, WeeklyTemplate
from sportello.scheduling.calendar_view import Asked, shown
from sportello.scheduling.generating import instant, slots_of
from sportello.scheduling.loading import load_calendar
from sportello.scheduling.moving import Move, move
from sportello.scheduling.planning import replan
from sportello.scheduling.searching import times
from sportello.scheduling.store import schedules
from sportello.scheduling.store.slots import Wanted
from sportello.scheduling.tests.conftest import san_luca
from sportello.scheduling.tests.test_booking import booked

ROME, LORD_HOWE = ZoneInfo("Europe/Rome"), ZoneInfo("Australia/Lord_Howe")
# Rome skips 02:00-03:00 and repeats it; Lord Howe skips 02:00-02:30 and repeats 01:30-02:00.
SPECIAL = [
    (ROME, date(2026, 10, 25)), (ROME, date(2027, 3, 28)), (LORD_HOWE, date(2026, 10, 4)),
    (LORD_HOWE, date(2027, 4, 4)), (ROME, date(2026, 12, 31)), (ROME, date(2027, 1, 1)), (ROME, date(2028, 2, 29)),
]  # fmt: skip
DAYS = pytest.mark.parametrize(("zone", "day"), SPECIAL, ids=lambda one: str(one))
ALWAYS = tuple(Hours(day, time(0), time(23, 30)) for day in range(7))
QUARTERS = st.lists(st.integers(0, 95), min_size=2, max_size=2, unique=True).map(sorted)


@given(where=st.sampled_from(SPECIAL), edges=QUARTERS, minutes=st.sampled_from([10, 15, 20, 30, 45, 60]),
       around=st.sampled_from([(0, 0), (5, 10)]))  # fmt: skip
@example(where=SPECIAL[1], edges=[8, 10], minutes=30, around=(0, 0))
@example(where=SPECIAL[1], edges=[4, 10], minutes=30, around=(0, 0))
@example(where=SPECIAL[2], edges=[7, 9], minutes=15, around=(0, 0))
@example(where=SPECIAL[0], edges=[9, 12], minutes=10, around=(5, 10))
def test_a_period_makes_what_fits_between_its_wall_times(
    where: tuple[ZoneInfo, date], edges: list[int], minutes: int, around: tuple[int, int]
) -> None:
    zone, day = where
    begins, ends = (time(*divmod(edge * 15, 60)) for edge in edges)
    template = WeeklyTemplate(
        "t", "r", minutes, (Hours(day.weekday(), begins, ends),), before=around[0], after=around[1]
    )
    cut = list(slots_of(template, zone, [day]))
    step = timedelta(minutes=minutes + sum(around))
    opens, closes = instant(day, begins, zone), instant(day, ends, zone)
    assert len(cut) == max(timedelta(), closes - opens) // step
    assert all(right[0] - left[0] == step for left, right in pairwise(cut))
    for starts, until in cut:
        assert opens <= starts < until <= closes
        # On the wall, each stands within the period: nothing spills over an hour that was skipped.
        last = until - timedelta(minutes=1)  # an end that is skipped is the moment of the change
        for wall in (at.astimezone(zone) for at in (starts, last)):
            # The hour that comes twice comes the second time with a wall time before the opening within it.
            assert begins <= wall.time() <= ends or wall.fold
            assert wall.date() == day


@DAYS
def test_parts_of_a_day_together_are_the_day(zone: ZoneInfo, day: date) -> None:
    """However a day is parted into periods, the same minutes are offered."""
    whole = Hours(day.weekday(), time(0), time(23, 45))
    edges = [time(*divmod(quarter * 15, 60)) for quarter in range(96)]
    parts = tuple(Hours(day.weekday(), left, right) for left, right in pairwise(edges))
    one = list(slots_of(WeeklyTemplate("t", "r", 15, (whole,)), zone, [day]))
    many = list(slots_of(WeeklyTemplate("t", "r", 15, parts), zone, [day]))
    assert many == one
    assert len({starts for starts, _ in one}) == len(one)


def test_a_wall_time_that_is_skipped_means_the_moment_of_the_change() -> None:
    for minute in range(60):
        assert instant(date(2027, 3, 28), time(2, minute), ROME) == datetime(2027, 3, 28, 1, tzinfo=UTC)
    for minute in range(30):
        assert instant(date(2026, 10, 4), time(2, minute), LORD_HOWE) == datetime(2026, 10, 3, 15, 30, tzinfo=UTC)


class Clinic:
    """A clinic in a zone around a day, with one calendar that never closes."""

    def __init__(self, house: House, zone: ZoneInfo, day: date) -> None:
        self.house, self.zone, self.day = house, zone, day
        self.template = WeeklyTemplate("night", "bassi-centro", 30, ALWAYS, weeks_ahead=1)

    @property
    def expected(self) -> list[datetime]:
        around = [self.day + timedelta(days=number) for number in (-1, 0, 1)]
        return [starts for starts, _ in slots_of(self.template, self.zone, around)]

    async def cut(self) -> list[datetime]:
        rows = await self.house.db.fetch(
            "select starts from scheduling.slot where schedule = 'night' and status <> 'entered-in-error'"
            " and starts >= $1 and starts < $2 order by starts", self.since, self.until,
        )  # fmt: skip
        return [row["starts"] for row in rows]

    @property
    def since(self) -> datetime:
        return instant(self.day - timedelta(days=1), time(), self.zone)

    @property
    def until(self) -> datetime:
        return instant(self.day + timedelta(days=2), time(), self.zone)


@pytest.fixture(params=SPECIAL, ids=lambda one: f"{one[0].key}-{one[1]}")
async def clinic(request: pytest.FixtureRequest, settings: Settings, rooms: tuple[str, ...]) -> AsyncIterator[Clinic]:
    zone, day = request.param
    clock = FixedClock(instant(day - timedelta(days=2), time(12), zone))
    settings = replace(settings, clinic=replace(settings.clinic, zone=zone.key))
    house = furnish(settings, rooms, clock)
    await house.db.open()
    await house.streams.start(house)
    made = Clinic(house, zone, day)
    offer = san_luca()
    places = tuple(replace(one, zone=zone.key) for one in offer.locations)
    async with house.db.transaction() as tx:
        await load_calendar(tx, replace(offer, locations=places, templates=(made.template,)))
        await replan(tx, "night", clock.now())
    yield made
    await house.tasks.stop()
    await house.streams.stop()
    await house.db.close()


def on(clinic: Clinic, day: date) -> list[datetime]:
    """What the template has on a day of the wall."""
    return [at for at in clinic.expected if at.astimezone(clinic.zone).date() == day]


async def test_what_is_cut_is_found_once(clinic: Clinic) -> None:
    house, zone = clinic.house, clinic.zone
    assert await clinic.cut() == clinic.expected
    async with house.db.transaction() as tx:
        for number in (-1, 0, 1):
            day, parts = clinic.day + timedelta(days=number), []
            told = await times(tx, Wanted("ecg"), day, "", house.clock.now(), zone)
            assert (told.days[0].date, [slot.starts for slot in told.days[0].slots]) == (day, on(clinic, day))
            for part in ("morning", "afternoon", "evening"):
                told = await times(tx, Wanted("ecg"), day, part, house.clock.now(), zone)
                parts += [slot.starts for slot in told.days[0].slots]
            assert parts == on(clinic, day), "the parts of a day together are the day"


async def test_what_is_cut_is_shown_once(clinic: Clinic) -> None:
    async with clinic.house.db.transaction() as tx:
        for view in ("day", "week"):
            context = await shown(clinic.house, tx, SYSTEM, Asked(clinic.day, view, "bassi"))
            cells = [cell for row in context["table"].rows for cell in row.cells if cell.slot]
            assert all(cell.rows > 0 for cell in cells)
            there = sorted(cell.slot.starts for cell in cells)
            assert len(set(there)) == len(there)
            assert [at for at in there if at.astimezone(clinic.zone).date() == clinic.day] == on(clinic, clinic.day)


async def test_a_change_and_back_cuts_the_same_and_keeps_who_is_booked(clinic: Clinic) -> None:
    house, here = clinic.house, on(clinic, clinic.day)
    by_start = {
        row["starts"]: row["id"]
        for row in await house.db.fetch("select id, starts from scheduling.slot where schedule = 'night'")
    }
    # Every half hour of the night on which clocks change is somebody's, and somebody else's when it comes twice.
    for number, at in enumerate(here[:8]):
        await booked(house, SYSTEM, by_start[at], f"p{number}", wanted=Wanted("ecg"))
    first = await house.db.fetchval("select id from scheduling.appointment where starts = $1", here[0])
    await house.db.run(lambda tx: move(house, tx, SYSTEM, Move(first, by_start[here[9]])))
    role = san_luca().roles[0]
    for template in (replace(clinic.template, minutes=45), replace(clinic.template, hours=()), clinic.template):
        async with house.db.transaction() as tx:
            await schedules.put(tx, [(template, role)])
            await replan(tx, "night", house.clock.now())
    assert await clinic.cut() == clinic.expected
    rows = await house.db.fetch("select starts, orphan from scheduling.slot where status = 'busy' order by starts")
    assert [(row["starts"], row["orphan"]) for row in rows] == [(at, False) for at in [*here[1:8], here[9]]]
    rows = await house.db.fetch("select a.starts from scheduling.appointment a order by a.starts")
    assert [row["starts"] for row in rows] == [*here[1:8], here[9]]
