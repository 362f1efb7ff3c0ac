"""The plan as a TOML file: what is written is read back as the same plan; what cannot be read says where."""

import re
import tomllib
from typing import Any

import msgspec
import tomli_w

from sportello.kit.i18n import N_
from sportello.routing.plan.parts import Plan

NOT_TOML = N_("This is not a TOML file: line %(line)s cannot be read.")
NOT_PLAN = N_("This is not a routing plan: “%(place)s” cannot be read.")
TOO_LARGE = N_("This file is too large for a routing plan.")
MOST = 5_000_000  # bytes


class Unreadable(ValueError):
    """A file that is no plan; `message` is translatable, with `params`."""

    def __init__(self, message: str, **params: str) -> None:
        super().__init__(message)
        self.message = message
        self.params = params


def write(plan: Plan) -> str:
    """The plan as a file; what is None ("never") is left out, and written as an empty value where a default stands."""
    plain = _without_none(msgspec.to_builtins(plan))
    return tomli_w.dumps(plain)


def read(content: bytes) -> Plan:
    """The plan of a file; raises Unreadable."""
    if len(content) > MOST:
        raise Unreadable(TOO_LARGE)
    try:
        plain = tomllib.loads(content.decode("utf-8-sig"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        line = re.search(r"line (\d+)", str(error))
        raise Unreadable(NOT_TOML, line=line[1] if line else "1") from error
    try:
        return msgspec.convert(_with_none(plain), Plan)
    except msgspec.ValidationError as error:
        place = re.search(r"`\$\.?([^`]*)`", str(error))
        raise Unreadable(NOT_PLAN, place=place[1] if place else str(error)[:100]) from error


_NEVER = "never"  # TOML has no null


def _without_none(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _NEVER if one is None else _without_none(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_without_none(one) for one in value]
    return value


_NULLABLE = {
    "relax_after",
    "remind_patient",
    "wait_after",
    "close_after",
    "remind_agent",
    "wrap_up",
    "idle_away_seconds",
}


def _with_none(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: None if one == _NEVER and name in _NULLABLE else _with_none(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_with_none(one) for one in value]
    return value
