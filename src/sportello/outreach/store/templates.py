"""Every statement on the hospital's own words: numbered versions, of which the latest counts."""

from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from sportello.kit.database import Transaction


class Version(Struct, frozen=True):
    """What somebody wrote for a kind of letter; without texts the one before it was withdrawn."""

    number: int
    kind: str
    service: str
    channel: str
    texts: dict[str, dict[str, str]] | None
    by_name: str
    at: datetime


_READ = "select number, kind, service, channel, texts, by_name, at from outreach.template"


async def in_force(tx: Transaction) -> list[Version]:
    """The texts of every kind, service and channel that has its own."""
    rows = await tx.fetch(
        "select * from (select distinct on (kind, service, channel) number, kind, service, channel, texts, by_name, at"
        " from outreach.template order by kind, service, channel, number desc) latest where texts is not null"
    )
    return [_version(row) for row in rows]


async def history(tx: Transaction, kind: str, service: str, channel: str) -> list[Version]:
    """Its versions, the latest first."""
    rows = await tx.fetch(
        f"{_READ} where kind = $1 and service = $2 and channel = $3 order by number desc limit 50",
        kind, service, channel,
    )  # fmt: skip
    return [_version(row) for row in rows]


async def add(
    tx: Transaction, kind: str, service: str, channel: str, texts: Any, by: str, by_name: str, at: datetime
) -> int:
    """A new version; its number."""
    return int(
        await tx.fetchval(
            "insert into outreach.template (kind, service, channel, texts, by, by_name, at)"
            " values ($1, $2, $3, $4, $5, $6, $7) returning number",
            kind, service, channel, texts, by, by_name, at,
        )
    )  # fmt: skip


def _version(row: Any) -> Version:
    return msgspec.convert(dict(row), Version)
