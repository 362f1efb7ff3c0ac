"""Plugs the bot in: greets what opens, answers what patients write, sweeps what was left; warns of overdue reviews."""

from typing import Any

import structlog

from sportello.bots import forgetting, keeping, measures_pages, pages, spoken, staying, watching
from sportello.bots.embedded import EmbeddedBot
from sportello.bots.language_model.asking import keep_forgetting
from sportello.bots.language_model.terms import renew
from sportello.bots.library import library
from sportello.bots.monitoring import Monitoring
from sportello.bots.ports import BotPort
from sportello.bots.red_flags import red_flags
from sportello.bots.turns import Turns
from sportello.conversations.events import ConversationOpened, Escalated, Moved, PatientLinked
from sportello.kit.house import House
from sportello.kit.security.sealing import keeps_secrets
from sportello.knowledge.reading import today
from sportello.web.site_map import site_map

log = structlog.get_logger("bots")
ROUTES: list[Any] = [*pages.ROUTES, *measures_pages.ROUTES, *watching.ROUTES]


def install(house: House) -> None:
    """Scenarios and red flags are read here: a broken one stops the start with its name."""
    keeping.hold(house)
    library()
    red_flags()
    keeps_secrets(house, renew)
    house.ports.setdefault(BotPort, EmbeddedBot(house))
    house.ports.setdefault(Monitoring, Monitoring())
    site_map(house).add(pages.PLACE)
    turns = house.ports.setdefault(Turns, Turns())
    house.news.subscribe(ConversationOpened, turns.greet)
    house.news.subscribe(Moved, turns.moved)
    house.news.subscribe(Moved, staying.moved)
    house.news.subscribe(Escalated, forgetting.on_escalated)
    house.news.subscribe(PatientLinked, forgetting.on_linked)
    house.streams.react("conversation", turns.heard)


async def start(house: House) -> None:
    """Answers what a crash left unanswered, and goes on looking."""
    day = today(house)
    overdue = [*library().overdue(day), *(["red_flags.yaml"] if red_flags().review_by < day else [])]
    for file in overdue:
        log.warning("the review of a scenario file is overdue", file=file)
    if unapproved := await spoken.as_shipped(house.db):
        log.warning(
            "the assistant speaks texts that nobody of this hospital has approved: see Assistant on the desk",
            files=" ".join(unapproved),
        )
    await house.port(BotPort).health()
    house.tasks.start(house.port(Turns).keep_sweeping(house), name="bots' sweep")
    house.tasks.start(keep_forgetting(house), name="bots' forgetting of calls")
