"""Every statement on visits as the other system has them, and on how far its changes are followed."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from sportello.kit.database import Transaction
from sportello.scheduling.booking_port import Booked

_UNDER_WAY = """exists (select from scheduling.elsewhere_order o where o.appointment = a.id
    and o.state in ('sending', 'lost', 'made', 'undoing'))"""


class Watch(Struct, frozen=True):
    """Up to when changes were told, when they were asked for last, and whether that failed."""

    since: datetime
    looked_at: datetime | None
    trouble: bool


class Seen(Struct, frozen=True):
    """What was last seen of a visit; `newer`: it was changed here since a moment, or is being changed."""

    words: str
    flagged: str
    newer: bool


async def watch(tx: Transaction) -> Watch | None:
    """None while calendars are kept here."""
    row = await tx.fetchrow(
        "select coalesce(w.since, k.since), w.looked_at, coalesce(w.trouble, false)"
        " from scheduling.kept_elsewhere k left join scheduling.elsewhere_watch w on true"
    )
    return Watch(*row) if row else None


async def watched(tx: Transaction, since: datetime, at: datetime, *, trouble: bool) -> None:
    await tx.execute(
        "insert into scheduling.elsewhere_watch (since, looked_at, trouble) values ($1, $2, $3)"
        " on conflict (one) do update set since = excluded.since, looked_at = excluded.looked_at,"
        " trouble = excluded.trouble",
        since, at, trouble,
    )  # fmt: skip


async def forget_watch(tx: Transaction) -> None:
    await tx.execute("delete from scheduling.elsewhere_watch")


async def moment(tx: Transaction) -> datetime:
    """Now, by the clock that stamps changes of appointments."""
    at: datetime = await tx.fetchval("select clock_timestamp()")
    return at


async def to_look_at(tx: Transaction, since: datetime, most: int) -> list[str]:
    """Visits from then on, by their ids there: those that wait for it first, then the longest unseen."""
    rows = await tx.fetch(
        "select a.remote from scheduling.appointment a left join scheduling.elsewhere_visit v on v.appointment = a.id"
        " where a.remote is not null and a.starts > $1 and (a.status in ('pending', 'booked', 'arrived', 'checked-in')"
        " or v.seen_at is null)"
        " order by v.seen_at nulls first, a.starts limit $2",
        since, most,
    )  # fmt: skip
    return [row["remote"] for row in rows]


async def known(tx: Transaction, there: Sequence[str]) -> dict[str, UUID]:
    """Our copies, by their ids there."""
    rows = await tx.fetch("select remote, id from scheduling.appointment where remote = any ($1::text[])", list(there))
    return {row["remote"]: row["id"] for row in rows}


async def seen(tx: Transaction, appointment: UUID, since: datetime) -> Seen:
    """The caller has the appointment locked."""
    row = await tx.fetchrow(
        f"select coalesce(v.words, ''), coalesce(v.flagged, ''), a.changed_at >= $2 or {_UNDER_WAY}"  # noqa: S608
        " from scheduling.appointment a left join scheduling.elsewhere_visit v on v.appointment = a.id where a.id = $1",
        appointment, since,
    )  # fmt: skip
    return Seen(*row) if row else Seen("", "", newer=True)


async def see(tx: Transaction, appointment: UUID, at: datetime | None, words: str = "", flagged: str = "") -> None:
    """As it was seen at a moment; without one it is looked at in the next round. Empty words stay as they were."""
    await tx.execute(
        "insert into scheduling.elsewhere_visit as v (appointment, words, flagged, seen_at) values ($1, $2, $3, $4)"
        " on conflict (appointment) do update set words = coalesce(nullif(excluded.words, ''), v.words),"
        " flagged = excluded.flagged, seen_at = excluded.seen_at",
        appointment, words, flagged, at,
    )  # fmt: skip


async def again(tx: Transaction, appointment: UUID) -> None:
    """It is looked at in the next round."""
    await tx.execute(
        "insert into scheduling.elsewhere_visit (appointment) values ($1)"
        " on conflict (appointment) do update set seen_at = null",
        appointment,
    )


async def put_time(tx: Transaction, schedule: str, service: str, there: Booked, remote: str, appointment: UUID) -> int:
    """The time at which a visit stands there, as a copy in a calendar; one that somebody else has stays as it is."""
    found: int | None = await tx.fetchval(
        """
        insert into scheduling.slot as s
            (schedule, practitioner, location, starts, ends, remote, remote_version, remote_services)
        select c.id, c.practitioner, c.location, $2, $3, $4, '', array[$5::text]
        from scheduling.schedule c where c.id = $1
        on conflict (schedule, starts) do update set
            ends = excluded.ends, remote = excluded.remote, remote_version = '', before = 0, after = 0, seats = 1,
            resources = '{}', orphan = false,
            remote_services = array(select distinct unnest(s.remote_services || excluded.remote_services) order by 1),
            status = case when s.status = 'entered-in-error' then 'free' else s.status end
        where not exists (select from scheduling.appointment a where a.slot = s.id and a.id <> $6 and a.status in
                          ('pending', 'booked', 'arrived', 'checked-in'))
        returning id
        """,
        schedule, there.starts, there.ends, remote, service, appointment,
    )  # fmt: skip
    if found is None:
        found = await tx.fetchval(
            "select id from scheduling.slot where schedule = $1 and starts = $2", schedule, there.starts
        )
    return int(found or 0)
