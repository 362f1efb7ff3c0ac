"""The operator's commands, as typed."""

import argparse
from datetime import timedelta
from typing import Any

import httpx
import pytest

from sportello.administration import commands, machines
from sportello.administration.testing import staff_member
from sportello.kit.clock import FixedClock
from sportello.kit.house import House


async def run(house: House, line: str) -> int:
    top = argparse.ArgumentParser()
    commands.register(top.add_subparsers(dest="command"))
    args = top.parse_args(line.split())
    return int(await args.run(house, args))


async def test_staff_from_the_terminal(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    assert await run(house, "staff add anna --name Anna --role administrator") == 0
    told = capsys.readouterr().out
    assert told.startswith("Prima password di anna: ")
    assert len(told.split()[-1]) == 24
    await staff_member(house, "administrator")
    assert await run(house, "staff add anna") == 2
    assert "già in uso" in capsys.readouterr().err
    assert await run(house, "staff password anna") == 0
    assert await run(house, "staff disable anna") == 0
    assert await run(house, "staff disable nobody") == 2
    assert await run(house, "staff disable") == 2
    capsys.readouterr()
    assert await run(house, "staff list") == 0
    listed = capsys.readouterr().out
    assert "Account chiuso" in listed
    assert "Sara Villa" in listed
    assert await run(house, "staff enable anna") == 0


async def test_a_password_from_standard_input(house: House, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    import io

    for typed, code in (("una frase molto lunga\n", 0), ("short\n", 2)):
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        assert await run(house, f"staff add p{code} --ask") == code
    assert "una frase" not in capsys.readouterr().out
    assert not await house.db.fetchval("select password_temporary from administration.staff where login = 'p0'")


async def test_the_trail_is_checked(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    await run(house, "staff add anna")
    capsys.readouterr()
    assert await run(house, "check audit") == 0
    assert "1 eventi" in capsys.readouterr().out
    async with house.db.transaction() as tx:
        await tx.execute("set local session_replication_role = replica")
        await tx.execute("update administration.audit_event set action = 'x'")
    assert await run(house, "check audit") == 1
    assert "evento 1" in capsys.readouterr().out


async def test_a_token_is_printed_once_and_kept_as_hash(
    house: House, client: httpx.AsyncClient, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await run(house, "token fhir --scope system/Patient.rs --name trial --days 1") == 0
    token = capsys.readouterr().out.strip()
    assert "\n" not in token
    stored = await house.db.fetchrow("select * from administration.machine_token")
    assert token.encode() not in bytes(stored["token_hash"])
    machine = await machines.machine_of(house, token)
    assert machine is not None
    assert (machine.kind, machine.may("system/Patient.rs"), machine.may("system/Patient.cud")) == ("fhir", True, False)
    for wrong in ("", token[:-1], token + "x", "è" * 40, "\0"):
        assert await machines.machine_of(house, wrong) is None
    house.clock = FixedClock(house.clock.now() + timedelta(days=1, seconds=1))
    assert await machines.machine_of(house, token) is None
    assert await run(house, "token api --days 0") == 2
