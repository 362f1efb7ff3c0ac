"""What the hospital's bot and its doors are opened with is unreadable in the database, before and after the upgrade."""

import json
from typing import Any

import pytest

from sportello.adapters.keys import Keys, key_of
from sportello.adapters.outside_bots import connection
from sportello.adapters.outside_bots.connection import Connection, connection_of
from sportello.adapters.outside_bots.tests.conftest import Comes
from sportello.administration.actor import SYSTEM
from sportello.kit.house import House
from sportello.kit.security import sealing

SECRETS = {"secret": "direct-line-secret", "app_secret": "an-app-secret-of-the-bot"}


def _forget(house: House) -> None:
    house.ports.pop(connection._Remembered, None)
    house.ports.pop(Keys, None)


async def _kept(house: House) -> str:
    rows = await house.db.fetch("select value::text as value from adapters.bot_connection")
    keys = await house.db.fetch("select name, encode(value, 'escape') as value from adapters.key order by name")
    return json.dumps([dict(row) for row in [*rows, *keys]])


async def test_the_database_holds_no_secret(house: House) -> None:
    async with house.db.transaction() as tx:
        await connection.change(house, tx, SYSTEM, Connection(kind="health_bot", **SECRETS))
    raw = await key_of(house, "directline")
    kept = await _kept(house)
    assert not any(secret in kept for secret in SECRETS.values())
    assert kept.count("sealed:") == 3
    _forget(house)
    found = await connection_of(house)
    assert (found.secret, found.app_secret) == tuple(SECRETS.values())
    assert (await key_of(house, "directline")) == raw


async def test_rows_of_before_are_sealed_at_the_start(house: House) -> None:
    old: Any = {"kind": "generic", "secret": "direct-line-secret"}
    await house.db.execute("insert into adapters.bot_connection (value, changed_at) values ($1, now())", old)
    await house.db.execute("insert into adapters.key values ('old', $1, now())", b"\x00k" * 16)
    await sealing.renew(house)
    kept = await _kept(house)
    assert "direct-line-secret" not in kept
    assert kept.count("sealed:") == 2
    _forget(house)
    assert (await connection_of(house)).secret == "direct-line-secret"
    assert await key_of(house, "old") == b"\x00k" * 16
    await sealing.renew(house)
    assert await _kept(house) == kept, "what is sealed with the first key is left alone"


async def test_another_key_seals_anew_and_a_lost_one_stops_the_start(house: House) -> None:
    async with house.db.transaction() as tx:
        await connection.change(house, tx, SYSTEM, Connection(kind="generic", secret="s3cret"))
    before, file = await _kept(house), house.settings.data / "secrets.key"
    sealing.put_first(house.settings.data, sealing.new_key())
    sealing.sealing_of(house).forget()
    await sealing.renew(house)
    assert await _kept(house) != before
    file.write_text(file.read_text().splitlines()[0] + "\n")  # the old one is not needed any more
    sealing.sealing_of(house).forget()
    await sealing.renew(house)
    file.unlink()
    sealing.sealing_of(house).forget()
    with pytest.raises(sealing.KeyMissing, match=r"secrets\.key"):
        await sealing.renew(house)


async def test_a_key_that_is_lost_meanwhile_brings_patients_to_people(house: House, comes: Comes) -> None:
    """Nobody waits for a bot that cannot be let into: the refusal ends at a person, and the screen says why."""
    rosa = await comes(patience=2, hold=1, fallback="person")
    (house.settings.data / "secrets.key").unlink()
    sealing.sealing_of(house).forget()
    _forget(house)
    await rosa.write("buongiorno")
    await rosa.is_("queued")
