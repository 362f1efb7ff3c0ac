"""The tools every room is handed: explicit instead of ambient, so that a test can furnish another house."""

from dataclasses import dataclass, field
from typing import Any

from sportello.kit.clock import Clock
from sportello.kit.database import Database
from sportello.kit.html import Pages
from sportello.kit.jobs import Jobs
from sportello.kit.news import News
from sportello.kit.settings import Settings
from sportello.kit.streams import Streams
from sportello.kit.tasks import Tasks


@dataclass(slots=True)
class House:
    """What a running Sportello has in hand; `ports` holds the outside systems wired by the application."""

    settings: Settings
    clock: Clock
    db: Database
    streams: Streams
    jobs: Jobs
    news: News
    pages: Pages
    tasks: Tasks = field(default_factory=Tasks)
    ports: dict[type, Any] = field(default_factory=dict)

    def port(self, kind: type) -> Any:
        """The adapter wired for a port (a Protocol of some room's `ports.py`)."""
        return self.ports[kind]
