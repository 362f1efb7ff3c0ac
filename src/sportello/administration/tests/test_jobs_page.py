"""A job that was given up is seen by the administrator, and only by them, and can be tried again."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from sportello.administration.actor import Actor
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.ids import uuid7
from sportello.kit.jobs import job

ran: list[str] = []


@job("trial.given_up")
async def given_up(_house: House, _tx: Transaction, payload: dict[str, Any]) -> None:
    ran.append(payload["who"])


async def test_a_failed_job_is_shown_without_its_payload_and_tried_again(
    house: House, client: Any, sign_in: Callable[..., Awaitable[Actor]]
) -> None:
    dead = uuid7()
    await house.db.execute(
        "insert into kit.job (id, name, payload, run_at, state, starts, last_error, died_at)"
        " values ($1, 'trial.given_up', $2, now(), 'dead', 5, 'ConnectionRefusedError', now())",
        dead,
        {"who": "Giulia Ferri"},
    )
    await sign_in(client, "agent")
    assert (await client.get("/desk/jobs")).status_code == 403
    assert (await client.post(f"/desk/jobs/{dead}")).status_code == 403
    await sign_in(client, "administrator")
    page = (await client.get("/desk/jobs")).text
    assert "trial.given_up" in page
    assert "ConnectionRefusedError" in page
    assert "Giulia" not in page
    assert (await client.post(f"/desk/jobs/{dead}")).status_code == 303
    assert (await client.post(f"/desk/jobs/{dead}")).status_code == 303
    async with asyncio.timeout(10):
        while not ran:  # the house's own worker may have taken it before us
            await house.jobs.run_due()
            await asyncio.sleep(0.02)
    assert ran == ["Giulia Ferri"]
    assert await house.db.fetchval("select count(*) from administration.audit_event where action = 'job.revived'") == 1
    assert "trial.given_up" not in (await client.get("/desk/jobs")).text
