"""Where a talk with the embedded assistant stands: all of it, so that any process can go on with it."""

from typing import Literal

from msgspec import Struct

from sportello.bots.words import Words


class Offered(Struct, frozen=True):
    """A button on the patient's screen; `to` is a node, `article:<slug>`, `yes`, `no` or `skip`."""

    to: str
    text: Words


class State(Struct, frozen=True):
    """`at` is the node that waits for an answer; empty when any wish may come."""

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
    over: bool = False


class Opened(Struct, frozen=True):
    """The conversation began."""


class Said(Struct, frozen=True):
    """The patient wrote, or pressed a button (then `payload` is what it carried)."""

    text: str
    payload: str = ""


Input = Opened | Said
Language = Literal["it", "en"]
