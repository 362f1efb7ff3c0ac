"""What the hospital offers: written by loading, read by everybody."""

from collections.abc import Iterable
from typing import Any

import msgspec

from sportello.kit.database import Transaction
from sportello.scheduling.calendar import (
    Location,
    PostalCode,
    Practitioner,
    Resource,
    Role,
    Service,
    Specialty,
)


async def put_specialties(tx: Transaction, specialties: Iterable[Specialty]) -> None:
    await tx.executemany(
        "insert into scheduling.specialty (id, name) values ($1, $2)"
        " on conflict (id) do update set name = excluded.name, active = true",
        [(one.id, _plain(one.name)) for one in specialties],
    )


async def put_practitioners(tx: Transaction, practitioners: Iterable[Practitioner]) -> None:
    await tx.executemany(
        "insert into scheduling.practitioner (id, name) values ($1, $2)"
        " on conflict (id) do update set name = excluded.name, active = true",
        [(one.id, one.name) for one in practitioners],
    )


async def put_locations(tx: Transaction, locations: Iterable[Location]) -> None:
    await tx.executemany(
        "insert into scheduling.location"
        " (id, name, address, town, postal_code, phone, latitude, longitude, zone, holidays, country)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict (id) do update set name = excluded.name,"
        " address = excluded.address, town = excluded.town, postal_code = excluded.postal_code,"
        " phone = excluded.phone, latitude = excluded.latitude, longitude = excluded.longitude,"
        " zone = excluded.zone, holidays = excluded.holidays, country = excluded.country, active = true",
        [
            (
                one.id, one.name, one.address, one.town, one.postal_code, one.phone, one.latitude, one.longitude,
                one.zone, one.holidays, one.country,
            )
            for one in locations
        ],
    )  # fmt: skip


async def put_resources(tx: Transaction, resources: Iterable[Resource]) -> None:
    await tx.executemany(
        "insert into scheduling.resource (id, kind, name, location) values ($1, $2, $3, $4)"
        " on conflict (id) do update set kind = excluded.kind, name = excluded.name, location = excluded.location,"
        " active = true",
        [(one.id, one.kind, one.name, one.location) for one in resources],
    )


async def put_postal_codes(tx: Transaction, codes: Iterable[PostalCode]) -> None:
    await tx.executemany(
        "insert into scheduling.postal_code (country, code, town, latitude, longitude) values ($1, $2, $3, $4, $5)"
        " on conflict (country, code) do update set town = excluded.town, latitude = excluded.latitude,"
        " longitude = excluded.longitude",
        [(one.country, one.code, one.town, one.latitude, one.longitude) for one in codes],
    )


async def put_services(tx: Transaction, services: Iterable[Service]) -> None:
    await tx.executemany(
        "insert into scheduling.service"
        " (id, specialty, name, minutes, channels, preparation, referral_required, not_by_phone, kind)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (id) do update set specialty = excluded.specialty,"
        " name = excluded.name, minutes = excluded.minutes, channels = excluded.channels,"
        " preparation = excluded.preparation, referral_required = excluded.referral_required,"
        " not_by_phone = excluded.not_by_phone, kind = excluded.kind, active = true",
        [
            (
                one.id, one.specialty, _plain(one.name), one.minutes, [str(channel) for channel in one.channels],
                _plain(one.preparation) if one.preparation else None, one.referral_required, one.not_by_phone, one.kind,
            )
            for one in services
        ],
    )  # fmt: skip


async def put_roles(tx: Transaction, roles: Iterable[Role]) -> None:
    await tx.executemany(
        "insert into scheduling.practitioner_role (id, practitioner, specialty, location, services)"
        " values ($1, $2, $3, $4, $5) on conflict (id) do update set practitioner = excluded.practitioner,"
        " specialty = excluded.specialty, location = excluded.location, services = excluded.services, active = true",
        [(one.id, one.practitioner, one.specialty, one.location, list(one.services)) for one in roles],
    )


def _plain(value: Any) -> Any:
    return msgspec.to_builtins(value)
