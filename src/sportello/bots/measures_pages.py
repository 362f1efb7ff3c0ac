"""Screens on how bots do, in figures that name nobody: of a time, a bot, a channel and a language; as tables for
spreadsheets too.
"""

import csv
import io
from datetime import date, datetime, timedelta
from datetime import time as clock_time
from typing import Any

from litestar import Request, Response, get
from litestar.exceptions import NotFoundException
from msgspec import Struct

from sportello.administration.actor import Actor
from sportello.administration.permissions import Permission, requires
from sportello.bots.charting import columns
from sportello.bots.monitoring import Outages, OwnBot
from sportello.bots.pages import AT
from sportello.bots.store import counting, stays
from sportello.bots.store.stays import Figures, Wanted
from sportello.kit.house import House
from sportello.kit.i18n import N_, translate

_READS = [requires(Permission.READ_ANY_CONVERSATION)]
_DAYS = (1, 7, 30, 90, 365)
_LONGEST = timedelta(days=400)
BOTS = {"assistant": N_("The assistant of Sportello"), "own": N_("The hospital's own bot")}
CHANNELS = {"chat": N_("Chat"), "directline": "Direct Line", "voice": N_("Call"), "callback": N_("Callback")}
LANGUAGES = {"it": N_("Italian"), "en": N_("English")}
REASONS = {
    "asked": N_("The patient asked for a person"), "red-flag": N_("Possible urgency"),
    "not-understood": N_("The bot did not understand"), "bot-error": N_("The bot failed"),
    "needs-person": N_("The wish needs a person"), "no-article": N_("No approved article answers it"),
    "long-talk": N_("The talk grew long"), "bot-asked": N_("The hospital's bot asked for a person"),
    "bot-timeout": N_("The bot did not answer in time"), "bot-down": N_("The bot cannot be reached"),
    "supervisor": N_("A supervisor took it over"),
}  # fmt: skip


class Asked(Struct, frozen=True):
    """The time as it was asked for: so many days until now, or from one date to another, both whole."""

    wanted: Wanted
    days: int
    begins: date
    ends: date

    @property
    def chosen(self) -> dict[str, str]:
        """All but the time, as an address says it."""
        named = {"bot": self.wanted.bot, "channel": self.wanted.channel, "language": self.wanted.language}
        return {name: value for name, value in named.items() if value}

    @property
    def query(self) -> dict[str, str]:
        """What leads to the same figures again."""
        when = {"days": str(self.days)} if self.days else {"from": str(self.begins), "to": str(self.ends)}
        return when | self.chosen


def asked_of(request: Request[Any, Any, Any], house: House) -> Asked:
    """What cannot be read is as if it had not been said: a week, of everything."""
    given, now, zone = request.query_params, house.clock.now(), house.settings.clinic.tz
    begins, ends, today = _day(given.get("from", "")), _day(given.get("to", "")), now.astimezone(zone).date()
    days = next((days for days in _DAYS if str(days) == given.get("days", "")), 0)
    if not days and begins and ends and timedelta(0) <= ends - begins <= _LONGEST:
        since = datetime.combine(begins, clock_time(), zone)
        until = datetime.combine(ends + timedelta(days=1), clock_time(), zone)
    else:
        days = days or 7
        since, until = now - timedelta(days=days), now + timedelta(seconds=1)
        begins, ends = since.astimezone(zone).date(), today
    bot, channel, language = (given.get(name, "")[:40].replace("\0", "") for name in ("bot", "channel", "language"))
    bot, language = bot if bot in BOTS else "", language if language in LANGUAGES else ""
    return Asked(Wanted(since, until, bot, channel, language), days, begins, ends)


