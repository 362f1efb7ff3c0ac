"""Every statement on quiet hours, on when to remind, and on what patients want."""

from datetime import datetime, time
from typing import Any

from msgspec import Struct

from sportello.kit.database import Transaction


class Terms(Struct, frozen=True):
    """When nothing is sent, and how long before a visit its patient is reminded."""

    quiet_from: time = time(21)
    quiet_until: time = time(8)
    quiet_all: bool = False
    reminders: tuple[str, ...] = ("2d",)
    by_service: dict[str, tuple[str, ...]] = {}

    def reminders_of(self, service: str | None) -> tuple[str, ...]:
        return self.by_service.get(service or "", self.reminders)


class Wishes(Struct, frozen=True):
    """What a patient wants: reminders or not, and letters in which language ("" is the record's)."""

    reminders: bool = True
    language: str = ""


async def read(tx: Transaction) -> Terms:
    """Those in force."""
    row = await tx.fetchrow("select quiet_from, quiet_until, quiet_all, reminders from outreach.terms")
    rules = await tx.fetch("select service, reminders from outreach.reminder_rule")
    by_service = {rule["service"]: tuple(rule["reminders"]) for rule in rules}
    if row is None:
        return Terms(by_service=by_service)
    return Terms(row["quiet_from"], row["quiet_until"], row["quiet_all"], tuple(row["reminders"]), by_service)


async def keep(tx: Transaction, terms: Terms, by: str, at: datetime) -> None:
    """These from now on."""
    await tx.execute(
        "insert into outreach.terms (quiet_from, quiet_until, quiet_all, reminders, changed_by, changed_at)"
        " values ($1, $2, $3, $4, $5, $6) on conflict (only_one) do update set quiet_from = excluded.quiet_from,"
        " quiet_until = excluded.quiet_until, quiet_all = excluded.quiet_all, reminders = excluded.reminders,"
        " changed_by = excluded.changed_by, changed_at = excluded.changed_at",
        terms.quiet_from, terms.quiet_until, terms.quiet_all, list(terms.reminders), by, at,
    )  # fmt: skip
    await tx.execute("delete from outreach.reminder_rule")
    await tx.executemany(
        "insert into outreach.reminder_rule (service, reminders) values ($1, $2)",
        [(service, list(windows)) for service, windows in terms.by_service.items()],
    )


async def wishes(tx: Transaction, patient: str) -> Wishes:
    row: Any = await tx.fetchrow("select reminders, language from outreach.preference where patient = $1", patient)
    return Wishes(row["reminders"], row["language"]) if row else Wishes()


async def wish(tx: Transaction, patient: str, wishes: Wishes, by: str, at: datetime) -> None:
    await tx.execute(
        "insert into outreach.preference (patient, reminders, language, changed_by, changed_at)"
        " values ($1, $2, $3, $4, $5) on conflict (patient) do update set reminders = excluded.reminders,"
        " language = excluded.language, changed_by = excluded.changed_by, changed_at = excluded.changed_at",
        patient, wishes.reminders, wishes.language, by, at,
    )  # fmt: skip
