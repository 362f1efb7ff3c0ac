"""Plugs conversations into the house: the gate of their streams, the hearing, the sweep of silence."""

import asyncio
from datetime import timedelta
from typing import Any

import structlog

from sportello.conversations import api, files, keeping, lapsing, merged_patients, replies_pages, safekeeping_pages
from sportello.conversations.contacts import contacts
from sportello.conversations.ending import close_silent
from sportello.conversations.gate import ConversationGate
from sportello.conversations.hearing import Hearing, hearing_of
from sportello.conversations.reading import Openings
from sportello.kit.house import House
from sportello.kit.i18n import N_
from sportello.kit.traces import where
from sportello.record.contacts import sources_of
from sportello.record.events import MergeUndone, PatientsMerged
from sportello.web.site_map import site_map

ROUTES: list[Any] = [*api.ROUTES, *safekeeping_pages.ROUTES, *replies_pages.ROUTES]
SWEEP = 60.0  # seconds between looks for conversations left with the bot
log = structlog.get_logger("conversations")


def install(house: House) -> None:
    """The gate, and the ear of this process."""
    keeping.hold(house)
    site_map(house).add(safekeeping_pages.PLACE, replies_pages.PLACE)
    sources_of(house)[N_("Conversations")] = contacts
    house.news.subscribe(PatientsMerged, merged_patients.follow_merge)
    house.news.subscribe(MergeUndone, merged_patients.follow_undo)
    hearing = house.ports[Hearing] = Hearing()
    house.ports[Openings] = Openings()
    house.streams.gate("conversation", ConversationGate())
    house.streams.react("conversation", hearing.take)


async def start(house: House) -> None:
    """Reads what an ended process heard and did not keep, then goes on hearing."""
    await house.db.run(lambda tx: files.promise_forgetting(house, tx, timedelta(minutes=1)))
    await house.db.run(lambda tx: lapsing.promise(house, tx, timedelta(minutes=2)))
    hearing = hearing_of(house)
    await hearing.look_back(house)
    house.tasks.start(hearing.run(house), name="hearing")
    house.tasks.start(_sweep(house), name="silence")


async def _sweep(house: House) -> None:
    while True:
        await asyncio.sleep(SWEEP)
        try:
            await close_silent(house)
        except Exception as error:
            log.warning("silent conversations could not be closed yet", error=where(error))
