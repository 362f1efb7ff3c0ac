"""What is different between two plans, part by part and field by field, for people who decide whether it goes live."""

from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Struct

from sportello.routing.authoring.forms import GENERAL
from sportello.routing.plan.parts import Plan

KINDS = {
    "workstreams": "id", "queues": "id", "skills": "id", "hours": "id", "presences": "id", "members": "login",
}  # fmt: skip


class Difference(Struct, frozen=True):
    """A part that is new, gone or changed; for a changed one, a field with what stood there and what stands now."""

    kind: str
    part: str
    what: str  # added, removed, changed, order
    field: str = ""
    before: str = ""
    after: str = ""


def differences(before: Plan, after: Plan) -> list[Difference]:
    """Everything that is different, in the order of the plan's parts."""
    return list(_differences(before, after))


def _differences(before: Plan, after: Plan) -> Iterator[Difference]:
    for kind, key in KINDS.items():
        old = {getattr(one, key): one for one in getattr(before, kind)}
        new = {getattr(one, key): one for one in getattr(after, kind)}
        for name in old.keys() - new.keys():
            yield Difference(kind, name, "removed")
        for name, part in new.items():
            if name not in old:
                yield Difference(kind, name, "added")
            elif part != old[name]:
                plain = (dict(_leaves(msgspec.to_builtins(one))) for one in (old[name], part))
                yield from _changed(kind, name, *plain)
        if [one for one in old if one in new] != [one for one in new if one in old]:
            yield Difference(kind, "", "order")
    for name in GENERAL:
        was, now = getattr(before, name), getattr(after, name)
        if was != now:
            yield Difference("general", "", "changed", name, _text(was), _text(now))


def _changed(kind: str, name: str, old: dict[str, Any], new: dict[str, Any]) -> Iterator[Difference]:
    for path in [*new, *(one for one in old if one not in new)]:
        if old.get(path) != new.get(path):
            yield Difference(kind, name, "changed", path, _text(old.get(path)), _text(new.get(path)))


def _leaves(plain: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(plain, dict) and plain:
        for name, value in plain.items():
            yield from _leaves(value, f"{path}.{name}" if path else name)
    elif isinstance(plain, list) and any(isinstance(one, dict) for one in plain):
        for number, value in enumerate(plain, 1):
            yield from _leaves(value, f"{path} {number}")
    else:
        yield path, plain


def _text(value: Any) -> str:
    if value is None:
        return "—"
    if isinstance(value, list):
        return ", ".join(str(one) for one in value)
    return str(value)
