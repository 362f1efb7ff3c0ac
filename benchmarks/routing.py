"""Routing: 1,000 agents, 5,000 who wait, 40 skills; how many are assigned a second, how late, at what cost.

First everybody waits and every agent has room: how long until all places are full. Then 5,000 wait in front of full
agents, places become free at given rates, and somebody new comes for each: how long from the commit that frees a place
to the commit of the offer that fills it. An assignment is the whole offer: state, offer, promised end, both streams.
One process assigns; commits are durable; its CPU,
with the players', is by assignment. Freed places and newcomers are written by plain statements of a second
client, whose cost is in the database's CPU.
"""

import argparse
import asyncio
import os
import random
import shutil
import statistics
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
from msgspec.structs import replace

from sportello.administration.actor import SYSTEM
from sportello.app import ROOMS, furnish, open_house
from sportello.kit.database.embedded import EmbeddedPostgres
from sportello.kit.database.migrating import migrate
from sportello.kit.house import House
from sportello.kit.ids import uuid7
from sportello.kit.settings import Clinic, DatabaseSettings, Settings
from sportello.routing import assigning, planning
from sportello.routing.events import OfferMade
from sportello.routing.plan.parts import FIRST_PLAN, Member, Plan, Queue, Skill
from sportello.routing.plan.words import Method, Text

QUEUES = 10
_COME = """
with come as (
    insert into conversations.conversation (id, state, visitor_name, language, channel, created_at, state_since,
        queue, queued_at)
    select i, 'queued', 'Visitor', 'it', 'chat', now(), now(), q, now() from unnest($1::uuid[], $2::text[]) r (i, q)
    returning id
), heard as (
    insert into conversations.activity (conversation, last_at) select id, now() from come
)
insert into routing.placement (conversation, queue, channel, needs, since, waiting)
select i, q, 'chat', s, clock_timestamp(), true from unnest($1::uuid[], $2::text[], $3::text[]) r (i, q, s)
"""
_FREE = """
with over as (
    update routing.offer set outcome = 'accepted', ended_at = now() where id = $1 returning conversation
), promised as (
    delete from kit.job where dedupe_key = 'routing.offer:' || $1
)
update conversations.conversation c set state = 'closed', closed_at = now() from over where c.id = over.conversation
"""


def rows(arguments: list[str]) -> list[dict[str, object]]:
    """One row for the rush, one for every rate."""
    options = argparse.ArgumentParser(prog="bin/bench routing")
    options.add_argument("--agents", type=int, default=1000)
    options.add_argument("--waiting", type=int, default=5000)
    options.add_argument("--skills", type=int, default=40)
    options.add_argument("--rates", default="100,400,1000", help="places that become free a second, in turn")
    options.add_argument("--seconds", type=float, default=5.0, help="of every rate")
    asked = options.parse_args(arguments)
    data = Path(tempfile.mkdtemp(prefix="sportello-bench-"))
    data.chmod(0o711)
    database = EmbeddedPostgres(data)
    database.start()
    try:
        migrate(database.dsn)
        return asyncio.run(_measure(database, data, asked))
    finally:
        database.stop()
        shutil.rmtree(data, ignore_errors=True)


class Floor:
    """The invented hospital's floor, and what happened on it."""

    def __init__(self, house: House, other: "asyncpg.Connection[Any]", skills: int) -> None:
        self.house, self.other = house, other
        self.dice = random.Random(7)
        self.skills = [f"s{n}" for n in range(skills)]
        self.offers: dict[UUID, list[UUID]] = {}
        self.freed: dict[UUID, list[float]] = {}
        self.late: list[float] = []
        house.news.subscribe(OfferMade, self.made)

    async def made(self, _house: House, tx: Any, event: OfferMade) -> None:
        tx.after_commit(lambda: self.done(event))

    def done(self, event: OfferMade) -> None:
        self.offers.setdefault(event.agent, []).append(event.offer)
        if waits := self.freed.get(event.agent):
            self.late.append((time.perf_counter() - waits.pop(0)) * 1000)

    async def come(self, number: int) -> None:
        """So many come to wait; each wants one skill of the forty, as agents have it."""
        places = [self.dice.randrange(len(self.skills)) for _ in range(number)]
        await self.other.execute(
            _COME, [uuid7() for _ in places], [f"q{n % QUEUES}" for n in places], [f"s{n}:1" for n in places]
        )

    async def free(self, agent: UUID) -> None:
        """One of an agent's places becomes free, and somebody comes."""
        offer = self.offers[agent].pop(0)
        async with self.other.transaction():
            await self.other.execute(_FREE, offer)
            await self.come(1)
        self.freed.setdefault(agent, []).append(time.perf_counter())
        self.house.port(assigning.Assigner).wake()


