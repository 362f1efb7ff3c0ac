"""Many hands on a clinic's calendars over HTTP, and what has to be true of it afterwards."""

import asyncio
import contextlib
import random
import statistics
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

from sportello.kit.database.embedded import EmbeddedPostgres
from sportello.scheduling.planning import generate_slots
from tests.launching.running import Running, running
from tests.live import clinic
from tests.live.asking import Caller

SOON = 1.0  # seconds within which everybody must know


async def furnished(database: EmbeddedPostgres, weeks: int = 7) -> str:
    """A clinic of twelve practitioners who share four rooms and devices, some weeks of it; a token for it."""
    async with clinic.house_on(database.dsn, database.data / "house") as house:
        await clinic.furnished(house, clinic.offer(12, 4, rooms=True), 200)
        async with house.db.transaction() as tx:
            await generate_slots(tx, clinic.first_day(house), weeks)
        return await clinic.system_token(house)


@contextlib.contextmanager
def served(database: EmbeddedPostgres, number: int) -> Iterator[list[Running]]:
    """So many server processes on the database."""
    environment = {"SPORTELLO_DATABASE_URL": database.dsn}
    with contextlib.ExitStack() as stack:
        yield [
            stack.enter_context(running(database.data / f"server{n}", command="serve", environment=environment))
            for n in range(number)
        ]


async def one_seat(
    database: EmbeddedPostgres, servers: list[Running], token: str, rounds: int, clients: int
) -> dict[str, object]:
    """So many rounds of so many clients for one seat, each a patient of their own."""
    callers = [Caller(servers[n % len(servers)].url, Authorization=f"Bearer {token}") for n in range(clients)]
    free = clinic.told(
        database.dsn,
        "select s.id, c.services[1] from scheduling.slot s join scheduling.schedule c on c.id = s.schedule"
        " where s.status = 'free' order by hashint8(s.id)",
    )
    last: list[float] = []
    began = time.perf_counter()
    for number, (slot, service) in zip(range(rounds), _apart(database.dsn, free), strict=False):
        since = time.perf_counter()
        told = await clinic.gathered(
            *(one.post("/fhir/R4/Appointment/$book", clinic.wanted(slot, service, f"k{n}"))
              for n, one in enumerate(callers))
        )  # fmt: skip
        last.append(time.perf_counter() - since)
        for one in callers:
            one.close()  # a server ends connections that idle, perhaps just when it is asked again
        answers = Counter(status for status, _ in told)
        assert answers == {201: 1, 409: clients - 1}, (number, slot, answers, told[:3])
        codes = {body["issue"][0]["details"]["coding"][0]["code"] for status, body in told if status == 409}
        assert codes <= {"slot-taken", "patient-busy"}, codes
    spent = time.perf_counter() - began
    for one in callers:
        one.close()
    wrong = clinic.contradictions(database.dsn)
    assert not wrong, wrong
    given = clinic.told(database.dsn, "select count(*) from scheduling.appointment where status = 'booked'")[0][0]
    assert given == len(last), "a winner for every round"
    last.sort()
    return {
        "what": f"{clients} clients for one seat, {len(servers)} servers",
        "rounds": len(last),
        "winners": given,
        "last_answer_p50_ms": round(1000 * statistics.median(last)),
        "last_answer_max_ms": round(1000 * last[-1]),
        "later_than_1_s": sum(one > SOON for one in last),
        "answers_per_s": round(len(last) * clients / spent),
    }


