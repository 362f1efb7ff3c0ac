"""Between a part of the plan and its form: what is shown in each input, and what a sent form means. Pure."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from sportello.kit.i18n import N_
from sportello.routing.authoring.fields import Field, Part
from sportello.routing.plan.parts import Hours, Member, OwnPresence, Plan, Queue, Skill, Workstream
from sportello.routing.plan.words import Text

TYPES: dict[str, Any] = {
    "workstreams": Workstream, "queues": Queue, "skills": Skill, "hours": Hours, "presences": OwnPresence,
    "members": Member,
}  # fmt: skip
NEW: dict[str, Any] = {
    "workstreams": Workstream("", Text(), (), ""), "queues": Queue("", Text()), "skills": Skill("", Text()),
    "hours": Hours("", Text()), "presences": OwnPresence("", Text(), "away"), "members": Member(""),
}  # fmt: skip
GENERAL = ("misses_until_away", "line_grace_seconds", "offline_after_seconds", "idle_away_seconds", "usual_units")
MOST_ROWS = 60

NUMBER = N_("Write a whole number.")
LEVELS = N_("Write skills as english:3 cardiology.")
UNREADABLE = N_("This could not be read.")
_LEVEL = re.compile(r"([a-z][a-z0-9_-]{0,39})(?::(\d{1,3}))?")

Typed = dict[str, list[str]]


def typed(pairs: Iterable[tuple[str, str]]) -> Typed:
    """A sent form, with every value of each name."""
    found: Typed = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value.strip())
    return found


def shown(part: Part, value: Any) -> Typed:
    """A part as its form shows it, with one empty row at the end of each list."""
    plain = msgspec.to_builtins(value)
    found: Typed = {field.path: _texts(field, _at(plain, field.path)) for field in part.fields}
    for rows in part.rows:
        entries = [*(plain.get(rows.path) or ()), {}]
        for number, entry in enumerate(entries):
            for field in rows.fields:
                found[f"{rows.path}.{number}.{field.path}"] = _texts(field, _at(entry, field.path))
    return found


def rows_in(form: Typed, path: str) -> int:
    """How many rows of a list a form has."""
    numbers = [int(name[len(path) + 1 :].split(".")[0]) for name in form if re.match(rf"{path}\.\d{{1,2}}\.", name)]
    return min(MOST_ROWS, max(numbers, default=-1) + 1)


def read(part: Part, form: Typed) -> tuple[Any, dict[str, str]]:
    """The part that a form says (for `general` a dict), and what cannot be read, by input."""
    errors: dict[str, str] = {}
    plain: dict[str, Any] = {}
    for field in part.fields:
        _put(plain, field.path, _value(field, field.path, form, errors))
    for rows in part.rows:
        plain[rows.path] = []
        for number in range(rows_in(form, rows.path)):
            at = f"{rows.path}.{number}"
            if form.get(f"{at}.drop") or _blank(rows.fields, at, form):
                continue
            entry: dict[str, Any] = {}
            for field in rows.fields:
                _put(entry, field.path, _value(field, f"{at}.{field.path}", form, errors))
            plain[rows.path].append(_tidied(entry))
    if errors:
        return None, errors
    if part.kind == "general":
        return plain, {}
    try:
        return msgspec.convert(plain, TYPES[part.kind], strict=False), {}
    except msgspec.ValidationError as error:
        path = re.search(r"`\$\.?([^`]*)`", str(error))
        return None, {_dotted(path[1]) if path else "": UNREADABLE}


def replaced(plan: Plan, kind: str, number: int | None, value: Any) -> Plan:
    """The plan with a part added, changed, or (None) taken away."""
    if kind == "general":
        return msgspec.structs.replace(plan, **{name: value[name] for name in GENERAL})
    entries = list(getattr(plan, kind))
    if value is None:
        del entries[number or 0]
    elif number is None:
        entries.append(value)
    else:
        entries[number] = value
    return msgspec.structs.replace(plan, **{kind: tuple(entries)})


def _dotted(path: str) -> str:
    return path.replace("[...]", "").replace("[", ".").replace("]", "")


def _at(plain: Any, path: str) -> Any:
    for step in path.split("."):
        if isinstance(plain, dict):
            plain = plain.get(step)
        elif isinstance(plain, (list, tuple)):
            plain = plain[int(step)] if step.isdigit() and int(step) < len(plain) else None
        else:
            return None
    return plain


def _texts(field: Field, value: Any) -> list[str]:
    match field.kind:
        case "many":
            return [str(one) for one in value or ()]
        case "codes":
            return [" ".join(value or ())]
        case "levels":
            pairs = (
                value.items()
                if isinstance(value, dict)
                else [(one["skill"], one.get("level", 1)) for one in value or ()]
            )
            return [" ".join(f"{skill}:{level}" for skill, level in pairs)]
        case "flag":
            return ["yes"] if value else []
    return ["" if value is None else str(value)]


def _blank(fields: Sequence[Field], at: str, form: Typed) -> bool:
    """Whether nothing stands in a row but what cannot be left empty."""
    telling = [field for field in fields if field.kind not in ("choice", "flag") or field.path == "queue"]
    return not any(any(form.get(f"{at}.{field.path}", ())) and form[f"{at}.{field.path}"] != ["0"] for field in telling)


def _value(field: Field, name: str, form: Typed, errors: dict[str, str]) -> Any:
    values = form.get(name, [])
    text = values[0] if values else ""
    match field.kind:
        case "many":
            return [int(one) if one.isdigit() else one for one in values]
        case "flag":
            return bool(text)
        case "codes":
            return [one for one in re.split(r"[\s,;]+", text) if one]
        case "number" | "optional":
            if field.kind == "optional" and not text:
                return None
            if not re.fullmatch(r"-?\d{1,9}", text or "0"):
                errors[name] = NUMBER
                return 0
            return int(text or "0")
        case "levels":
            return _levels(name, text, errors, plain=field.path in ("skills", "most"))
    return text[:4000]


def _levels(name: str, text: str, errors: dict[str, str], *, plain: bool) -> Any:
    found: dict[str, int] = {}
    for one in re.split(r"[\s,;]+", text):
        if not one:
            continue
        match = _LEVEL.fullmatch(one)
        if match is None:
            errors[name] = LEVELS
            continue
        found[match[1]] = int(match[2] or 1)
    return found if plain else [{"skill": skill, "level": level} for skill, level in found.items()]


def _put(plain: dict[str, Any], path: str, value: Any) -> None:
    *steps, last = path.split(".")
    for step in steps:
        plain = plain.setdefault(step, {})
    plain[last] = value


def _tidied(entry: dict[str, Any]) -> dict[str, Any]:
    """Conditions without values are none; numbered entries become a list."""
    if isinstance(entry.get("when"), dict):
        entry["when"] = [one for _, one in sorted(entry["when"].items()) if one.get("values")]
    return entry
