"""The trail grows only, chains through concurrent writers, and shows every way of tampering."""

import asyncio

import asyncpg
import pytest

from sportello.administration import audit
from sportello.administration.actor import SYSTEM, Actor
from sportello.kit.database import Transaction
from sportello.kit.house import House

ELENA = Actor("staff", "0192-elena", "Elena 👩‍⚕️ كونتي", role="agent")


async def tell(house: House, action: str = "patient.read", n: int = 1, **more: object) -> None:
    async with house.db.transaction() as tx:
        for _ in range(n):
            await audit.record(house, tx, ELENA, action, **more)  # type: ignore[arg-type]


async def tamper(house: House, sql: str) -> None:
    """As somebody who owns the database would."""
    async with house.db.transaction() as tx:
        await tx.execute("set local session_replication_role = replica")
        await tx.execute(sql)


@pytest.fixture
async def trail(house: House) -> House:
    await tell(house, patient="giulia", detail={"part": "timeline", "found": 3, "ids": ["a", "b"], "none": None})
    await tell(house, "patient.search", 3)
    await tell(
        house, "staff.changed", detail={"name": 'Łucja\0 \ud800 "مريم"', "share": 0.1, "deep": {"z": 1, "a": [True]}}
    )
    return house


async def test_a_whole_trail_is_whole(trail: House) -> None:
    found = await audit.verify(trail.db)
    assert (found.events, found.broken) == (5, None)
    assert found.head == (await trail.db.fetchval("select hash from administration.audit_event where seq = 5")).hex()
    rows = await trail.db.fetch("select * from administration.audit_event order by seq")
    assert (rows[0]["actor_name"], rows[0]["patient"], rows[0]["detail"]["ids"]) == (ELENA.name, "giulia", ["a", "b"])


async def test_an_empty_trail_is_whole(house: House) -> None:
    assert (await audit.verify(house.db)).broken is None


@pytest.mark.parametrize(
    ("sql", "number", "why"),
    [
        ("update administration.audit_event set patient = 'carlo' where seq = 1", 1, "changed"),
        ("update administration.audit_event set at = at + interval '1 microsecond' where seq = 3", 3, "changed"),
        ("""update administration.audit_event set detail = '{"part": "plan"}' where seq = 1""", 1, "changed"),
        ("delete from administration.audit_event where seq = 2", 2, "missing"),
        ("delete from administration.audit_event where seq = 5", 5, "missing"),
        ("delete from administration.audit_event; delete from administration.audit_head where false", 1, "missing"),
        ("update administration.audit_head set hash = '\\x00'", 5, "changed"),
        (
            "insert into administration.audit_event select seq + 1, at, actor_kind, actor, actor_name, actor_role,"
            " action, patient, entity, detail, hash from administration.audit_event where seq = 5",
            6,
            "added",
        ),
    ],
)
async def test_tampering_is_found(trail: House, sql: str, number: int, why: str) -> None:
    await tamper(trail, sql)
    found = await audit.verify(trail.db)
    assert (found.broken, found.why) == (number, why)


async def test_swapped_events_are_found(trail: House) -> None:
    await tamper(
        trail, "update administration.audit_event set seq = case seq when 2 then 103 else 102 end where seq in (2, 3)"
    )
    await tamper(trail, "update administration.audit_event set seq = seq - 100 where seq > 100")
    assert (await audit.verify(trail.db)).broken == 2


@pytest.mark.parametrize(
    "sql",
    [
        "update administration.audit_event set action = 'nothing'",
        "delete from administration.audit_event",
        "truncate administration.audit_event",
        "delete from administration.audit_head",
        "update administration.audit_head set seq = 0, hash = ''",
    ],
)
async def test_the_database_itself_refuses_changes(trail: House, sql: str) -> None:
    with pytest.raises(asyncpg.RaiseError, match="only grows"):
        await trail.db.execute(sql)


async def test_concurrent_writers_form_one_chain(house: House) -> None:
    await asyncio.gather(*(tell(house, f"patient.read{n}", n=3) for n in range(20)))
    found = await audit.verify(house.db)
    assert (found.events, found.broken) == (60, None)


async def test_events_share_the_fate_of_their_transaction(house: House) -> None:
    with pytest.raises(ZeroDivisionError):
        await _fail(house)
    assert (await audit.verify(house.db)).events == 0


async def _fail(house: House) -> None:
    async with house.db.transaction() as tx:
        await audit.record(house, tx, SYSTEM, "patient.read")
        raise ZeroDivisionError


async def test_the_head_is_locked_after_the_streams(house: House) -> None:
    """Two transactions that touch streams and the trail in opposite orders never wait for each other in a ring."""

    async def one(turn: bool) -> None:
        async with house.db.transaction() as tx:
            if turn:
                await audit.record(house, tx, SYSTEM, "patient.read")
            await house.streams.append(tx, "board", "hint", {})
            await asyncio.sleep(0.001)
            if not turn:
                await audit.record(house, tx, SYSTEM, "patient.read")

    await asyncio.gather(*(one(n % 2 == 0) for n in range(40)))
    assert (await audit.verify(house.db)).events == 40


async def test_an_event_recorded_by_a_late_hook_is_written(house: House) -> None:
    async def late(tx: Transaction) -> None:
        tx.before_commit("later", later)

    async def later(tx: Transaction) -> None:
        await audit.record(house, tx, SYSTEM, "late.too")

    async with house.db.transaction() as tx:
        await audit.record(house, tx, SYSTEM, "early.first")
        tx.before_commit("late", late)
    actions = await house.db.fetch("select action from administration.audit_event order by seq")
    assert [row[0] for row in actions] == ["early.first", "late.too"]
    assert (await audit.verify(house.db)).broken is None
