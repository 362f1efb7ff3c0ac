"""A large hospital's calendars at the doors of the real server: slots cut, times found, visits booked.

A million slots of 200 practitioners at 50 places, two thirds of the next two weeks taken, one specialty with nothing
for five months. Searches go one after the other, alone and while visits are booked at a given rate; then as many
visits as go, by so many at once. The database's commits are durable; the askers share the machine with both.
"""

import argparse
import asyncio
import contextlib
import itertools
import json
import random
import statistics
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg

from sportello.kit.database.embedded import EmbeddedPostgres
from sportello.scheduling.planning import generate_slots
from tests.launching.running import Running
from tests.live import clinic, stage
from tests.live.asking import Caller

PRACTITIONERS, PLACES, PER_DAY = 200, 50, 24
TODAY = datetime.now(UTC).date()
Search = Callable[[], Awaitable[int]]
# What a running hospital has already: visits with their claims, written as booking writes them.
_TAKEN = """
with taken as (
    select gen_random_uuid() as a, s.*, c.specialty, c.services from scheduling.slot s
    join scheduling.schedule c on c.id = s.schedule
    where s.starts < now() + interval '14 days' and s.id % 3 <> 0
       or c.specialty = 's9' and s.starts < now() + interval '150 days'
), visits as (
    insert into scheduling.appointment (id, status, patient, practitioner, specialty, service, location, channel, slot,
        starts, ends, reason, created_by, created_at, changed_at)
    select a, 'booked', 'x' || id, practitioner, specialty, services[1], location, 'in_person', id, starts, ends,
        'Visita', 'bench', now(), now() from taken returning id
), claims as (
    insert into scheduling.claim (actor, during, appointment)
    select x.actor, tstzrange(starts, ends), a from taken join visits v on v.id = a,
        lateral (values ('practitioner:' || practitioner), ('patient:x' || taken.id)) x (actor) returning id
)
update scheduling.slot set status = 'busy' where id in (select id from taken) and (select count(*) from claims) > 0
"""


def rows(arguments: list[str]) -> list[dict[str, object]]:
    """One row for every figure: milliseconds of a search, or so many a second."""
    options = argparse.ArgumentParser(prog="bin/bench scheduling")
    options.add_argument("--slots", type=int, default=1_000_000)
    options.add_argument("--rate", type=float, default=20.0, help="bookings a second beside the searches")
    options.add_argument("--rounds", type=int, default=300, help="searches of every kind")
    options.add_argument("--seconds", type=float, default=10.0, help="of bookings as fast as they go")
    options.add_argument("--at-once", type=int, default=16)
    asked = options.parse_args(arguments)
    with clinic.database() as database:
        made, way = asyncio.run(_filled(database, asked.slots))
        with _served(database) as server:
            return made + asyncio.run(_measured(database, server, way, asked))


