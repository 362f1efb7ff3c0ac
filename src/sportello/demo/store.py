"""Every SQL statement of the demo."""

from datetime import datetime
from typing import Any, Protocol

from msgspec import Struct

from sportello.kit.database import Transaction


class Reader(Protocol):
    """The database or a transaction."""

    async def fetch(self, sql: str, *args: object) -> list[Any]: ...
    async def fetchrow(self, sql: str, *args: object) -> Any: ...
    async def fetchval(self, sql: str, *args: object) -> Any: ...


class Mail(Struct, frozen=True):
    """A mail that the catcher took; `calendar` is its .ics file."""

    id: int
    received_at: datetime
    sender: str
    recipients: list[str]
    subject: str
    body: str
    calendar: str | None


async def is_made(reader: Reader) -> bool:
    return bool(await reader.fetchval("select true from demo.seeding"))


async def claim_making(tx: Transaction, now: datetime) -> bool:
    """False when the hospital stands already; a second process waits here for the first."""
    done = await tx.execute("insert into demo.seeding (made_at) values ($1) on conflict do nothing", now)
    return done.endswith("1")


async def add_mail(
    tx: Transaction, now: datetime, sender: str, recipients: list[str], subject: str, body: str, calendar: str | None,
    raw: bytes,
) -> None:  # fmt: skip
    await tx.execute(
        "insert into demo.mail (received_at, sender, recipients, subject, body, calendar, raw)"
        " values ($1, $2, $3, $4, $5, $6, $7)",
        now, sender, recipients, subject, body, calendar, raw,
    )  # fmt: skip


async def mails(reader: Reader, limit: int = 100) -> list[Mail]:
    rows = await reader.fetch(
        "select id, received_at, sender, recipients, subject, body, calendar from demo.mail order by id desc limit $1",
        limit,
    )
    return [Mail(**row) for row in rows]


async def mail(reader: Reader, number: int) -> Mail | None:
    row = await reader.fetchrow(
        "select id, received_at, sender, recipients, subject, body, calendar from demo.mail where id = $1", number
    )
    return Mail(**row) if row else None
