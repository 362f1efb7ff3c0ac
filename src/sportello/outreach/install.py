"""Plugs outreach into the house: it listens for wishes of confirmation; who delivers is wired by an adapter."""

from typing import Any

from sportello.conversations.mailing import TranscriptWanted
from sportello.kit.house import House
from sportello.outreach import transcripts
from sportello.outreach.pages import OutreachPages
from sportello.outreach.sending import on_confirmation_wanted
from sportello.scheduling.events import ConfirmationWanted

ROUTES: list[Any] = [OutreachPages]


def install(house: House) -> None:
    """Subscribes to scheduling's events; transcripts that patients want are sent from here."""
    house.ports[TranscriptWanted] = transcripts.promise
    house.news.subscribe(ConfirmationWanted, on_confirmation_wanted)