def _plan(asked: Any) -> Plan:
    name = Text("Nome", "Name")
    methods = list(Method)
    members = tuple(
        Member(f"agent{n}", tuple(f"q{q}" for q in range(QUEUES)), {f"s{(n + step) % asked.skills}": 3 for step in
               (0, 7, 19, 31)}, units=5) for n in range(1, asked.agents + 1)
    )  # fmt: skip
    return replace(
        FIRST_PLAN,
        workstreams=(replace(FIRST_PLAN.workstreams[0], fallback="q0"),),
        queues=tuple(
            Queue(f"q{n}", name, priority=n % 3, method=methods[n % 3], offer_seconds=600) for n in range(QUEUES)
        ),
        skills=tuple(Skill(f"s{n}", name) for n in range(asked.skills)),
        members=members,
    )


@asynccontextmanager
async def _floor(database: EmbeddedPostgres, data: Path, asked: Any) -> AsyncIterator[tuple[Floor, list[UUID]]]:
    settings = Settings(clinic=Clinic(name="San Luca"), database=DatabaseSettings(url=database.dsn), data=data)
    rooms = ROOMS[: ROOMS.index("routing") + 1]
    other = await asyncpg.connect(database.dsn)
    staff = [uuid7() for _ in range(asked.agents)]
    await other.execute(
        """insert into administration.staff (id, login, name, email, role, language, password_hash, active)
        select i, 'agent' || n, 'Agent ' || n, '', 'agent', 'it', '', true
        from unnest($1::uuid[]) with ordinality r (i, n)""",
        staff,
    )
    house = furnish(settings, rooms)
    try:
        async with open_house(house, rooms):
            await house.db.run(lambda tx: planning.publish(house, tx, SYSTEM, _plan(asked), based_on=0, note="bench"))
            floor = Floor(house, other, asked.skills)
            await floor.come(asked.waiting)
            await other.execute("analyze")
            yield floor, staff
    finally:
        await other.close()


async def _measure(database: EmbeddedPostgres, data: Path, asked: Any) -> list[dict[str, object]]:
    async with _floor(database, data, asked) as (floor, staff):
        found = [await _rush(database, floor, staff)]
        await floor.come(asked.waiting)
        return found + [await _steady(database, floor, float(rate), asked.seconds) for rate in asked.rates.split(",")]


async def _rush(database: EmbeddedPostgres, floor: Floor, staff: list[UUID]) -> dict[str, object]:
    """Everybody arrives at their desks at once."""
    process = uuid7()
    async with floor.other.transaction():
        await floor.other.execute(
            "insert into routing.process (id, beat_at) values ($1, now() + interval '1 day')", process
        )
        await floor.other.execute(
            "insert into routing.line (staff, process) select s, $2 from unnest($1::uuid[]) s", staff, process
        )
        await floor.other.execute(
            """insert into routing.presence (staff, presence, cause, since, ready_at, idle_since)
            select s, 'available', 'self', now(), now(), now() from unnest($1::uuid[]) s""",
            staff,
        )
    blocks: list[float] = []
    cpu, own, began = _cpu(database), time.process_time(), time.perf_counter()
    while True:
        start = time.perf_counter()
        made = await floor.house.db.run(lambda tx: assigning.offer_block(floor.house, tx))
        blocks.append((time.perf_counter() - start) * 1000)
        if len(made) < assigning.AT_ONCE:
            break
    took = time.perf_counter() - began
    number = sum(len(one) for one in floor.offers.values())
    return {
        "what": "everybody at once", "assigned": number, "per second": number / took,
        "p50 ms": statistics.median(blocks), "p99 ms": _quantile(blocks, 0.99),
        "database CPU": (_cpu(database) - cpu) / took, "ms of CPU each": (time.process_time() - own) * 1000 / number,
        "of what": "a transaction of up to 100",
    }  # fmt: skip


async def _steady(database: EmbeddedPostgres, floor: Floor, rate: float, seconds: float) -> dict[str, object]:
    """Places become free one by one."""
    floor.late, floor.freed = [], {}
    cpu, own, began = _cpu(database), time.process_time(), time.perf_counter()
    number = 0
    while (now := time.perf_counter() - began) < seconds:
        if number < now * rate:
            busy = [agent for agent in floor.dice.sample(list(floor.offers), 20) if floor.offers[agent]]
            await floor.free(busy[0])
            number += 1
        else:
            await asyncio.sleep(0.001)
    took = time.perf_counter() - began
    within = len(floor.late)
    cost, own = (_cpu(database) - cpu) / took, (time.process_time() - own) * 1000 / number
    for _ in range(200):
        if len(floor.late) >= number:
            break
        await asyncio.sleep(0.02)
    return {
        "what": f"{rate:.0f} places a second", "assigned": len(floor.late), "per second": within / took,
        "p50 ms": statistics.median(floor.late), "p99 ms": _quantile(floor.late, 0.99), "database CPU": cost,
        "ms of CPU each": own,
        "of what": f"place free to offer made; {number / took:.0f} freed a second",
    }  # fmt: skip


def _quantile(values: list[float], part: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]


def _cpu(database: EmbeddedPostgres) -> float:
    """Seconds of CPU that the server and its living backends have used."""
    total = 0.0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(folder.name) == database.pid or int(fields[1]) == database.pid:
            total += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return total
