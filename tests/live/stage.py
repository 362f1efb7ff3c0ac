"""Sets the stage for many browsers: years of past events, conversations in agents' hands, everybody's way in."""

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import psycopg

from sportello.administration.identifying import COOKIE
from sportello.administration.sessions import open_session
from sportello.administration.testing import staff_member
from sportello.app import furnish, open_house
from sportello.conversations.moves import move
from sportello.conversations.states import State
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.ids import uuid7
from sportello.kit.settings import DatabaseSettings, Settings
from sportello.portal import chats

# Without bots and routing: who talks with whom is said here.
ROOMS = ("kit", "web", "administration", "fhir", "record", "knowledge", "scheduling", "conversations", "portal")
SYSTEM_NAME = "trial"


def past(dsn: str, events: int) -> None:
    """A past of so many events in conversations of fifty, analysed as a running hospital's would be."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(
            "insert into kit.stream (stream, last_seq, closed_at)"
            " select 'conversation:' || gen_random_uuid(), 50, now() from generate_series(1, %s)",
            [events // 50],
        )
        connection.execute(
            "insert into kit.event (stream, seq, at, kind, sender, audience, client_id, body)"
            " select stream, n, now() - interval '1 year', 'message', 'patient', 'all', gen_random_uuid(),"
            " jsonb_build_object('text', repeat('buongiorno ', 8)) from kit.stream, generate_series(1, 50) n"
            " where closed_at is not null"
        )
        for table in ("kit.event", "kit.stream"):
            connection.execute(f"vacuum analyze {table}")


def invite(
    dsn: str,
    data: Path,
    url: str,
    *,
    patients: int,
    agents: int,
    supervisors: int,
    watched: int = 0,
    rooms: Sequence[str] = ROOMS,
) -> dict[str, Any]:
    """The players' plan: patients with their tokens, each in an agent's hands; staff with their sessions.

    A supervisor follows the board and reads along in `watched` conversations.
    """
    return asyncio.run(_invite(dsn, data, url, patients, agents, supervisors, watched, rooms))


async def _invite(
    dsn: str,
    data: Path,
    url: str,
    patients: int,
    agents: int,
    supervisors: int,
    watched: int,
    rooms: Sequence[str],
) -> dict[str, Any]:
    house = furnish(Settings(database=DatabaseSettings(url=dsn), data=data), rooms)
    async with open_house(house, rooms):
        staff = [await staff_member(house, "agent", f"agent{n}") for n in range(agents)]
        talks = [await _talk(house, staff[n % agents]) for n in range(patients)]
        heads = {talk["stream"]: await house.streams.head(talk["stream"]) for talk in talks}
        readers = [
            {
                "cookie": await _cookie(house, one.id),
                "streams": [[t["stream"], heads[t["stream"]]] for t in talks if t["agent"] == one.id],
            }
            for one in staff
        ]
        bosses = []
        for n in range(supervisors):
            one = await staff_member(house, "supervisor", f"supervisor{n}")
            streams = [["board", 0], *([t["stream"], heads[t["stream"]]] for t in talks[:watched])]
            bosses.append({"cookie": await _cookie(house, one.id), "streams": streams})
    return {
        "url": url,
        "patients": [{"token": t["token"], "stream": t["stream"], "after": heads[t["stream"]]} for t in talks],
        "agents": readers,
        "supervisors": bosses,
    }


async def _talk(house: House, agent: Any) -> dict[str, str]:
    async def work(tx: Transaction) -> dict[str, str]:
        opened = await chats.open_chat(house, tx, uuid7(), "it")
        await move(house, tx, opened.conversation, State.QUEUED, expected=State.BOT, by=agent, queue="general")
        await move(
            house, tx, opened.conversation, State.ACTIVE, expected=State.QUEUED, by=agent, agent=UUID(agent.id),
            agent_name=agent.name,
        )  # fmt: skip
        return {"token": opened.token, "stream": opened.stream, "agent": agent.id}

    return await house.db.run(work)


async def _cookie(house: House, staff: str) -> str:
    opened = await open_session(house, UUID(staff))
    assert opened is not None
    return f"{COOKIE}={opened.token}"


def seconds_of(pid: int) -> float:
    """CPU seconds of a process so far (Linux); 0 when it has ended."""
    fields = _stat(pid)
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK") if fields else 0.0


def seconds_of_family(pid: int) -> float:
    """CPU seconds of a process, of its children, and of those that have ended."""
    fields = _stat(pid)
    own = sum(int(part) for part in fields[11:15]) / os.sysconf("SC_CLK_TCK") if fields else 0.0
    return own + sum(seconds_of(child) for child in children(pid))


def resident_bytes(pid: int) -> int:
    """Memory of a process that is in use and its own or shared (Linux)."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def children(pid: int) -> list[int]:
    others = [int(folder.name) for folder in Path("/proc").iterdir() if folder.name.isdigit()]
    return [one for one in others if (fields := _stat(one)) and int(fields[1]) == pid]


def _stat(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def encoded(plan: dict[str, Any]) -> bytes:
    """A plan as one line."""
    return msgspec.json.encode(plan) + b"\n"
