"""A database whose connections are all taken: people and machines are told to come again, nothing hangs."""

from types import SimpleNamespace
from typing import Any

import pytest

from sportello.kit.database import Busy
from sportello.kit.errors import failure_of
from sportello.kit.house import House


async def test_who_waits_in_vain_for_a_connection_is_told_so_and_later_served(house: House) -> None:
    house.db.patience = 0.05
    pool = house.db._pool
    taken = [await pool.acquire() for _ in range(pool.get_max_size())]
    with pytest.raises(Busy):
        await house.db.fetchval("select 1")
    with pytest.raises(Busy):
        async with house.db.transaction():
            pass
    for connection in taken:
        await pool.release(connection)
    assert await house.db.fetchval("select 1") == 1


def test_busy_is_a_refusal_for_a_while_and_not_a_failure() -> None:
    asked: Any = SimpleNamespace(scope={})
    assert failure_of(asked, Busy()) == (503, "", {"Retry-After": "2"})
