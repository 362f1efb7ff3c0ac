"""A room's tables are opened by that room's store alone."""

import ast
import re
from pathlib import Path

ROOMS = Path(__file__).parents[2] / "src" / "sportello"
_VERB = re.compile(r"^\s*(with|select|insert|update|delete|create|alter|drop|truncate|lock)\b", re.I)
_TABLE = re.compile(r"\b(?:from|join|into|update|table|truncate|lock)\s+(?:only\s+)?([a-z_]+)\.[a-z_]+", re.I)
_CATALOGUES = {"pg_catalog", "information_schema", "public"}
# Not tables of a room: `extract(x from e.at)` and the like name an alias before the dot.
_SCHEMAS = {folder.name for folder in ROOMS.iterdir() if (folder / "migrations").is_dir()}


def _statements(file: Path) -> list[str]:
    return [
        node.value
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and _VERB.match(node.value)
    ]


def _files() -> list[Path]:
    return [f for f in ROOMS.rglob("*.py") if not {"tests", "migrations"} & set(f.parts)]


def test_sql_names_only_tables_of_its_own_room() -> None:
    foreign = []
    for file in _files():
        room = file.relative_to(ROOMS).parts[0]
        for sql in _statements(file):
            others = {t.lower() for t in _TABLE.findall(sql)} & _SCHEMAS - {room}
            if others:
                foreign.append(f"{file.relative_to(ROOMS)}: tables of {sorted(others)}")
    assert not foreign, f"ask the owner's store instead: {foreign}"


def test_sql_stands_in_stores_only() -> None:
    astray = [
        str(file.relative_to(ROOMS))
        for file in _files()
        if file.relative_to(ROOMS).parts[0] != "kit"
        and file.stem != "store"
        and "store" not in file.parent.parts
        and any(_TABLE.search(sql) for sql in _statements(file))
    ]
    assert not astray, f"move these statements to the room's store: {astray}"


def test_nothing_is_set_for_a_session() -> None:
    """Connections go back to the pool as they are (`kit.database.pool`): a lock or setting of a session would stay."""
    session = re.compile(
        r"\bpg(_try)?_advisory_(?!xact)\w*lock|\bset_config\([^)]*\bfalse\b|^\s*listen [a-z_]+$"
        r"|^\s*set (session |role |search_path|timezone|work_mem|\w+_timeout|enable_)"
    )
    alone = {"kit/database/migrating.py"}  # a connection of its own
    astray = [
        f"{file.relative_to(ROOMS)}: {node.value.strip()[:60]}"
        for file in _files()
        if str(file.relative_to(ROOMS)) not in alone
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and session.search(node.value)
    ]  # fmt: skip
    assert not astray, astray
