"""Two server processes on one database: fifty clients for a seat, mixed hands, and a server killed in the middle."""

import asyncio
import os
import time
from collections.abc import Iterator

import pytest

from sportello.kit.database.embedded import EmbeddedPostgres
from tests.launching.running import Running
from tests.live import clinic, racing

ROUNDS = int(os.environ.get("TRIAL_ROUNDS", "6"))  # bin/bench races does a thousand
SECONDS = float(os.environ.get("TRIAL_SECONDS", "3"))


class Ward:
    """The database, a token for its door, two servers."""

    def __init__(self, database: EmbeddedPostgres, servers: list[Running], token: str) -> None:
        self.database, self.servers, self.token = database, servers, token


@pytest.fixture(scope="module")
def ward() -> Iterator[Ward]:
    with clinic.database() as database:
        token = asyncio.run(racing.furnished(database, weeks=1))
        with racing.served(database, 2) as servers:
            yield Ward(database, servers, token)


async def test_of_fifty_clients_one_has_the_seat(ward: Ward) -> None:
    found = await racing.one_seat(ward.database, ward.servers, ward.token, ROUNDS, 50)
    assert found["winners"] == found["rounds"] == ROUNDS
    assert isinstance(found["last_answer_max_ms"], int)
    assert found["last_answer_max_ms"] < 10_000, "also on a busy machine"


async def test_hands_that_pull_against_each_other(ward: Ward) -> None:
    found = await racing.mixed_day(ward.database, ward.servers, ward.token, 12, SECONDS)
    assert all(f"{one} 20" in str(found["answers"]) for one in ("book", "hold", "move", "cancel")), found


async def test_a_server_is_killed_in_the_middle_of_bookings(ward: Ward) -> None:
    day = racing.Day(ward.servers, ward.token, racing.narrow(ward.database.dsn), seed=11)
    hands = [asyncio.create_task(day.hand(n, time.perf_counter() + SECONDS + 4)) for n in range(8)]
    await asyncio.sleep(SECONDS / 2)
    killed = ward.servers[0]
    killed.kill()
    ward.servers[0] = ward.servers[1]  # what a load balancer would do
    await asyncio.gather(*hands)
    assert day.lost, "somebody was waiting for an answer when it was killed"
    assert day.made
    assert not clinic.contradictions(ward.database.dsn)
    kept = clinic.told(ward.database.dsn, "select id::text from scheduling.appointment")
    assert {one for one, _ in day.made} <= {row[0] for row in kept}, "what was answered is kept"