@get(AT + "/measures", guards=_READS)
async def measures(request: Request[Any, Any, Any], house: House) -> Response[str]:
    """Figures of the time, and their days as a picture."""
    asked = asked_of(request, house)
    wanted, reader = asked.wanted, house.db
    days = await stays.by_day(reader, wanted, house.settings.clinic.zone)
    return house.pages.render(
        request, "bots/measures.html", asked=asked, choices=_DAYS, bots=BOTS, words=REASONS, languages=LANGUAGES,
        channels=CHANNELS, known=await stays.channels(reader), totals=await stays.figures(reader, wanted),
        days=days, chart=columns(days, asked.begins, asked.ends), kinds=await stays.by_kind(reader, wanted),
        reasons=await stays.reasons(reader, wanted), outages=await _outages(house, wanted),
        wishes=await counting.wishes(reader, wanted.since, wanted.until),
        feedback=await counting.feedback(reader, wanted.since, wanted.until), now=house.clock.now(),
    )  # fmt: skip


@get(AT + "/measures/{table:str}", guards=_READS)
async def as_table(request: Request[Any, Any, Any], house: House, actor: Actor, table: str) -> Response[bytes]:
    """`days.csv`, `kinds.csv`, `reasons.csv` or `outages.csv` of what the screen shows."""
    asked, name = asked_of(request, house), table.removesuffix(".csv")
    wanted, reader = asked.wanted, house.db
    if name == "days":
        days = await stays.by_day(reader, wanted, house.settings.clinic.zone)
        rows = [["day", *_FIELDS], *([str(day), *_cells(one)] for day, one in days)]
    elif name == "kinds":
        kinds = await stays.by_kind(reader, wanted)
        rows = [["bot", "channel", "language", *_FIELDS], *([*kind, *_cells(one)] for kind, one in kinds)]
    elif name == "reasons":
        found = await stays.reasons(reader, wanted)
        rows = [["reason", "text", "talks", "median_seconds_to_person"]]
        rows += [[code, translate(actor.language, REASONS.get(code, code)), n, _number(s)] for code, n, s in found]
    elif name == "outages":
        outages = await _outages(house, wanted)
        rows = [["began_at", "ended_at", "trouble"]]
        for one in outages.latest if outages else ():
            ended = one.ended_at.isoformat() if one.ended_at else ""
            rows.append([one.began_at.isoformat(), ended, translate(actor.language, one.trouble)])
    else:
        raise NotFoundException
    return _file(rows, f"bot-{name}-{asked.begins}-{asked.ends}.csv", ";" if actor.language == "it" else ",")


_FIELDS = (
    "talks", "contained", "to_a_person", "still_with_the_bot", "turns", "not_understood", "median_seconds_to_handover",
    "median_seconds_to_person", "p90_seconds_to_person", "red_flags", "red_flags_no_person_yet",
    "median_seconds_red_flag_to_person", "longest_seconds_red_flag_to_person",
)  # fmt: skip


def _cells(one: Figures) -> list[Any]:
    return [_number(getattr(one, name)) for name in Figures.__struct_fields__]


def _number(value: float | None) -> int | str:
    return "" if value is None else round(value)


def _file(rows: list[list[Any]], name: str, separator: str) -> Response[bytes]:
    out = io.StringIO()
    csv.writer(out, delimiter=separator).writerows([[_harmless(cell) for cell in row] for row in rows])
    return Response(
        out.getvalue().encode("utf-8-sig"),  # spreadsheets take it for UTF-8 by its mark
        media_type="text/csv; charset=utf-8", headers={"content-disposition": f'attachment; filename="{name}"'},
    )  # fmt: skip


def _harmless(cell: Any) -> Any:
    """A text that a spreadsheet would take for a formula stays a text."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t") else cell


async def _outages(house: House, wanted: Wanted) -> Outages | None:
    own: OwnBot | None = house.ports.get(OwnBot)
    if own is None or wanted.bot == "assistant":
        return None
    return await own.outages(house.db, wanted.since, min(wanted.until, house.clock.now()))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None


ROUTES: list[Any] = [measures, as_table]
