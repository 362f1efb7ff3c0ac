"""Files of others are the ones we chose: their hashes are written down, and nothing else lies among them."""

import hashlib
import tomllib
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "static" / "vendor"


def _listed() -> dict[str, dict[str, str]]:
    return {entry["path"]: entry for entry in tomllib.loads((FOLDER / "VENDORED.toml").read_text())["file"]}


def test_every_file_is_what_was_written_down() -> None:
    wrong = [
        path
        for path, entry in _listed().items()
        if hashlib.sha256((FOLDER / path).read_bytes()).hexdigest() != entry["sha256"]
    ]
    assert not wrong, f"these are not the files of VENDORED.toml: {wrong}"


def test_nothing_unlisted_is_served() -> None:
    files = {file.name for file in FOLDER.iterdir()} - {"VENDORED.toml"}
    assert files == set(_listed())


def test_every_file_names_its_licence() -> None:
    assert all(entry["licence"] and entry["version"] and entry["source"] for entry in _listed().values())
