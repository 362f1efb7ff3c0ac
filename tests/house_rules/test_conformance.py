"""The conformance table is whole, and each test that it names is there."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
_ROW = re.compile(r"^\| (\d+) \| (.+) \| (.+) \|$", re.M)
_PLACES = (ROOT, ROOT / "src" / "sportello", ROOT / "src" / "sportello" / "adapters")


def _exists(named: str) -> bool:
    file, _, test = named.partition("::")
    found = next((place / file for place in _PLACES if (place / file).exists()), None)
    if found is None:
        return False
    tree = ast.parse(found.read_text())
    return any(isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef) and one.name == test for one in tree.body)


def test_every_number_has_its_tests() -> None:
    rows = _ROW.findall((ROOT / "docs" / "conformance.md").read_text())
    assert [int(number) for number, _, _ in rows] == list(range(1, 44))
    gone = [f"{number}: {name}" for number, _, by in rows for name in re.findall(r"`(.+?)`", by) if not _exists(name)]
    assert not gone, f"docs/conformance.md names tests that are not there: {gone}"
    assert all("::" in by for _, _, by in rows)
