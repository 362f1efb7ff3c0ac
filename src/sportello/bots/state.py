"""Where a talk with the embedded assistant stands: all of it, so that any process can go on with it."""

from typing import Literal

from msgspec import Struct

from sportello.bots.words import Words


class Offered(Struct, frozen=True):
    """A button on the patient's screen; `to` is a node, `article:<slug>`, `yes`, `no` or `skip`."""

    to: str
    text: Words


class Outcome(Struct, frozen=True):
    """What the house answered to a call: the way to go on, what is known now, and what can be chosen from."""

    way: str
    saved: dict[str, str] = {}
    listed: dict[str, tuple[Offered, ...]] = {}


class Advice(Struct, frozen=True):
    """What a language model chose for a turn: a wish (`route`), or the answer to the question asked (`slots`)."""

    job: str
    value: str


class State(Struct, frozen=True):
    """`at` is the node that waits for an answer; empty when any wish may come.

    `listed` are choices that the house gave; `heard` are its answers that this turn has not used yet; `advice` is for
    where this turn is not understood.
    """

    language: str
    at: str = ""
    offered: tuple[Offered, ...] = ()
    misses: int = 0
    turns: int = 0
    scenario: str = ""
    words: str = ""
    saved: dict[str, str] = {}
    quoted: str = ""
    flag: str = ""
    held: str = ""
    score: int = 0
    listed: dict[str, tuple[Offered, ...]] = {}
    heard: tuple[Outcome, ...] = ()
    advice: Advice | None = None
    over: bool = False


class Opened(Struct, frozen=True):
    """The conversation began."""


class Said(Struct, frozen=True):
    """The patient wrote, or pressed a button (then `payload` is what it carried)."""

    text: str
    payload: str = ""


Input = Opened | Said
Language = Literal["it", "en"]
