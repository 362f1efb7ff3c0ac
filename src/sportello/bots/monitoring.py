"""What whoever watches may know of a conversation with a bot: where it stands, never its words.

The hospital's own bot lives above this room: it tells of itself through OwnBot.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Protocol
from uuid import UUID

from msgspec import Struct

from sportello.bots.embedded import EmbeddedBot
from sportello.bots.ports import BotPort
from sportello.bots.store import watched
from sportello.bots.store.talks import Reader
from sportello.kit.house import House


class Standing(Struct, frozen=True):
    """A talk with the assistant. `step` is the node that waits for an answer, empty while any wish may come;
    `confidence` (0 to 100) is that of the last wish understood, None before the first; `misses` are those in a row;
    `alarm`: the closed question of a red flag is not answered yet.
    """

    scenario: str
    step: str
    confidence: int | None
    misses: int
    alarm: bool


class OwnTalk(Struct, frozen=True):
    """A talk with the hospital's own bot: when it answered last (None: not yet), since when the patient waits for it,
    and what is wrong with the bot, in words to be translated (empty when nothing is)."""

    answered_at: datetime | None
    waiting_since: datetime | None
    trouble: str


class Outage(Struct, frozen=True):
    """A time in which the bot was taken to be down; `trouble` in words to be translated."""

    began_at: datetime
    ended_at: datetime | None
    trouble: str


class Outages(Struct, frozen=True):
    """`times` the bot was taken to be down, `seconds` in all, and messages not known to have reached it.

    `latest` are those of the time, the newest first, and not all of very many.
    """

    times: int
    seconds: int
    down_now: bool
    undelivered: int
    latest: tuple[Outage, ...] = ()


class OwnBotDown(Struct, frozen=True):
    """Announced in the transaction that writes down that the hospital's own bot is taken to be down."""

    trouble: str


class OwnBotBack(Struct, frozen=True):
    """Announced in the transaction that writes down that it answers again, after so many seconds."""

    seconds: int


class OwnBot(Protocol):
    """The hospital's own bot, as far as it is watched; without this port there is none."""

    async def standing(self, reader: Reader, conversations: Collection[UUID]) -> dict[UUID, OwnTalk]:
        """Those of the conversations that it has."""
        ...

    async def down(self, reader: Reader) -> Outage | None:
        """The outage that goes on."""
        ...

    async def outages(self, reader: Reader, since: datetime, until: datetime) -> Outages | None:
        """None when the hospital has no bot of its own, and had none that failed."""
        ...


class Monitoring:
    """Looks at many talks at once, for the board."""

    async def standing(
        self, house: House, reader: Reader, conversations: Collection[UUID], language: str
    ) -> dict[UUID, Standing | OwnTalk]:
        """By conversation; one that no bot has is not among them. Titles are in the reader's language."""
        if not conversations:
            return {}
        found: dict[UUID, Standing | OwnTalk] = {}
        bot: BotPort = house.port(BotPort)
        scenarios = bot.mind.library.scenarios if isinstance(bot, EmbeddedBot) else {}
        for one in await watched.standing(reader, conversations):
            known = scenarios.get(one.scenario)
            found[one.conversation] = Standing(
                known.title.in_(language) if known else one.scenario,
                one.at.partition(".")[2].replace("_", " "),
                one.score or None,
                one.misses,
                bool(one.flag),
            )
        own: OwnBot | None = house.ports.get(OwnBot)
        return found | dict(await own.standing(reader, conversations)) if own else found
