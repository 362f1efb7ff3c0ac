"""Transactions commit whole, run their hooks at the right moment, and are tried again after a deadlock."""

import asyncio

import pytest

from sportello.kit.database import Database, Transaction
from sportello.kit.database.pool import Nested


@pytest.fixture
async def db(dsn: str):  # type: ignore[no-untyped-def]
    database = Database(dsn, most=6)
    await database.open()
    await database.execute("create table public.tally (id int primary key, n int not null, note jsonb)")
    await database.execute("insert into public.tally values (1, 0, null), (2, 0, null)")
    yield database
    await database.close()


async def test_hooks_run_around_the_commit_and_only_when_it_holds(db: Database) -> None:
    heard: list[str] = []

    async def before(tx: Transaction) -> None:
        heard.append("before")
        await tx.execute("update public.tally set n = 5 where id = 1")

    async with db.transaction() as tx:
        tx.before_commit("once", before)
        tx.before_commit("once", before)
        tx.after_commit(lambda: heard.append("after"))
        assert heard == []
    assert heard == ["before", "after"]
    assert await db.fetchval("select n from public.tally where id = 1") == 5


async def test_a_failure_rolls_back_and_tells_nobody(db: Database) -> None:
    heard: list[str] = []

    async def fail() -> None:
        async with db.transaction() as tx:
            tx.after_commit(lambda: heard.append("never"))
            await tx.execute("update public.tally set n = 9 where id = 1")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert heard == []
    assert await db.fetchval("select n from public.tally where id = 1") == 0


async def test_a_deadlock_is_survived_by_trying_again(db: Database) -> None:
    async def add(first: int, second: int) -> None:
        async def work(tx: Transaction) -> None:
            for row in (first, second):
                await tx.execute("update public.tally set n = n + 1 where id = $1", row)
                await asyncio.sleep(0.05)

        await db.run(work)

    await asyncio.gather(*(add(*pair) for pair in [(1, 2), (2, 1), (1, 2), (2, 1)]))
    assert await db.fetchval("select sum(n) from public.tally") == 8


async def test_json_travels_as_values(db: Database) -> None:
    value = {"città": "Forlì", "emoji": "🩺", "rtl": "שלום", "n": [1, None]}
    await db.execute("update public.tally set note = $1 where id = 1", value)
    assert await db.fetchval("select note from public.tally where id = 1") == value


async def test_who_is_in_a_transaction_cannot_wait_for_a_second_connection(db: Database) -> None:
    async with db.transaction():
        with pytest.raises(Nested):
            await db.fetchval("select 1")
        # Another task, even if it was begun in here, waits its turn like everybody.
        assert await asyncio.create_task(db.fetchval("select 2")) == 2
    assert await db.fetchval("select 3") == 3
