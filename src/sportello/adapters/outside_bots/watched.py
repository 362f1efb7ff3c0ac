"""What is told of the hospital's own bot to those who watch: which talks it has, how it answers, when it was down."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sportello.adapters.outside_bots import store
from sportello.adapters.outside_bots.connection import connection_of
from sportello.adapters.outside_bots.trouble import SENTENCES
from sportello.bots.monitoring import Outage, Outages, OwnBotBack, OwnBotDown, OwnTalk
from sportello.bots.store import Reader
from sportello.conversations.hearing import hearing_of
from sportello.kit.database import Transaction
from sportello.kit.house import House


class Watched:
    """The hospital's own bot as the board and the measures see it."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def standing(self, reader: Reader, conversations: Collection[UUID]) -> dict[UUID, OwnTalk]:
        found = await store.in_hand(reader, conversations)
        trouble = SENTENCES.get(await store.trouble(reader), "") if found else ""
        return {one.conversation: OwnTalk(one.answered_at, one.waiting_since, trouble) for one in found}

    async def down(self, reader: Reader) -> Outage | None:
        rows = await store.outages_now(reader)
        return _outage(rows[0]) if rows else None

    async def outages(self, reader: Reader, since: datetime, until: datetime) -> Outages | None:
        latest = tuple(_outage(row) for row in await store.latest_outages(reader, since, until))
        found = Outages(**dict(await store.outages(reader, since, until)), latest=latest)
        employed = (await connection_of(self._house)).employed
        return found if employed or found.times or found.undelivered else None


async def down(house: House, code: str) -> None:
    """Writes down that the bot is taken to be down, and tells it once, however many processes notice."""

    async def work(tx: Transaction) -> None:
        await store.set_trouble(tx, code)
        if await store.went_down(tx, code, house.clock.now()):
            await house.news.announce(tx, OwnBotDown(code))
        tx.after_commit(hearing_of(house).changed)

    await house.db.run(work)


async def back(house: House) -> None:
    """It answers again, which is told once too."""

    async def work(tx: Transaction) -> None:
        began = await ended(house, tx)
        if began:
            await house.news.announce(tx, OwnBotBack(int((house.clock.now() - began).total_seconds())))

    await house.db.run(work)


async def ended(house: House, tx: Transaction) -> datetime | None:
    """Whatever was wrong is over: it answers again, or another was chosen. When the outage began, if there was one."""
    began = await store.came_back(tx, house.clock.now())
    if await store.untroubled(tx) or began:
        tx.after_commit(hearing_of(house).changed)
    return began


def _outage(row: Any) -> Outage:
    return Outage(row["began_at"], row["ended_at"], SENTENCES.get(row["trouble"], row["trouble"]))
