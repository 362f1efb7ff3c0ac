"""Killed between the mail server's yes and our note of it: a reminder never comes twice, a confirmation is one mail."""

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from email import message_from_bytes
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from aiosmtpd.controller import Controller

from sportello.kit.database.embedded import EmbeddedPostgres
from tests.launching.running import Running

BOTH = ("reminder", "booked")


class Murderous(Controller):
    """A mail server on any port that takes both mails and then kills whoever sent them before it says so."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self.pid = 0
        super().__init__(self, hostname="127.0.0.1", port=0)

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802  aiosmtpd's name
        self.ids.append(str(message_from_bytes(envelope.content)["Message-ID"]))
        if self.pid and len(self.ids) == len(BOTH):
            os.kill(self.pid, signal.SIGKILL)
        elif self.pid:
            await asyncio.sleep(20)
        return "250 OK"


@pytest.fixture
def mail() -> Iterator[Murderous]:
    server = Murderous()
    server.start()
    yield server
    server.stop()


def serve(data: Path, mail: Murderous) -> Running:
    where = {"SPORTELLO_MAIL_HOST": "127.0.0.1", "SPORTELLO_MAIL_PORT": str(mail.port)}
    return Running(data, command="serve", environment=where)


async def write(db: Any) -> dict[str, UUID]:
    """A visit of tomorrow, and two letters about it that wait."""
    await db.execute(
        "insert into outreach.terms (quiet_from, quiet_until, changed_by, changed_at) values ('0:0', '0:0', 'x', now())"
    )
    visit, letters = uuid4(), {kind: uuid4() for kind in BOTH}
    await db.execute(
        "insert into scheduling.appointment (id, status, patient, starts, ends, reason, created_by, created_at,"
        " changed_at) values ($1, 'booked', 'giulia', now() + interval '1 day', now() + interval '25 hours', 'x', 'x',"
        " now(), now())",
        visit,
    )
    for kind, letter in letters.items():
        await db.execute(
            "insert into outreach.message (id, appointment, patient, sequence, kind, recipient, language, created_at)"
            " values ($1, $2, 'giulia', 0, $3, 'giulia.ferri@example.org', 'it', now())",
            letter, visit, kind,
        )  # fmt: skip
        await promise(db, letter)
    return letters


async def promise(db: Any, letter: UUID) -> None:
    await db.execute(
        "insert into kit.job (id, name, payload, run_at, dedupe_key)"
        " values ($1, 'outreach.send', jsonb_build_object('message', $2::text), now(), $3)",
        uuid4(), str(letter), f"trial:{uuid4()}",
    )  # fmt: skip


async def until(true: Any, what: str) -> None:
    began = time.monotonic()
    while not await true():
        assert time.monotonic() - began < 60, what
        await asyncio.sleep(0.1)


async def test_killed_while_two_letters_are_sent(tmp_path: Path, mail: Murderous) -> None:
    data = tmp_path / "data"
    server = await asyncio.to_thread(serve, data, mail)
    mail.pid = server.process.pid
    dsn = EmbeddedPostgres(data).dsn
    db: Any = await asyncpg.connect(dsn)
    letters = await write(db)
    await asyncio.to_thread(server.process.wait, 60)
    assert len(mail.ids) == len(BOTH)
    mail.pid = 0
    server = await asyncio.to_thread(serve, data, mail)
    try:
        db = await asyncpg.connect(dsn)
        # Nobody waits a minute in a test: their time in hand is over now.
        await db.execute("update outreach.message set sending_until = now() where status = 'sending'")
        for letter in letters.values():
            await promise(db, letter)

        async def settled() -> bool:
            rows = await db.fetch("select kind, status from outreach.message")
            return {row["kind"]: row["status"] for row in rows} == {"reminder": "unsure", "booked": "sent"}

        await until(settled, "the letters are not settled")
        assert len(mail.ids) == len(BOTH) + 1
        assert mail.ids[-1] in mail.ids[:-1]
        assert str(letters["booked"]) in mail.ids[-1]
        await db.close()
    finally:
        server.stop()
