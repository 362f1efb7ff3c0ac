"""The lists of work as the desk shows them: mine, to pick, closed; narrowed, page after page."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from msgspec import Struct

from sportello.administration.actor import Actor
from sportello.conversations.store import work as talks
from sportello.conversations.store.talks import Conversation
from sportello.conversations.store.work import Filter, Kind
from sportello.desk import store, views
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_, translate
from sportello.routing import reading as routing

PAGE = 25
MOST_PAGES = 8  # that a list renews by itself; behind them it goes on only by hand
KIND_NAMES = {Kind.MINE: N_("With me"), Kind.OPEN: N_("To pick"), Kind.CLOSED: N_("Closed work")}
CHANNEL_NAMES = {"chat": N_("Chat"), "directline": "Direct Line", "callback": N_("Callback"), "voice": N_("Call")}


class Asked(Struct):
    """A list's form as it was sent; `pages` is how many are shown already, `behind` where the next one begins."""

    queue: str = ""
    channel: str = ""
    language: str = ""
    since: date | None = None
    until: date | None = None
    text: str = ""
    patient: str = ""
    scope: str = ""
    behind: str = ""
    pages: int = 1


class WorkRow(Struct, frozen=True):
    """One conversation in a list."""

    id: str
    name: str
    topic: str
    state: str
    state_text: str
    state_kind: str
    agent_name: str
    queue: str
    language: str
    channel: str
    began_at: datetime
    closed_at: datetime | None
    waiting_since: datetime | None
    unread: int
    note: str


class WorkPage(Struct, frozen=True):
    """Rows, and where the next page begins ("" when there is none)."""

    rows: Sequence[WorkRow]
    behind: str
    levels: store.WaitLevels


async def page(house: House, tx: Transaction, actor: Actor, kind: Kind, asked: Asked) -> WorkPage:
    """A page of a list. Closed work is one's own, or everybody's for those who may read any conversation."""
    shown = 1 if asked.behind else max(1, min(asked.pages, MOST_PAGES))
    found = await talks.page(tx, kind, _filter(house, actor, kind, asked), asked.behind, shown * PAGE + 1)
    rows, more = found[: shown * PAGE], len(found) > shown * PAGE
    queues = await routing.queue_names(house, tx, actor.language)
    return WorkPage(
        [_row(one, actor.language, queues) for one in rows],
        talks.cursor_of(kind, rows[-1]) if more else "",
        await store.wait_levels(tx),
    )


def _filter(house: House, actor: Actor, kind: Kind, asked: Asked) -> Filter:
    agent: UUID | None = UUID(actor.id)
    if kind is Kind.OPEN or (kind is Kind.CLOSED and asked.scope == "all" and may_see_all(actor)):
        agent = None
    return Filter(
        agent=agent, queue=asked.queue[:40], channel=asked.channel[:40], language=asked.language[:8],
        patient=asked.patient[:64], text=asked.text[:100],
        since=midnight(house, asked.since) if asked.since else None,
        until=midnight(house, asked.until + timedelta(days=1)) if asked.until else None,
    )  # fmt: skip


def may_see_all(actor: Actor) -> bool:
    """Whether closed work of colleagues may be listed."""
    return actor.may("conversation.read_any") or actor.may("conversation.supervise")


def midnight(house: House, day: date) -> datetime:
    """When a day begins at the clinic; on the days of the clock's change too."""
    return datetime.combine(day, time(), house.settings.clinic.tz).astimezone(UTC)


def _row(one: Conversation, language: str, queues: dict[str, str]) -> WorkRow:
    text, kind = views.state_words(one.state, language)
    channel = CHANNEL_NAMES.get(one.channel, one.channel)
    return WorkRow(
        id=str(one.id), name=one.visitor_name, topic=views.topic_words(one.topic, language), state=one.state.value,
        state_text=text, state_kind=kind, agent_name=one.agent_name,
        queue=queues.get(one.queue or "", one.queue or ""),
        language=views.LANGUAGE_NAMES.get(one.language, one.language), channel=translate(language, channel),
        began_at=one.created_at, closed_at=one.closed_at, waiting_since=one.waiting_since, unread=one.unread,
        note=one.wrap_up_note,
    )  # fmt: skip


async def choices(house: House, tx: Transaction, actor: Actor, patient: str) -> dict[str, Any]:
    """What the filter's fields offer."""
    language = actor.language
    return {
        "queues": sorted((await routing.queue_names(house, tx, language)).items(), key=lambda one: one[1]),
        "channels": [(one, translate(language, CHANNEL_NAMES.get(one, one))) for one in await talks.channels(tx)],
        "languages": [(one, views.LANGUAGE_NAMES.get(one, one)) for one in house.settings.clinic.languages],
        "kinds": [(kind.value, translate(language, name)) for kind, name in KIND_NAMES.items()],
        "all_closed": may_see_all(actor),
        "patient": patient,
    }
