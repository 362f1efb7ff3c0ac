"""A scenario as a picture: nodes by their distance from the start, and the ways between them."""

from textwrap import shorten, wrap

from msgspec import Struct
from msgspec.structs import replace

from sportello.bots.scenario import Node, Scenario, absolute

WIDE, HIGH, GAP_X, GAP_Y, MARGIN = 208, 84, 28, 92, 14
_LETTER, _LINE = 6.4, 13  # pixels of a label's letter and line
_LEVELS = (GAP_Y - 20) // _LINE
_KINDS = ("ask", "answer", "escalate", "end", "switch", "note", "branch", "call", "say")


class Box(Struct, frozen=True):
    """One node: where it stands, what it does, and its first words; `elsewhere` is another scenario."""

    name: str
    kind: str
    lines: tuple[str, ...]
    x: int
    y: int


class Way(Struct, frozen=True):
    """From a node to the next: the path of the line, and the button's words with where they stand."""

    path: str
    label: str
    x: int
    y: int


class Graph(Struct, frozen=True):
    """Everything that the picture needs; sizes in pixels."""

    width: int
    height: int
    boxes: tuple[Box, ...]
    ways: tuple[Way, ...]
    steps: tuple[tuple[str, str, str, tuple[tuple[str, str], ...]], ...]


def draw(name: str, scenario: Scenario, language: str) -> Graph:
    """The picture, and the same as a list (node, what it does, its words, ways) for whoever cannot see it."""
    ways = {f"{name}.{key}": _ways(name, node, language) for key, node in scenario.nodes.items()}
    rank = _ranks(ways)
    rows: dict[int, list[str]] = {}
    for ref, row in rank.items():
        rows.setdefault(row, []).append(ref)
    places: dict[str, tuple[int, int]] = {}
    for row, refs in rows.items():
        for column, ref in enumerate(refs):
            places[ref] = (MARGIN + column * (WIDE + GAP_X), MARGIN + row * (HIGH + GAP_Y))
    boxes = tuple(_box(name, scenario, ref, place, language) for ref, place in places.items())
    lines = [_way(places[ref], places[to], label, n) for ref, out in ways.items() for n, (to, label) in enumerate(out)]
    most = max((len(refs) for refs in rows.values()), default=1)
    steps = tuple(
        (key, _kind(node), _text(node, language), tuple(ways[f"{name}.{key}"])) for key, node in scenario.nodes.items()
    )
    return Graph(
        MARGIN * 2 + most * (WIDE + GAP_X) - GAP_X, MARGIN * 2 + len(rows) * (HIGH + GAP_Y) - GAP_Y,
        boxes, tuple(_legible(lines)), steps,
    )  # fmt: skip


def _ranks(ways: dict[str, list[tuple[str, str]]]) -> dict[str, int]:
    """Every node's row, by the fewest steps from the first one; what is reached from elsewhere begins anew."""
    rank: dict[str, int] = {}
    for root in ways:
        if root in rank:
            continue
        rank[root], queue = 0, [root]
        while queue:
            ref = queue.pop(0)
            for to, _ in ways.get(ref, []):
                if to not in rank:
                    rank[to] = rank[ref] + 1
                    queue.append(to)
    return rank


def _ways(name: str, node: Node, language: str) -> list[tuple[str, str]]:
    choice = node.kind == "choice"
    found = [] if choice else [(absolute(one.to, name), one.text.in_(language)) for one in node.buttons]
    if node.branch:
        found += [(absolute(to, name), value) for value, to in node.branch.ways.items()]
        found.append((absolute(node.branch.otherwise, name), "…"))
    if node.call:
        found += [(absolute(to, name), way) for way, to in node.ways.items()]
        found.append((absolute(node.otherwise, name), "…"))
    if node.next:
        found.append((absolute(node.next, name), ""))
    if node.answer:
        found.append((absolute(node.missing, name), "∅"))
    return found


def _kind(node: Node | None) -> str:
    return next((kind for kind in _KINDS if node and getattr(node, kind)), "elsewhere")


def _text(node: Node | None, language: str) -> str:
    if node is None:
        return ""
    said = node.ask or node.say or node.end or (node.escalate.say if node.escalate else None)
    if node.branch:
        return f"{node.branch.by}?"
    if node.call:
        return node.call
    return said.in_(language) if said else node.answer or node.switch or " ".join(node.note)


def _box(name: str, scenario: Scenario, ref: str, place: tuple[int, int], language: str) -> Box:
    where, _, key = ref.partition(".")
    node = scenario.nodes.get(key) if where == name else None
    lines = wrap(shorten(_text(node, language), 62, placeholder="…"), 32)[:2]
    return Box(key if where == name else ref, _kind(node), tuple(lines), *place)


def _way(start: tuple[int, int], end: tuple[int, int], label: str, n: int) -> Way:
    x, y = start[0] + WIDE // 2 + (n % 5) * 16, start[1] + HIGH
    to_x, to_y = end[0] + WIDE // 2, end[1]
    if to_y > start[1]:
        bend = (y + to_y) // 2
        path = f"M{x} {y} C{x} {bend} {to_x} {bend} {to_x} {to_y}"
        return Way(path, shorten(label, 24, placeholder="…"), to_x, to_y - 12)
    side = max(start[0], end[0]) + WIDE + GAP_X // 2
    path = f"M{start[0] + WIDE} {start[1] + HIGH // 2} C{side} {start[1]} {side} {to_y} {end[0] + WIDE} {to_y + 20}"
    return Way(path, "", side, to_y)


def _legible(ways: list[Way]) -> list[Way]:
    """No label over another: each stands above the node it leads to; the same words into the same node stand once."""
    found: list[Way] = []
    known: set[tuple[str, str]] = set()
    taken: list[tuple[float, float, int]] = []
    for way in ways:
        name = (way.label, way.path.rsplit(" ", 2)[-2] + " " + str(way.y))
        if not way.label or name in known:
            found.append(replace(way, label=""))
            continue
        known.add(name)
        half = len(way.label) * _LETTER / 2 + 4
        levels = [way.y - _LINE * level for level in range(_LEVELS)]
        free = [y for y in levels if not any(_meet(way.x - half, way.x + half, y, other) for other in taken)]
        y = free[0] if free else levels[-1]
        taken.append((way.x - half, way.x + half, y))
        found.append(replace(way, y=y))
    return found


def _meet(left: float, right: float, y: int, other: tuple[float, float, int]) -> bool:
    return left < other[1] and other[0] < right and abs(y - other[2]) < _LINE
