"""What a scenario is made of: nodes that say, ask, answer, switch, note, hand over or end, in every language."""

from datetime import date
from typing import Annotated, Literal

from msgspec import Meta, Struct

from sportello.bots.operations import OPERATIONS
from sportello.bots.words import Words


class Button(Struct, frozen=True, forbid_unknown_fields=True):
    """A choice offered; `to` is `scenario`, `scenario.node` or `.node` of the same scenario."""

    text: Words
    to: str


class Handover(Struct, frozen=True, forbid_unknown_fields=True):
    """The way to a person: what the patient reads, what the agent reads, and how urgent it is."""

    say: Words
    summary: Words
    reason: str
    priority: int = 0


class Branch(Struct, frozen=True, forbid_unknown_fields=True):
    """Goes on by what was saved under `by`: the way of that value (compared folded), else `otherwise`."""

    by: str
    ways: dict[str, str]
    otherwise: str


class Node(Struct, frozen=True, forbid_unknown_fields=True, rename={"choose_from": "from"}):
    """One step; exactly one of `say`, `ask`, `answer`, `escalate`, `end`, `switch`, `note`, `branch`, `call` is there.

    `ask` with `save` takes an answer of its `kind` (with `choice`, one of its buttons, whose `to` is the value saved;
    with `from` also one of a list that a call gave, whose words are saved as `<save>_told`); without it, one of its
    buttons. `call` asks the house (see `operations`) and goes on by `ways`, else `otherwise`. `answer` names what an
    approved article answers. `link` leads to a page where patients do it themselves. `wait` (minutes of the
    patient's silence) is for the nodes of the scenario `inactivity`.
    """

    say: Words | None = None
    ask: Words | None = None
    answer: str = ""
    escalate: Handover | None = None
    end: Words | None = None
    switch: Literal["", "it", "en", "other"] = ""
    branch: Branch | None = None
    kind: Literal["text", "date", "phone", "choice"] = "text"
    link: Literal["", "visits", "callback", "sign_in"] = ""
    note: dict[str, str] = {}
    call: str = ""
    ways: dict[str, str] = {}
    otherwise: str = ""
    choose_from: str = ""
    wait: Annotated[int, Meta(ge=0, le=1440)] = 0
    buttons: list[Button] = []
    save: str = ""
    skippable: bool = False
    next: str = ""
    missing: str = "person.no_article"


class Scenario(Struct, frozen=True, forbid_unknown_fields=True):
    """A wish with its example phrases and its nodes; `offered` ones may be offered when the assistant is unsure."""

    title: Words
    nodes: dict[str, Node]
    topic: str = ""
    phrases: dict[Literal["it", "en"], list[str]] = {}
    offered: bool = True


class Approved(Struct, frozen=True, forbid_unknown_fields=True):
    """A file of scenarios with who answers for it."""

    version: int
    approved_by: str
    approved_on: date
    review_by: date
    scenarios: dict[str, Scenario]


def known_by(node: Node) -> list[str]:
    """The names that may be filled once the talk has come through this node."""
    found = [node.save, f"{node.save}_told"] if node.save and node.choose_from else [node.save] if node.save else []
    return found + list(OPERATIONS[node.call].saves if node.call in OPERATIONS else ())


def absolute(target: str, scenario: str) -> str:
    """`target` as `scenario.node`, seen from `scenario`."""
    if target.startswith("."):
        return scenario + target
    return target if "." in target else f"{target}.start"
