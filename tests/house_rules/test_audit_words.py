"""Whoever reads the audit trail reads words, not codes."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from sportello.administration.words import ACTIONS

ROOMS = Path(__file__).parents[2] / "src" / "sportello"
_ACTION = re.compile(r"[a-z]+\.[a-z_]+")


def _recorded() -> Iterator[tuple[str, str]]:
    """Literals in calls of `audit.record`, and those assigned to or passed as an `action`."""
    for file in ROOMS.rglob("*.py"):
        if "tests" in file.parts or "audit" not in file.read_text():
            continue
        for node in ast.walk(ast.parse(file.read_text())):
            values: list[ast.expr] = []
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "audit.record":
                values = node.args[3:4]
            elif isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == ["action"]:
                values = [node.value]
            for literal in (each for value in values for each in ast.walk(value)):
                if isinstance(literal, ast.Constant) and _ACTION.fullmatch(str(literal.value)):
                    yield str(literal.value), str(file.relative_to(ROOMS))


def test_every_recorded_action_has_its_words() -> None:
    wordless = {action: file for action, file in _recorded() if action not in ACTIONS}
    assert not wordless, f"add these to administration/words.py: {wordless}"


def test_actions_are_found_at_all() -> None:
    assert len(set(_recorded())) > 15
