"""Events are numbered without gaps, kept once, and refused for good reasons only."""

import asyncio
import random
from uuid import uuid4

import asyncpg
import pytest

from sportello.kit.database import Database, Transaction
from sportello.kit.streams import FenceMoved, Posted, Refused, StreamClosed, Streams, store
from sportello.kit.streams.tests.conftest import Opening


async def _numbers(streams: Streams, stream: str) -> list[int]:
    return [event.seq for event in await streams.since(stream, 0, 10_000)]


async def test_numbers_have_no_gaps_under_many_writers(opening: Opening, db: Database) -> None:
    processes = [await opening(), await opening()]
    names = [f"conversation:{uuid4()}" for _ in range(7)]
    said: list[tuple[str, int]] = []

    async def talk(writer: int) -> None:
        for turn in range(20):
            streams, stream = random.choice(processes), random.choice(names)
            if turn % 4 == 3:

                async def work(tx: Transaction) -> None:
                    for name in random.sample(names, 3):
                        await streams.append(tx, name, "moved", {"writer": writer})  # noqa: B023

                await db.run(work)
            else:
                posted = await streams.post(stream, "message", {"n": turn}, sender="patient", client_id=uuid4())
                said.append((stream, posted.seq))

    await asyncio.gather(*(talk(writer) for writer in range(30)))
    total = 0
    for name in names:
        numbers = await _numbers(processes[0], name)
        assert numbers == list(range(1, len(numbers) + 1))
        total += len(numbers)
    assert total == 30 * (15 + 5 * 3)
    assert len(set(said)) == len(said), "no number was given twice"


async def test_order_of_one_sender_is_kept(streams: Streams) -> None:
    posts = [
        streams.post("conversation:a", "message", {"n": n}, sender="patient", client_id=uuid4()) for n in range(300)
    ]
    await asyncio.gather(*posts)
    assert [event.body["n"] for event in await streams.since("conversation:a", 0)] == list(range(300))


async def test_sending_twice_answers_the_first_number(streams: Streams, opening: Opening) -> None:
    twice = uuid4()
    first = await streams.post("conversation:a", "message", {"text": "Buongiorno"}, sender="patient", client_id=twice)
    await streams.post("conversation:a", "message", {"text": "eccomi"}, sender="patient", client_id=uuid4())
    again = await streams.post("conversation:a", "message", {"text": "Buongiorno"}, sender="patient", client_id=twice)
    assert (first, again) == (Posted(1), Posted(1, True))
    elsewhere = await streams.post("conversation:b", "message", {"text": "x"}, sender="patient", client_id=twice)
    assert elsewhere == Posted(1), "a client id belongs to its stream"
    other_process = await opening()
    assert (await other_process.post("conversation:a", "message", {"t": 1}, sender="patient", client_id=twice)).seq == 1


async def test_the_same_message_at_once_from_everywhere_is_kept_once(opening: Opening) -> None:
    processes = [await opening() for _ in range(3)]
    for _ in range(15):
        twice = uuid4()
        answers = await asyncio.gather(
            *(
                process.post("conversation:a", "message", {"n": 1}, sender="patient", client_id=twice)
                for process in processes * 3
            )
        )
        assert len({answer.seq for answer in answers}) == 1
        assert sum(not answer.duplicate for answer in answers) == 1
    assert await _numbers(processes[0], "conversation:a") == list(range(1, 16))


async def test_a_poisonous_row_harms_only_itself(streams: Streams) -> None:
    async def say(n: int) -> Posted | Refused:
        body = {"text": "\x00" if n == 20 else "va bene"}  # PostgreSQL's jsonb takes no NUL
        try:
            return await streams.post(f"conversation:{n % 3}", "message", body, sender="patient", client_id=uuid4())
        except Refused as refused:
            return refused

    answers = await asyncio.gather(*(say(n) for n in range(60)))
    assert [n for n, answer in enumerate(answers) if isinstance(answer, Refused)] == [20]
    for n in range(3):
        numbers = await _numbers(streams, f"conversation:{n}")
        assert numbers == list(range(1, len(numbers) + 1))
    assert (await streams.post("conversation:0", "message", {"n": 1}, sender="patient", client_id=uuid4())).seq == 21