def _apart(dsn: str, free: list[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """Those that are still free when their turn comes: a room that was taken takes others' times with it."""
    for slot, service in free:
        if clinic.told(dsn, "select status from scheduling.slot where id = %s", slot) == [("free",)]:
            yield slot, service


class Day:
    """Hands that book, hold, move and cancel in a narrow stretch of the calendar, and what they were told."""

    def __init__(self, servers: list[Running], token: str, slots: list[tuple[int, str]], seed: int = 7) -> None:
        self.servers, self.token, self.slots = servers, token, slots
        self.dice = random.Random(seed)
        self.made: list[tuple[str, str]] = []  # appointments with their services
        self.answers: Counter[tuple[str, int]] = Counter()
        self.slowest = 0.0
        self.lost = 0  # questions to which a server that was killed gave no answer

    async def hand(self, number: int, until: float) -> None:
        caller = Caller(self.servers[number % len(self.servers)].url, Authorization=f"Bearer {self.token}")
        while time.perf_counter() < until:
            name, path, body, service = self._next()
            since = time.perf_counter()
            try:
                status, told = await caller.post(f"/fhir/R4/Appointment/{path}", body)
                self.slowest = max(self.slowest, time.perf_counter() - since)
                self.answers[name, status] += 1
                assert status in (200, 201, 409), (name, status, told)
                if name == "book" and status == 201:
                    self.made.append((told["entry"][0]["resource"]["id"], service))
                if name == "hold" and status == 200 and self.dice.random() < 0.7:
                    await self._book_what_is_held(caller, body, told["entry"][0]["resource"]["id"], service)
            except ConnectionError:
                self.lost += 1
                await asyncio.sleep(0.05)
                caller = Caller(self.servers[number % len(self.servers)].url, Authorization=f"Bearer {self.token}")
        caller.close()

    async def _book_what_is_held(self, caller: Caller, body: Any, held: str, service: str) -> None:
        body["parameter"].append({"name": "appt-id", "valueString": held})
        status, told = await caller.post("/fhir/R4/Appointment/$book", body)
        self.answers["book a hold", status] += 1
        assert status in (201, 409), told
        if status == 201:
            self.made.append((told["entry"][0]["resource"]["id"], service))

    def _next(self) -> tuple[str, str, Any, str]:
        slot, service = self.dice.choice(self.slots)
        patient = f"k{self.dice.randrange(60)}"
        # The newest ones are pulled at by several hands.
        one, of = self.dice.choice(self.made[-12:]) if self.made else ("", "")
        what = self.dice.random()
        if what < 0.35 or not one:
            return "book", "$book", clinic.wanted(slot, service, patient), service
        if what < 0.55:
            return "hold", "$hold", clinic.wanted(slot, service, patient), service
        if what < 0.8:
            slot = self.dice.choice([slot for slot, service in self.slots if service == of])
            asks = [{"name": "slot", "valueString": f"Slot/{slot}"}, {"name": "anywhere", "valueBoolean": True}]
            return "move", f"{one}/$reschedule", {"resourceType": "Parameters", "parameter": asks}, of
        return "cancel", f"{one}/$cancel", {"resourceType": "Parameters", "parameter": []}, of


def narrow(dsn: str, number: int = 120) -> list[tuple[int, str]]:
    """Free slots of a few days, so that hands meet."""
    return clinic.told(
        dsn,
        "select s.id, c.services[1] from scheduling.slot s join scheduling.schedule c on c.id = s.schedule"
        " where s.status = 'free' order by s.starts, s.id limit %s",
        number,
    )


async def mixed_day(
    database: EmbeddedPostgres, servers: list[Running], token: str, hands: int, seconds: float
) -> dict[str, object]:
    """So many hands for so long; holds are made to expire under them."""
    day = Day(servers, token, narrow(database.dsn))
    began = time.perf_counter()
    expired: list[int] = []
    expiring = asyncio.create_task(expire(database.dsn, expired))
    await clinic.gathered(*(day.hand(n, began + seconds) for n in range(hands)))
    expiring.cancel()
    await asyncio.gather(expiring, return_exceptions=True)
    wrong = clinic.contradictions(database.dsn)
    assert not wrong, wrong
    number = sum(day.answers.values())
    return {
        "what": f"{hands} hands on {len(day.slots)} times of shared rooms",
        "rounds": number,
        "winners": sum(count for (_, status), count in day.answers.items() if status < 300),
        "last_answer_max_ms": round(1000 * day.slowest),
        "answers_per_s": round(number / seconds),
        "expired": len(expired),
        "answers": ", ".join(f"{name} {status}: {count}" for (name, status), count in sorted(day.answers.items())),
    }


async def expire(dsn: str, expired: list[int]) -> None:
    """Every so often half of the standing holds are over, while others want their times."""
    while True:
        await asyncio.sleep(0.3)
        expired += await asyncio.to_thread(
            clinic.told, dsn,
            "update scheduling.hold set expires_at = now() - interval '1 second' where expires_at > now()"
            " and random() < 0.5 returning 1",
        )  # fmt: skip
