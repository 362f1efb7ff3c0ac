"""What the hospital offers: written by loading, read by everybody."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec

from sportello.kit.database import Transaction
from sportello.scheduling.calendar import (
    Hours,
    Location,
    PostalCode,
    Practitioner,
    Role,
    Service,
    Specialty,
    WeeklyTemplate,
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
        " (id, name, address, town, postal_code, phone, latitude, longitude, zone)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (id) do update set name = excluded.name,"
        " address = excluded.address, town = excluded.town, postal_code = excluded.postal_code,"
        " phone = excluded.phone, latitude = excluded.latitude, longitude = excluded.longitude,"
        " zone = excluded.zone, active = true",
        [
            (one.id, one.name, one.address, one.town, one.postal_code, one.phone, one.latitude, one.longitude, one.zone)
            for one in locations
        ],
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
        " (id, specialty, name, minutes, channels, preparation, referral_required, not_by_phone)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (id) do update set specialty = excluded.specialty,"
        " name = excluded.name, minutes = excluded.minutes, channels = excluded.channels,"
        " preparation = excluded.preparation, referral_required = excluded.referral_required,"
        " not_by_phone = excluded.not_by_phone, active = true",
        [
            (
                one.id, one.specialty, _plain(one.name), one.minutes, [str(channel) for channel in one.channels],
                _plain(one.preparation) if one.preparation else None, one.referral_required, one.not_by_phone,
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


async def put_schedules(tx: Transaction, templates: Iterable[tuple[WeeklyTemplate, Role]]) -> None:
    await tx.executemany(
        "insert into scheduling.schedule (id, role, practitioner, specialty, location, services, minutes, hours,"
        " valid_from, valid_until) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict (id) do update"
        " set role = excluded.role, services = excluded.services, minutes = excluded.minutes, hours = excluded.hours,"
        " valid_from = excluded.valid_from, valid_until = excluded.valid_until, active = true",
        [
            (
                one.id, role.id, role.practitioner, role.specialty, role.location, list(one.services), one.minutes,
                _plain(one.hours), one.valid_from, one.valid_until,
            )
            for one, role in templates
        ],
    )  # fmt: skip


async def templates(tx: Transaction) -> list[tuple[WeeklyTemplate, str, str, str]]:
    """Templates in use, each with its practitioner, its location, and the location's zone."""
    rows = await tx.fetch(
        "select s.id, s.role, s.minutes, s.hours, s.services, s.valid_from, s.valid_until, s.practitioner, s.location,"
        " l.zone from scheduling.schedule s join scheduling.location l on l.id = s.location where s.active"
        " order by s.id"
    )
    return [
        (
            WeeklyTemplate(
                row["id"], row["role"], row["minutes"], msgspec.convert(row["hours"], tuple[Hours, ...]),
                tuple(row["services"]), row["valid_from"], row["valid_until"],
            ),
            row["practitioner"],
            row["location"],
            row["zone"],
        )
        for row in rows
    ]  # fmt: skip


async def put_slots(
    tx: Transaction, schedule: str, practitioner: str, location: str, spans: Sequence[tuple[datetime, datetime]]
) -> int:
    """Adds the slots that are not there yet; how many were added."""
    added: Any = await tx.fetchval(
        "with added as (insert into scheduling.slot (schedule, practitioner, location, starts, ends)"
        " select $1, $2, $3, t.starts, t.ends from unnest($4::timestamptz[], $5::timestamptz[]) as t (starts, ends)"
        " on conflict (schedule, starts) do nothing returning 1) select count(*) from added",
        schedule,
        practitioner,
        location,
        [starts for starts, _ in spans],
        [ends for _, ends in spans],
    )
    return int(added)


def _plain(value: Any) -> Any:
    return msgspec.to_builtins(value)
