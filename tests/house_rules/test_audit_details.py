"""Whoever reads what the audit trail keeps beside an action reads words, not keys and codes of ours."""

import ast
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import get_args

import pytest

from sportello.adapters.outside_bots.connection import Connection
from sportello.adapters.outside_bots.connection import Kind as BotKind
from sportello.adapters.remote_booking import terms as booking
from sportello.adapters.remote_fhir import terms as record
from sportello.administration.detail_words import CODES, FIELDS, NAMES_OF, THINGS
from sportello.administration.machines import KINDS as TOKENS
from sportello.administration.permissions import Permission, Role
from sportello.administration.privacy.policy import Policy
from sportello.bots.language_model.terms import Terms
from sportello.conversations.parties import Kind as PartyKind
from sportello.conversations.safekeeping import Safekeeping
from sportello.conversations.states import State
from sportello.fhir.events import BundleImported
from sportello.fhir.systems_pages import CHECKS
from sportello.outreach import tasks, wording
from sportello.record import sensitivity
from sportello.record.parts import PARTS
from sportello.record.review_pages import VERDICTS
from sportello.routing.rules import Presence
from sportello.scheduling import catalogue, delegates
from sportello.scheduling.codes import AppointmentStatus, CancelReason, Channel
from sportello.scheduling.wishing import Reply

ROOMS = Path(__file__).parents[2] / "src" / "sportello"
# What codes may stand under a name: a new one wants its word.
KNOWN: dict[str, Iterable[str]] = {
    "channel": Channel,
    "consent": delegates.CONSENTS,
    "from": State,
    "given": Permission,
    "kept": get_args(booking.Terms.__annotations__["kept"]),
    "kind": {
        *get_args(BotKind), *get_args(record.Terms.__annotations__["kind"]), *TOKENS, *get_args(PartyKind),
        *tasks.KINDS, *wording.KINDS, *sensitivity.KINDS,
    },
    "presence": Presence,
    "reason": CancelReason,
    "references": CHECKS,
    "relation": delegates.RELATIONS,
    "reply": Reply,
    "role": Role,
    "status": AppointmentStatus,
    "verdict": VERDICTS,
    "withheld": PARTS,
}  # fmt: skip
SETTINGS = (Connection, booking.Terms, record.Terms, Terms, Safekeeping)


@cache
def _trees() -> dict[str, ast.Module]:
    files = [file for file in ROOMS.rglob("*.py") if "tests" not in file.parts]
    return {str(file.relative_to(ROOMS)): ast.parse(text) for file in files if "audit" in (text := file.read_text())}


def _calls(tree: ast.AST) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "audit.record":
            yield node


def _kept() -> Iterator[tuple[str, str, ast.expr]]:
    """File, key and value of each thing kept, as far as it is spelled out: in the call, or in what it names there."""
    for file, tree in _trees().items():
        for function in ast.walk(tree):
            if not isinstance(function, ast.AsyncFunctionDef | ast.FunctionDef):
                continue
            wanted = [word.value for call in _calls(function) for word in call.keywords if word.arg == "detail"]
            named = {node.id for value in wanted for node in ast.walk(value) if isinstance(node, ast.Name)}
            for node in ast.walk(function):
                if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
                    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                    wanted += [node.value for one in targets if ast.unparse(one) in named]
                    for one in targets:
                        if isinstance(one, ast.Subscript) and ast.unparse(one.value) in named:
                            yield file, str(ast.literal_eval(one.slice)), node.value
            yield from ((file, *pair) for value in wanted for pair in _pairs(value))


def _pairs(value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    """Of the outermost dicts; what they hold is looked up by other words."""
    match value:
        case ast.Dict():
            for key, held in zip(value.keys, value.values, strict=True):
                if isinstance(key, ast.Constant):
                    yield str(key.value), held
                elif key is None:
                    yield from _pairs(held)
        case ast.IfExp():
            yield from (pair for one in (value.body, value.orelse) for pair in _pairs(one))
        case ast.BinOp():
            yield from (pair for one in (value.left, value.right) for pair in _pairs(one))


def test_every_key_that_is_kept_has_its_word() -> None:
    nameless = {key: file for file, key, _ in _kept() if key not in NAMES_OF}
    assert not nameless, f"add these to NAMES_OF in administration/detail_words.py: {nameless}"
    assert all(key in NAMES_OF for key in BundleImported.__struct_fields__)
    assert all(key in NAMES_OF or key in FIELDS for key in Policy.__struct_fields__)
    assert len({key for _, key, _ in _kept()}) > 60, "what is kept is found at all"


def test_every_code_that_is_spelled_out_has_its_word() -> None:
    texts = [
        (key, one.value, file)
        for file, key, value in _kept()
        for one in ([value.body, value.orelse] if isinstance(value, ast.IfExp) else [value])
        if isinstance(one, ast.Constant) and isinstance(one.value, str) and one.value
    ]
    wordless = [one for one in texts if one[1] not in CODES.get(one[0], {})]
    assert texts
    assert not wordless, f"add these to CODES in administration/detail_words.py: {wordless}"


@pytest.mark.parametrize("key", KNOWN)
def test_every_known_code_has_its_word(key: str) -> None:
    wordless = set(KNOWN[key]) - set(CODES[key])
    assert not wordless, f"add these to CODES[{key!r}] in administration/detail_words.py: {wordless}"


def test_every_field_that_settings_name_has_its_word() -> None:
    fields = {name for struct in SETTINGS for name in struct.__struct_fields__}
    fields |= {field.name.rstrip("0123456789_") for kind in catalogue.KINDS.values() for field in kind.fields}
    wordless = {name for name in fields if name not in FIELDS and name not in NAMES_OF}
    assert not wordless, f"add these to FIELDS in administration/detail_words.py: {wordless}"


def test_what_events_are_about_has_its_word() -> None:
    about: dict[str, str] = {}
    for file, tree in _trees().items():
        for call in _calls(tree):
            for word in call.keywords:
                match word:
                    case ast.keyword("entity", ast.JoinedStr([ast.Constant(text), *_])):
                        about[str(text).partition("/")[0]] = file
                    case ast.keyword("entity", ast.Constant(text)) if text:
                        about[str(text)] = file
    about |= {kind.table: "scheduling/catalogue.py" for kind in catalogue.KINDS.values()}
    wordless = {name: file for name, file in about.items() if name.islower() and name not in THINGS}
    assert len(about) > 10
    assert not wordless, f"add these to THINGS in administration/detail_words.py: {wordless}"
