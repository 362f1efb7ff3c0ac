"""Searching free times among a million slots, in the database and through the wizard's own search."""

import asyncio
import shutil
import statistics
import tempfile
import time as clock
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sportello.kit.database import Database, Transaction
from sportello.kit.database.embedded import EmbeddedPostgres
from sportello.kit.database.migrating import migrate
from sportello.scheduling.searching import times
from sportello.scheduling.store.slots import Wanted

SLOTS = 1_000_000
CALENDARS = 400  # 20 specialties, 20 calendars each, 10 sites
ZONE = ZoneInfo("Europe/Rome")
NOW = datetime(2027, 1, 11, 7, tzinfo=UTC)
ROUNDS = 300
# Every third slot is free, as in a well-used calendar; one specialty has nothing for months.
_FILL = """
insert into scheduling.specialty (id, name) select 's' || n, '{"it": "S", "en": "S"}' from generate_series(1, 20) n;
insert into scheduling.practitioner (id, name) select 'p' || n, 'Doctor ' || n from generate_series(1, 400) n;
insert into scheduling.location (id, name, address, town, postal_code, phone, zone)
    select 'l' || n, 'Site ' || n, '', 'Town', '00000', '', 'Europe/Rome' from generate_series(0, 9) n;
insert into scheduling.service (id, specialty, name, minutes, channels, referral_required, not_by_phone)
    select 'v' || n, 's' || n, '{"it": "V", "en": "V"}', 30, '{in_person}', false, false from generate_series(1, 20) n;
insert into scheduling.practitioner_role (id, practitioner, specialty, location, services)
    select 'r' || n, 'p' || n, 's' || (n % 20 + 1), 'l' || (n / 20 % 10), array['v' || (n % 20 + 1)]
    from generate_series(1, 400) n;
insert into scheduling.schedule (id, role, practitioner, specialty, location, services, minutes, hours)
    select 'c' || n, 'r' || n, 'p' || n, 's' || (n % 20 + 1), 'l' || (n / 20 % 10), array['v' || (n % 20 + 1)], 30, '[]'
    from generate_series(1, 400) n;
insert into scheduling.slot (schedule, practitioner, location, starts, ends, status)
    select 'c' || c, 'p' || c, 'l' || (c / 20 % 10), t.at, t.at + interval '30 minutes',
           case when c % 20 = 0 and d < 150 then 'busy' when (c + d + s) % 3 = 0 then 'free' else 'busy' end
    from generate_series(1, 400) c, generate_series(0, 155) d, generate_series(0, 15) s,
         lateral (select timestamptz '2027-01-11 07:00+00' + d * interval '1 day' + s * interval '30 minutes' as at) t
    limit 1000000;
"""
CASES: dict[str, tuple[Wanted, str, int]] = {
    "one practitioner": (Wanted("v3", practitioner="p2"), "", 0),
    "a specialty, one site": (Wanted("v3", specialty="s3", location="l2"), "", 0),
    "a specialty, any site": (Wanted("v3", specialty="s3"), "", 0),
    "a specialty, any site, afternoons": (Wanted("v3", specialty="s3"), "afternoon", 0),
    "in three months": (Wanted("v3", specialty="s3"), "", 90),
    "nothing free for five months": (Wanted("v1", specialty="s1"), "", 0),
    "nothing that fits (evenings)": (Wanted("v3", specialty="s3"), "evening", 0),
}


def rows(arguments: list[str]) -> list[dict[str, object]]:
    """Milliseconds from the question to the days shown, all statements and Python included; one client."""
    folder = Path(tempfile.mkdtemp(prefix="sportello-slots-"))
    folder.chmod(0o711)
    server = EmbeddedPostgres(folder)
    server.start()
    try:
        migrate(server.dsn)
        return asyncio.run(_measure(server.dsn))
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


async def _measure(dsn: str) -> list[dict[str, object]]:
    db = Database(dsn)
    await db.open()
    await db.execute(_FILL)
    await db.execute("vacuum analyze scheduling.slot")
    await db.execute("analyze")
    count = await db.fetchval("select count(*) from scheduling.slot")
    found: list[dict[str, object]] = []
    for name, (wanted, part, days) in CASES.items():
        start = (NOW + timedelta(days=days)).date()

        async def ask(tx: Transaction, wanted: Wanted = wanted, part: str = part, start: Any = start) -> int:
            shown = await times(tx, wanted, start, part, NOW, ZONE)
            return sum(len(day.slots) for day in shown.days)

        found.append({"slots": count, "search": name, **await _timed(db, ask)})
    await db.close()
    return found


async def _timed(db: Database, ask: Callable[[Transaction], Awaitable[int]]) -> dict[str, object]:
    spent: list[float] = []
    shown = 0
    async with db.transaction() as tx:
        for _ in range(20):
            shown = await ask(tx)
        for _ in range(ROUNDS):
            began = clock.perf_counter()
            await ask(tx)
            spent.append((clock.perf_counter() - began) * 1000)
    spent.sort()
    return {
        "shown": shown,
        "median_ms": round(statistics.median(spent), 2),
        "p99_ms": round(spent[int(len(spent) * 0.99)], 2),
    }
