"""A scope mistyped at the terminal is told: its token would reach nothing, and nobody would know why."""

import argparse

import pytest

from sportello.administration import commands
from sportello.kit.house import House


@pytest.mark.parametrize("slip", ["sytem/*.rs", "system/Pateint.rs", "system/*.rs,system/Patient.cud"])
async def test_a_token_that_reaches_nothing_is_not_made(
    house: House, capsys: pytest.CaptureFixture[str], slip: str
) -> None:
    top = argparse.ArgumentParser()
    commands.register(top.add_subparsers())
    args = top.parse_args(["token", "fhir", "--scope", "system/Patient.rs", "--scope", slip])
    assert await args.run(house, args) == 2
    told = capsys.readouterr()
    assert (told.out, slip in told.err) == ("", True)
    assert await house.db.fetchval("select count(*) from administration.machine_token") == 0
