"""Every statement on stays: the times in which a bot has a conversation, for the measures."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

from sportello.bots.store.talks import Reader
from sportello.kit.database import Transaction


class Wanted(Struct, frozen=True):
    """Which stays: those that began in the time, with this bot, over this channel, in this language; empty is all."""

    since: datetime
    until: datetime
    bot: str = ""
    channel: str = ""
    language: str = ""


class Figures(Struct, frozen=True):
    """`contained` went without a person, `handed` to one. Seconds: until the handover; from it to a person; from a red
    flag to a person (the half that waited least, nine of ten, the longest). `alone`: red flags that no person has had.
    """

    talks: int = 0
    contained: int = 0
    handed: int = 0
    open: int = 0
    turns: int = 0
    misses: int = 0
    to_handover: float | None = None
    to_person: float | None = None
    to_person_most: float | None = None
    flags: int = 0
    flags_alone: int = 0
    flag_to_person: float | None = None
    flag_to_person_longest: float | None = None


_FIGURES = """count(*) as talks, count(*) filter (where outcome = 'ended') as contained,
    count(*) filter (where outcome = 'person') as handed, count(*) filter (where outcome = '') as open,
    coalesce(sum(turns), 0)::int as turns, coalesce(sum(misses), 0)::int as misses,
    percentile_cont(0.5) within group (order by extract(epoch from left_at - began_at))
        filter (where outcome = 'person') as to_handover,
    percentile_cont(0.5) within group (order by extract(epoch from person_at - left_at)) as to_person,
    percentile_cont(0.9) within group (order by extract(epoch from person_at - left_at)) as to_person_most,
    count(*) filter (where reason = 'red-flag') as flags,
    count(*) filter (where reason = 'red-flag' and person_at is null) as flags_alone,
    percentile_cont(0.5) within group (order by extract(epoch from person_at - left_at))
        filter (where reason = 'red-flag') as flag_to_person,
    max(extract(epoch from person_at - left_at)) filter (where reason = 'red-flag')::float as flag_to_person_longest"""
_WHICH = """from bots.stay where began_at >= $1 and began_at < $2 and ($3 = '' or bot = $3)
    and ($4 = '' or channel = $4) and ($5 = '' or language = $5)"""


def _args(wanted: Wanted) -> tuple[Any, ...]:
    return wanted.since, wanted.until, wanted.bot, wanted.channel, wanted.language


async def begin(tx: Transaction, conversation: UUID, bot: str, channel: str, language: str, now: datetime) -> None:
    """A bot has the conversation from now on; twice is the same as once."""
    await tx.execute(
        """insert into bots.stay (conversation, began_at, bot, channel, language) values ($1, $2, $3, $4, $5)
        on conflict do nothing""",
        conversation, now, bot, channel, language,
    )  # fmt: skip


async def leave(tx: Transaction, conversation: UUID, outcome: str, reason: str, now: datetime) -> None:
    """It has it no longer."""
    await tx.execute(
        "update bots.stay set left_at = $4, outcome = $2, reason = $3 where conversation = $1 and left_at is null",
        conversation, outcome, reason, now,
    )  # fmt: skip


async def reach(tx: Transaction, conversation: UUID, now: datetime) -> None:
    """A person has it; the first time counts."""
    await tx.execute(
        "update bots.stay set person_at = $2 where conversation = $1 and outcome = 'person' and person_at is null",
        conversation, now,
    )  # fmt: skip


async def count(tx: Transaction, conversation: UUID, turns: int, misses: int) -> None:
    """So many turns more, and words that were not understood. The turn may be the one with which the stay ended."""
    await tx.execute(
        """update bots.stay set turns = turns + $2, misses = misses + $3 where (conversation, began_at) =
            (select conversation, began_at from bots.stay where conversation = $1 order by began_at desc limit 1)""",
        conversation, turns, misses,
    )  # fmt: skip


async def figures(reader: Reader, wanted: Wanted) -> Figures:
    row = await reader.fetchrow(f"select {_FIGURES} {_WHICH}", *_args(wanted))
    return Figures(**dict(row))


async def by_day(reader: Reader, wanted: Wanted, zone: str) -> list[tuple[date, Figures]]:
    """The days in which anything began, in order."""
    rows = await reader.fetch(
        f"select (began_at at time zone $6)::date as day, {_FIGURES} {_WHICH} group by 1 order by 1",
        *_args(wanted), zone,
    )  # fmt: skip
    return [(row["day"], Figures(**{name: row[name] for name in Figures.__struct_fields__})) for row in rows]


async def by_kind(reader: Reader, wanted: Wanted) -> list[tuple[tuple[str, str, str], Figures]]:
    """By bot, channel and language, the most talks first."""
    rows = await reader.fetch(
        f"select bot, channel, language, {_FIGURES} {_WHICH} group by 1, 2, 3 order by talks desc, 1, 2, 3",
        *_args(wanted),
    )
    return [
        ((row["bot"], row["channel"], row["language"]), Figures(**{n: row[n] for n in Figures.__struct_fields__}))
        for row in rows
    ]


async def reasons(reader: Reader, wanted: Wanted) -> list[tuple[str, int, float | None]]:
    """Why talks went to a person, how many, and the median of seconds until one had it; the most frequent first."""
    rows = await reader.fetch(
        f"""select reason, count(*) as talks,
            percentile_cont(0.5) within group (order by extract(epoch from person_at - left_at)) as seconds
        {_WHICH} and outcome = 'person' group by reason order by 2 desc, 1""",  # noqa: S608
        *_args(wanted),
    )
    return [(row["reason"], row["talks"], row["seconds"]) for row in rows]


async def channels(reader: Reader) -> list[str]:
    """Those over which any came lately enough to be asked for."""
    rows = await reader.fetch(
        "select distinct channel from bots.stay where began_at > now() - interval '400 days' order by 1"
    )
    return [row["channel"] for row in rows if row["channel"]]