async def _filled(database: EmbeddedPostgres, slots: int) -> tuple[list[dict[str, object]], dict[str, Any]]:
    """Cuts the slots from templates, by the code that does so every day."""
    weeks = max(2, -(-slots // (PRACTITIONERS * PER_DAY * 7)))
    async with clinic.house_on(database.dsn, database.data / "house") as house:
        await clinic.furnished(house, clinic.offer(PRACTITIONERS, PLACES), 2000)
        began = time.perf_counter()
        async with house.db.transaction() as tx:
            added = await generate_slots(tx, clinic.first_day(house), weeks)
        spent = time.perf_counter() - began
        way = {"token": await clinic.system_token(house), "agent": await clinic.agents_way(house)}
    with psycopg.connect(database.dsn, autocommit=True) as connection:
        connection.execute(_TAKEN)
        connection.execute("vacuum analyze")
    free = clinic.told(database.dsn, "select count(*) filter (where status = 'free') from scheduling.slot")[0][0]
    what = f"slots cut from {PRACTITIONERS * 2} templates ({added:,}; {free:,} are free then)"
    return [{"what": what, "per_s": round(added / spent)}], way


@contextlib.contextmanager
def _served(database: EmbeddedPostgres) -> Iterator[Running]:
    server = Running(
        database.data / "server", command="serve", environment={"SPORTELLO_DATABASE_URL": database.dsn}
    )  # fmt: skip
    try:
        yield server
    finally:
        server.stop()


async def _measured(
    database: EmbeddedPostgres, server: Running, way: dict[str, Any], asked: argparse.Namespace
) -> list[dict[str, object]]:
    found = [{"what": "the day's look at every template, 400 of them", "s": await _looked_over(database.dsn)}]
    url, cost = server.url, Cost(server, database)
    bearer = {"Authorization": f"Bearer {way['token']}"}
    searches = _fhir(Caller(url, **bearer)) | await _wizard(Caller(url, **way["agent"]))
    offers = _offers(database.dsn)
    for name, search in searches.items():
        found.append({"what": name, **await _timed(search, asked.rounds, cost)})
    clerk = Booker(url, bearer, offers)
    busy = asyncio.create_task(clerk.at_rate(asked.rate))
    for name, search in searches.items():
        found.append({"what": f"{name}, under {asked.rate:g} bookings/s", **await _timed(search, asked.rounds, cost)})
    busy.cancel()
    await asyncio.gather(busy, return_exceptions=True)
    found.append({"what": f"a booking, at {asked.rate:g}/s", "per_s": clerk.rate, **_spread(clerk.spent)})
    cost.begin()
    crowd = [Booker(url, bearer, offers) for _ in range(asked.at_once)]
    began = time.perf_counter()
    await asyncio.gather(*(one.for_seconds(asked.seconds) for one in crowd))
    spent = time.perf_counter() - began
    done = [one for booker in crowd for one in booker.spent]
    found.append(
        {
            "what": f"bookings, {asked.at_once} at once",
            "per_s": round(len(done) / spent, 1),
            **_spread(done),
            **cost.each(len(done)),
        }
    )
    wrong = clinic.contradictions(database.dsn)
    assert not wrong, wrong
    return found


async def _looked_over(dsn: str) -> float:
    """Seconds until the new server has compared all templates with what is cut, as it does every day."""
    began = time.perf_counter()
    waiting = "select count(*) from kit.job where name ~ '^scheduling' and run_at <= now()"
    while clinic.told(dsn, waiting)[0][0]:
        await asyncio.sleep(0.2)
    return round(time.perf_counter() - began, 1)


def _fhir(caller: Caller) -> dict[str, Search]:
    """What another system asks."""
    soon, far = TODAY + timedelta(days=3), TODAY + timedelta(days=95)
    find = "/fhir/R4/Appointment/$find?_count=50&visit-type="
    asks = {
        "$find: one practitioner": f"{find}v3&practitioner=p3",
        "$find: a specialty at one place": f"{find}v3&specialty=s3&location-reference=Location/l3",
        "$find: a specialty anywhere": f"{find}v3&specialty=s3",
        "$find: a specialty, in three months": f"{find}v3&specialty=s3&start={far}",
        "$find: nothing for five months": f"{find}v9&specialty=s9",
        "Slot: a schedule's free ones of a week": "/fhir/R4/Slot?schedule=Schedule/c3-0&status=free"
        f"&start=ge{soon}&start=lt{soon + timedelta(days=7)}&_sort=start",
    }

    async def ask(path: str) -> int:
        status, told = await caller.ask(path)
        assert status == 200, told[:500]
        return len(told)

    return {name: lambda path=path: ask(path) for name, path in asks.items()}  # type: ignore[misc]


async def _wizard(caller: Caller) -> dict[str, Search]:
    """What an agent's screen asks: the wizard's step with the free times, drawn."""
    form = "application/x-www-form-urlencoded"
    status, told = await caller.ask("/desk/scheduling/wizard", "POST", b"patient=k0", form)
    assert status == 200, told[:500]
    draft = told.split(b'data-wizard="')[1].split(b'"')[0].decode()
    for step, said in (("who", "who=specialty:s3"), ("type", "type=v3|in_person"), ("place", "place=any")):
        status, told = await caller.ask(f"/desk/scheduling/wizard/{draft}/{step}", "POST", said.encode(), form)
        assert status == 200, told[-3000:]

    async def ask(said: str) -> int:
        status, told = await caller.ask(f"/desk/scheduling/wizard/{draft}/time", "POST", said.encode(), form)
        assert status == 200, told[:500]
        return len(told)

    day = TODAY + timedelta(days=20)
    asks = {"wizard: a specialty anywhere": f"action=search&day={day}&part=&weekday=",
            "wizard: afternoons": f"action=search&day={day}&part=afternoon&weekday=",
            "wizard: evenings (never any)": f"action=search&day={day}&part=evening&weekday="}  # fmt: skip
    return {name: lambda said=said: ask(said) for name, said in asks.items()}  # type: ignore[misc]


def _offers(dsn: str) -> Iterator[tuple[int, str]]:
    """Free slots with a service, no two at one time of the same practitioner, in an order without order."""
    free = clinic.told(
        dsn,
        "select s.id, c.services[1] from scheduling.slot s join scheduling.schedule c on c.id = s.schedule"
        " where s.status = 'free' and s.starts < now() + interval '60 days'",
    )
    random.Random(7).shuffle(free)
    return iter(free)


class Cost:
    """What the server's and the database's processes work, which other work on the machine hardly changes."""

    def __init__(self, server: Running, database: EmbeddedPostgres) -> None:
        assert database.pid is not None
        self.server, self.database = server.process.pid, database.pid

    def begin(self) -> None:
        self.before = self._now()

    def each(self, number: int) -> dict[str, object]:
        """CPU milliseconds since `begin` for each of so many."""
        spent = [1000 * (now - before) / max(1, number) for now, before in zip(self._now(), self.before, strict=True)]
        return {"server_cpu_ms": round(spent[0], 1), "database_cpu_ms": round(spent[1], 1)}

    def _now(self) -> tuple[float, float]:
        return stage.seconds_of(self.server), stage.seconds_of_family(self.database)


class Booker:
    """Books free times for one patient after the other."""

    patients = itertools.count(1)

    def __init__(self, url: str, bearer: dict[str, str], offers: Iterator[tuple[int, str]]) -> None:
        self.url, self.bearer, self.offers = url, bearer, offers
        self.callers: list[Caller] = []
        self.spent: list[float] = []
        self.began = time.perf_counter()

    async def at_rate(self, rate: float) -> None:
        """A booking every so often, whether or not the last one is done."""
        async with asyncio.TaskGroup() as tasks:
            for number in itertools.count():
                tasks.create_task(self.book())
                await asyncio.sleep(max(0.0, self.began + (number + 1) / rate - time.perf_counter()))

    async def for_seconds(self, seconds: float) -> None:
        while time.perf_counter() - self.began < seconds:
            await self.book()

    async def book(self) -> None:
        slot, service = next(self.offers)
        body = clinic.wanted(slot, service, f"k{next(Booker.patients) % 2000}")
        caller = self.callers.pop() if self.callers else Caller(self.url, **self.bearer)
        began = time.perf_counter()
        status, told = await caller.post("/fhir/R4/Appointment/$book", body)
        self.spent.append(time.perf_counter() - began)
        self.callers.append(caller)
        assert status == 201 or "another visit" in json.dumps(told), told

    @property
    def rate(self) -> float:
        return round(len(self.spent) / (time.perf_counter() - self.began), 1)


async def _timed(search: Search, rounds: int, cost: Cost) -> dict[str, object]:
    spent: list[float] = []
    for number in range(rounds + 20):
        if number == 20:
            cost.begin()
        began = time.perf_counter()
        length = await search()
        if number >= 20:
            spent.append(time.perf_counter() - began)
    return {**_spread(spent), **cost.each(rounds), "bytes": length}


def _spread(spent: list[float]) -> dict[str, object]:
    told = sorted(one * 1000 for one in spent)
    return {"p50_ms": round(statistics.median(told), 2), "p99_ms": round(told[int(len(told) * 0.99)], 2)}
