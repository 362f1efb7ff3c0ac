"""What must hold for scenarios before they may speak: no dangling node, no circle, no dead end, always a person."""

import re
from collections.abc import Iterator, Mapping

from sportello.bots.operations import OPERATIONS
from sportello.bots.scenario import Node, Scenario, absolute, known_by
from sportello.bots.words import Words

# The engine itself leads here.
NEEDED = (
    "welcome.start", "welcome.menu", "person.start", "person.no_article", "unclear.unsure", "unclear.lost",
    "unclear.person", "unclear.long", "inactivity.remind", "inactivity.close", "emergency.start", "emergency.unclear",
    "emergency.settled", "article.start",
)  # fmt: skip
_HAND_OVER = set(NEEDED) - {
    "welcome.start", "welcome.menu", "unclear.unsure", "unclear.lost", "emergency.settled", "article.start",
    "inactivity.remind", "inactivity.close",
}  # fmt: skip
_PLACES = {"clinic", "emergency", "words", "flag"}
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_KINDS = ("say", "ask", "answer", "escalate", "end", "switch", "note", "branch", "call")


def problems(scenarios: Mapping[str, Scenario]) -> list[str]:
    """Everything that is wrong, in words; empty when the scenarios may be used."""
    found = []
    for ref in NEEDED:
        where, _, node = ref.partition(".")
        if where not in scenarios or node not in scenarios[where].nodes:
            found.append(f"there is no node {ref}")
        elif where == "inactivity" and not _silent(scenarios[where].nodes[node]):
            found.append(f"{ref} must say something, or end, after a wait of some minutes")
        elif ref in _HAND_OVER and not scenarios[where].nodes[node].escalate:
            found.append(f"{ref} must hand over to a person")
    for name, scenario in scenarios.items():
        found += [f"scenario {name}: {what}" for what in _scenario_problems(name, scenario, scenarios)]
    return found


def _silent(node: Node) -> bool:
    return node.wait > 0 and bool(node.say or node.end)


def _scenario_problems(name: str, scenario: Scenario, scenarios: Mapping[str, Scenario]) -> Iterator[str]:
    if not _NAME.fullmatch(name):
        yield "its name takes small letters, digits and underscores"
    if "start" not in scenario.nodes and name not in {ref.partition(".")[0] for ref in NEEDED} | {"language"}:
        yield "it has no node start"
    for language in {"it", "en"} - set(scenario.phrases) if scenario.phrases else ():
        yield f"it has no phrases in {language}"
    saved = {name for node in scenario.nodes.values() for name in known_by(node)}
    lists = {one for node in scenario.nodes.values() if node.call in OPERATIONS for one in OPERATIONS[node.call].lists}
    for key, node in scenario.nodes.items():
        yield from (f"node {key}: {what}" for what in _node_problems(name, key, node, scenarios, saved))
        yield from (f"node {key}: {what}" for what in _call_problems(node, lists))


def _node_problems(
    scenario: str, key: str, node: Node, scenarios: Mapping[str, Scenario], saved: set[str]
) -> Iterator[str]:
    if not _NAME.fullmatch(key):
        yield "its name takes small letters, digits and underscores"
    kinds = [kind for kind in _KINDS if getattr(node, kind)]
    if len(kinds) != 1:
        yield f"it must do exactly one thing, it does {', '.join(kinds) or 'nothing'}"
    if node.ask and not node.save and not node.buttons:
        yield "it asks, but neither saves the answer nor offers buttons"
    if node.kind == "choice" and (not node.ask or not node.save or not (node.buttons or node.choose_from)):
        yield "a choice needs a question, buttons, and a name to save it under"
    if node.kind in ("date", "phone") and not (node.ask and node.save):
        yield "a date or a number is asked for, and saved"
    if node.branch and node.branch.by not in saved | {"wish"}:
        yield f"it goes on by {node.branch.by}, which nothing saves"
    if node.ask and node.save and not node.next:
        yield "it asks, but leads nowhere with the answer"
    if (node.switch or node.note) and not node.next:
        yield "it leads nowhere"
    if (node.escalate or node.end) and (node.next or node.buttons):
        yield "the talk with the assistant is over here, nothing can follow"
    targets = [one.to for one in node.buttons if node.kind != "choice"] + ([node.next] if node.next else [])
    if node.branch:
        targets += [*node.branch.ways.values(), node.branch.otherwise]
    if node.call:
        targets += [*node.ways.values(), node.otherwise]
    if node.answer:
        targets.append(node.missing)
    for target in targets:
        where, _, what = absolute(target, scenario).partition(".")
        if where not in scenarios or what not in scenarios[where].nodes:
            yield f"it leads to {target}, which is not there"
    for words in _texts(node):
        for place in words.places() - _PLACES - saved:
            yield f"nothing fills {{{place}}}"
    if _circles(scenario, key, scenarios):
        yield "it leads back to itself without asking anything"


def _call_problems(node: Node, lists: set[str]) -> Iterator[str]:
    if node.call and node.call not in OPERATIONS:
        yield f"nothing is called {node.call}"
    elif node.call:
        for way in set(node.ways) - set(OPERATIONS[node.call].ways):
            yield f"{node.call} never answers {way}"
    if (node.ways or node.otherwise) and not node.call:
        yield "only a call has ways"
    if node.choose_from and (node.kind != "choice" or node.choose_from not in lists):
        yield f"no call gives the list {node.choose_from}, or it is not a choice"


def _texts(node: Node) -> list[Words]:
    found = [text for text in (node.say, node.ask, node.end) if text]
    if node.escalate:
        found += [node.escalate.say, node.escalate.summary]
    return found + [button.text for button in node.buttons]


def _circles(scenario: str, key: str, scenarios: Mapping[str, Scenario]) -> bool:
    ahead, seen = [f"{scenario}.{key}"], set[str]()
    first = ahead[0]
    while ahead:
        ref = ahead.pop()
        where, _, what = ref.partition(".")
        node = scenarios[where].nodes.get(what) if where in scenarios else None
        if node is None or node.ask:
            continue
        onward = (
            [*node.branch.ways.values(), node.branch.otherwise]
            if node.branch
            else [*node.ways.values(), node.otherwise]
            if node.call
            else [node.next]
            if node.next
            else []
        )
        for target in onward:
            to = absolute(target, where)
            if to == first:
                return True
            if to not in seen:
                seen.add(to)
                ahead.append(to)
    return False
