"""Files are cut by capability: none swells, none is named after a layer."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
LIMITS = {".py": 300, ".js": 200, ".html": 120, ".css": 300}
UNNAMED = {"utils", "util", "helpers", "helper", "manager", "service", "services", "misc", "common"}


def _sources() -> list[Path]:
    return [
        file
        for folder in ("src", "tests", "benchmarks")
        for file in (ROOT / folder).rglob("*")
        if file.suffix in LIMITS and not {"vendor", "__pycache__", "node_modules"} & set(file.parts)
    ]


def test_no_file_is_larger_than_its_kind_allows() -> None:
    large = {
        str(file.relative_to(ROOT)): lines
        for file in _sources()
        if (lines := len(file.read_text().splitlines())) > LIMITS[file.suffix]
    }
    assert not large, f"split these by capability: {large}"


def test_no_file_is_named_after_nothing() -> None:
    unnamed = [str(file) for file in _sources() if file.stem.lower() in UNNAMED]
    assert not unnamed, f"name these by what they do: {unnamed}"


def test_every_module_says_why_it_exists() -> None:
    import ast

    silent = [
        str(file.relative_to(ROOT))
        for file in _sources()
        if file.suffix == ".py" and not ast.get_docstring(ast.parse(file.read_text()))
    ]
    assert not silent, f"these modules have no docstring: {silent}"
