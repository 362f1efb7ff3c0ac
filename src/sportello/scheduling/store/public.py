"""What patients may be shown of the hospital: its sites."""

from typing import Any, Protocol

import msgspec

from sportello.scheduling.calendar import Location, Service


class Reader(Protocol):
    """A database or a transaction."""

    async def fetch(self, sql: str, *args: object) -> list[Any]: ...


async def sites(reader: Reader) -> list[Location]:
    rows = await reader.fetch(
        "select id, name, town, postal_code, address, phone, latitude, longitude, zone from scheduling.location"
        " where active order by town, name"
    )
    return [Location(**row) for row in rows]


async def specialties(reader: Reader) -> list[dict[str, str]]:
    """Names by language."""
    rows = await reader.fetch("select name from scheduling.specialty where active order by id")
    return [row["name"] for row in rows]


async def services(reader: Reader) -> list[Service]:
    """All types of appointment in use."""
    rows = await reader.fetch(
        "select id, specialty, name, minutes, channels, preparation, referral_required, not_by_phone, kind"
        " from scheduling.service where active order by name ->> 'it', id"
    )
    return [msgspec.convert(dict(row), Service) for row in rows]
