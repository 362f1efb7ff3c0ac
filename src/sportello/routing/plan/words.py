"""The words the plan is written in: small values that more than one part of it uses."""

from datetime import date
from enum import StrEnum

from msgspec import Struct

CODE = r"^[a-z][a-z0-9_-]{0,39}$"  # what queues, skills, workstreams and hours are called by each other


class Text(Struct, frozen=True, forbid_unknown_fields=True):
    """A text in both of the house's languages."""

    it: str = ""
    en: str = ""

    def said(self, language: str) -> str:
        """The text in a language, or in the other one when it is missing."""
        return (self.it or self.en) if language == "it" else (self.en or self.it)

    @property
    def empty(self) -> bool:
        return not (self.it.strip() or self.en.strip())


class Method(StrEnum):
    """Whom a queue asks among those who can be asked."""

    LONGEST_IDLE = "longest_idle"  # whoever has waited longest for work
    ROUND_ROBIN = "round_robin"  # whoever was given something the longest time ago
    MOST_SPARE = "most_spare"  # whoever has the most units free; equal: the longest idle


class Mode(StrEnum):
    """Whether conversations are offered to agents, or agents pick them."""

    PUSH = "push"
    PICK = "pick"


class Trouble(StrEnum):
    """What makes a queue overflow."""

    CLOSED = "closed"  # outside its opening hours
    TOO_LONG = "too_long"  # the first in it has waited longer than `limit` seconds
    TOO_MANY = "too_many"  # more than `limit` conversations wait in it
    NOBODY = "nobody"  # no agent who could be asked has a connected desk


class Remedy(StrEnum):
    """What is done with whoever comes to an overflowing queue."""

    QUEUE = "queue"  # goes to another queue
    CALLBACK = "callback"  # is asked how and when to be called back; becomes work when the queue opens
    MESSAGE = "message"  # is told, and waits on


class Opening(Struct, frozen=True, forbid_unknown_fields=True):
    """Open on these days of the week (1 Monday to 7 Sunday) from `opens` until `closes`, local "HH:MM" of the clinic.

    "24:00" closes at midnight. A period that ends before it begins goes on after midnight.
    """

    days: tuple[int, ...]
    opens: str
    closes: str


class OneDay(Struct, frozen=True, forbid_unknown_fields=True):
    """A day that is different: open from `opens` until `closes`, or closed all day when both are empty."""

    on: date
    opens: str = ""
    closes: str = ""
    name: str = ""


class Need(Struct, frozen=True, forbid_unknown_fields=True):
    """A skill that is wanted, at this level (1 to 5) or above."""

    skill: str
    level: int = 1


class Condition(Struct, frozen=True, forbid_unknown_fields=True):
    """Whether a fact of the conversation is one of `values` (or, with `negated`, none of them).

    Facts: channel, language, topic, reason (why the bot handed over), priority ("red-flag" or "usual"),
    patient ("known" or "unknown"), queue (which the bot asked for).
    """

    fact: str
    values: tuple[str, ...]
    negated: bool = False