async def test_a_closed_stream_refuses_but_remembers(streams: Streams, db: Database) -> None:
    known = uuid4()
    await streams.post("conversation:a", "message", {"n": 1}, sender="patient", client_id=known)
    async with db.transaction() as tx:
        streams.close(tx, "conversation:a")
        await streams.append(tx, "conversation:a", "moved", {"to": "closed"})
    with pytest.raises(StreamClosed):
        await streams.post("conversation:a", "message", {"n": 2}, sender="patient", client_id=uuid4())
    answer = await streams.post("conversation:a", "message", {"n": 1}, sender="patient", client_id=known)
    assert answer == Posted(1, True), "what was taken before the end is acknowledged after it"
    with pytest.raises(StreamClosed):
        async with db.transaction() as tx:
            await streams.append(tx, "conversation:a", "note", {"n": 3})
    assert await _numbers(streams, "conversation:a") == [1, 2]


async def test_a_stale_fence_is_refused_in_the_same_statement(streams: Streams, db: Database) -> None:
    async with db.transaction() as tx:
        await streams.append(tx, "conversation:a", "moved", {"to": "active"})
    old = await streams.fence_of(db, "conversation:a")
    await streams.post("conversation:a", "message", {"n": 1}, sender="agent:elena", client_id=uuid4(), fence=old)
    async with db.transaction() as tx:
        streams.fence(tx, "conversation:a")
        await streams.append(tx, "conversation:a", "moved", {"to": "queued"})
    with pytest.raises(FenceMoved):
        await streams.post("conversation:a", "message", {"n": 2}, sender="agent:elena", client_id=uuid4(), fence=old)
    new = await streams.fence_of(db, "conversation:a")
    mixed = await asyncio.gather(
        *(
            streams.post("conversation:a", "message", {"n": n}, sender="x", client_id=uuid4(), fence=fence)
            for n, fence in enumerate([new, None, old, new])
        ),
        return_exceptions=True,
    )
    assert [type(answer) for answer in mixed] == [Posted, Posted, FenceMoved, Posted]
    assert await _numbers(streams, "conversation:a") == [1, 2, 3, 4, 5, 6]


async def test_a_post_races_with_a_change_of_hands(streams: Streams, db: Database) -> None:
    """Whatever the order, no post with the old fence stands after the change."""
    async with db.transaction() as tx:
        await streams.append(tx, "conversation:a", "moved", {"to": "active"})
    for _ in range(20):
        fence = await streams.fence_of(db, "conversation:a")

        async def hand_over() -> None:
            async with db.transaction() as tx:
                streams.fence(tx, "conversation:a")
                await streams.append(tx, "conversation:a", "moved", {"fence": fence + 1})  # noqa: B023

        await asyncio.gather(
            *(
                streams.post("conversation:a", "m", {"fence": fence}, sender="x", client_id=uuid4(), fence=fence)
                for _ in range(5)
            ),
            hand_over(),
            return_exceptions=True,
        )
    fences = [event.body.get("fence", 0) for event in await streams.since("conversation:a", 0)]
    assert fences == sorted(fences)


async def test_a_rolled_back_transaction_leaves_nothing(streams: Streams, db: Database) -> None:
    async def failing() -> None:
        async with db.transaction() as tx:
            await streams.append(tx, "conversation:a", "message", {"n": 1})
            streams.close(tx, "conversation:b")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await failing()
    assert await _numbers(streams, "conversation:a") == []
    assert (await streams.post("conversation:a", "m", {"n": 1}, sender="x", client_id=uuid4())).seq == 1


