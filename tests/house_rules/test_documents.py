"""What the documents promise exists, and what exists is documented."""

import re
from pathlib import Path

import msgspec

from sportello.cli import parser
from sportello.kit.settings import Settings

ROOT = Path(__file__).parents[2]


def _markdown() -> list[Path]:
    return [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]


def test_every_link_between_documents_leads_somewhere() -> None:
    broken = [
        f"{file.relative_to(ROOT)}: {target}"
        for file in _markdown()
        for target in re.findall(r"\]\(([^)#:]+)\)", file.read_text())
        if not (file.parent / target).exists()
    ]
    assert not broken, broken


def test_every_setting_is_documented() -> None:
    told = (ROOT / "docs" / "settings.md").read_text()
    keys = []
    for section in msgspec.structs.fields(Settings):
        if isinstance(section.type, type) and issubclass(section.type, msgspec.Struct):
            keys += [f"{section.name}.{field.name}" for field in msgspec.structs.fields(section.type)]
    missing = [key for key in keys if f"`{key}`" not in told]
    assert not missing, f"docs/settings.md does not tell of {missing}"


def test_every_command_is_documented() -> None:
    told = " ".join(file.read_text() for file in _markdown())
    actions = [a for a in parser()._actions if hasattr(a, "choices") and isinstance(a.choices, dict)]
    names = [name for action in actions for name in action.choices]
    missing = [name for name in names if f"sportello {name}" not in told and f"bin/{name}" not in told]
    assert not missing, f"no document tells of the commands {missing}"


def test_the_project_speaks_of_itself_alone() -> None:
    import subprocess

    words = re.compile(r"/work/|/tmp/brief|\bissue #?\d+|registry\.npmjs|files\.pythonhosted|deb\.debian", re.I)
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    found = []
    for name in filter(None, listed.stdout.split("\0")):
        file = ROOT / name
        if file.suffix in {".png", ".lock"} or "vendor" in file.parts or file == Path(__file__) or not file.is_file():
            continue
        if hit := words.search(file.read_text(errors="replace")):
            found.append(f"{name}: {hit.group(0)}")
    assert not found, found
