"""Streams: numbered, append-only lists of events in PostgreSQL, the one mechanism for everything live."""

from sportello.kit.streams.bus import Bus, NoBus
from sportello.kit.streams.front import Streams
from sportello.kit.streams.shapes import (
    Event,
    FenceMoved,
    Gate,
    Grant,
    Listener,
    Post,
    Posted,
    Refused,
    StreamClosed,
    TryLater,
)

__all__ = [
    "Bus",
    "Event",
    "FenceMoved",
    "Gate",
    "Grant",
    "Listener",
    "NoBus",
    "Post",
    "Posted",
    "Refused",
    "StreamClosed",
    "Streams",
    "TryLater",
]