async def test_deadlocks_are_survived(opening: Opening, db: Database) -> None:
    """A transaction that takes heads in the wrong order, against batches of two processes that hold both."""
    processes = [await opening(), await opening()]
    for name in ("conversation:a", "conversation:z"):
        await processes[0].post(name, "m", {"n": 0}, sender="x", client_id=uuid4())

    async def contrary() -> None:
        for _ in range(5):
            try:
                async with db.transaction() as tx:
                    for name in ("conversation:z", "conversation:a"):
                        await tx.execute("update kit.stream set fence = fence where stream = $1", name)
                        await asyncio.sleep(0.05)
            except asyncpg.DeadlockDetectedError:
                pass

    async def talk(streams: Streams) -> list[Posted]:
        return [
            posted
            for _ in range(25)
            for posted in await asyncio.gather(
                *(
                    streams.post(name, "m", {"n": 1}, sender="x", client_id=uuid4())
                    for name in ("conversation:z", "conversation:a")
                )
            )
        ]

    _, one, two = await asyncio.gather(contrary(), *map(talk, processes))
    assert len(one) == len(two) == 50
    for name in ("conversation:a", "conversation:z"):
        assert await _numbers(processes[0], name) == list(range(1, 52))


async def test_a_lost_connection_is_waited_out(streams: Streams, db: Database) -> None:
    await streams.post("conversation:a", "m", {"n": 0}, sender="x", client_id=uuid4())

    async def cut() -> None:
        for _ in range(5):
            await db.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where datname = current_database() and pid <> pg_backend_pid() and query like '%known%'"
            )
            await asyncio.sleep(0.05)

    async def talk(n: int) -> None:
        await streams.post("conversation:a", "m", {"n": n}, sender="x", client_id=uuid4())

    for start in range(0, 200, 20):
        await asyncio.gather(cut() if start == 100 else talk(1000), *(talk(n) for n in range(start, start + 20)))
    numbers = await _numbers(streams, "conversation:a")
    assert numbers == list(range(1, 1 + 200 + 9 + 1))


@pytest.mark.parametrize("events", [0, 100_000])
async def test_the_batch_is_planned_by_index_on_empty_and_on_full_tables(db: Database, events: int) -> None:
    """The trap: a plan made while the table is empty reads the whole table ever after."""
    if events:
        await db.execute(
            "insert into kit.stream (stream, last_seq) select 'seed:' || n, 100 from generate_series(1,$1::int/100) n",
            events,
        )
        await db.execute(
            "insert into kit.event select 'seed:' || n, s, now(), 'message', 'patient', 'all', gen_random_uuid(), '{}'"
            " from generate_series(1, $1::int / 100) n, generate_series(1, 100) s",
            events,
        )
        await db.execute("analyze kit.event")
        await db.execute("analyze kit.stream")
    connection = await db.connect()
    try:
        for name, value in store.WRITER_SETTINGS.items():
            await connection.execute(f"set {name} = '{value}'")
        rows = [store.Row(f"seed:{n}", "m", "x", "all", uuid4(), "{}") for n in range(64)]
        await connection.execute(
            "prepare batch (text[], text[], text[], text[], uuid[], text[], int[], timestamptz) as " + store.WRITE
        )
        streams, kinds, senders, audiences, ids, bodies, _ = zip(*rows, strict=True)

        def literal(values: object) -> str:
            return "array[" + ",".join(f"'{value}'" for value in values) + "]"  # type: ignore[attr-defined]

        plan = await connection.fetch(
            f"explain execute batch ({literal(streams)}, {literal(kinds)}, {literal(senders)}, {literal(audiences)},"
            f" {literal(ids)}::uuid[], {literal(bodies)}, null, now())"
        )
        text = "\n".join(row[0] for row in plan)
        assert "Seq Scan" not in text, text
        assert "Index Scan using event_client_id" in text or "Index Only Scan using event_client_id" in text, text
        assert "Index Scan using stream_pkey" in text, text
    finally:
        await connection.close()
