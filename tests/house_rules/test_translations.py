"""Every text that a person can read stands in Italian too, with the same places to fill."""

import io
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from babel.messages.extract import extract
from babel.messages.pofile import read_po

import sportello

ROOMS = Path(sportello.__file__).parent
LOCALE = ROOMS / "locale" / "it"
# Our own calls take the language first. Messages handed to other functions are marked by N_ where they are written.
KEYWORDS = {
    "N_": None,
    "translate": (2,),
    "gettext": (2,),
    "translate_many": (2, 3),
}
_PLACE = re.compile(r"%(?:\((\w+)\))?[#0\- +]*\d*(?:\.\d+)?([a-zA-Z%])")
Message = str | tuple[str, ...]


def _python(file: Path) -> Iterator[tuple[int, Message]]:
    with file.open("rb") as source:
        for line, message, _, _ in extract("python", source, KEYWORDS, (), {"encoding": "utf-8"}):
            yield line, message


def _template(file: Path) -> Iterator[tuple[int, Message]]:
    options = {"extensions": "jinja2.ext.do", "trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"}
    keywords = {"_": None, "gettext": None, "ngettext": (1, 2)}
    with file.open("rb") as source:
        for line, message, _, _ in extract("jinja2.ext:babel_extract", source, keywords, (), options):
            yield line, message


@cache
def texts() -> dict[str, dict[Message, str]]:
    """Every message by room (the kit's streams and others count to their folder), with the place of its first use."""
    found: dict[str, dict[Message, str]] = defaultdict(dict)
    for file in sorted(ROOMS.rglob("*")):
        parts = file.relative_to(ROOMS).parts
        if {"tests", "migrations", "static", "locale"} & set(parts) or len(parts) < 2:
            continue
        if file.suffix == ".py":
            messages = _python(file)
        elif file.suffix == ".html" and "templates" in parts:
            messages = _template(file)
        else:
            continue
        for line, message in messages:
            found[parts[0]].setdefault(message, f"{file.relative_to(ROOMS)}:{line}")
    return found


@cache
def catalogues() -> dict[Path, dict[str, Message]]:
    """The Italian texts by file and message id (of plurals: the singular)."""
    found: dict[Path, dict[str, Message]] = {}
    for file in sorted(LOCALE.glob("*.po")):
        entries = [m for m in read_po(io.BytesIO(file.read_bytes()), locale="it") if m.id and not m.fuzzy]
        found[file] = {
            m.id if isinstance(m.id, str) else m.id[0]: m.string if isinstance(m.string, str) else tuple(m.string)
            for m in entries
        }
    return found


def _id(message: Message) -> str:
    return message if isinstance(message, str) else message[0]


def _italian() -> dict[str, Message]:
    return {key: text for entries in catalogues().values() for key, text in entries.items()}


def _places(text: str) -> set[str]:
    return {name or kind for name, kind in _PLACE.findall(text) if kind != "%"}


def _rooms() -> list[str]:
    return sorted(folder.name for folder in ROOMS.iterdir() if (folder / "__init__.py").exists())


@pytest.mark.parametrize("room", _rooms())
def test_every_text_has_its_italian(room: str) -> None:
    italian = _italian()
    missing = [f"{where}: {_id(message)}" for message, where in texts()[room].items() if not _said(italian, message)]
    assert not missing, f"{len(missing)} texts to write in locale/it/{room}.po:\n" + "\n".join(missing)


def _said(italian: dict[str, Message], message: Message) -> bool:
    text = italian.get(_id(message))
    if isinstance(message, tuple):
        return isinstance(text, tuple) and len(text) == 2 and all(text)
    return bool(text) and (isinstance(text, str) or all(text))


@pytest.mark.parametrize("file", sorted(LOCALE.glob("*.po")), ids=lambda file: file.name)
def test_italian_fills_the_same_places(file: Path) -> None:
    wrong = {}
    for key, text in catalogues()[file].items():
        wanted = _places(key)
        forms = (text,) if isinstance(text, str) else text
        # A singular may say the number in words.
        if any(form and _places(form) != wanted and not (_places(form) < wanted and len(forms) > 1) for form in forms):
            wrong[key] = text
    assert not wrong, wrong


def test_one_text_has_one_translation() -> None:
    said: dict[str, dict[Message, str]] = defaultdict(dict)
    for file, entries in catalogues().items():
        for key, text in entries.items():
            said[key].setdefault(text, file.name)
    torn = {key: {name: text for text, name in texts.items()} for key, texts in said.items() if len(texts) > 1}
    assert not torn, f"the catalogues are merged, so these must agree: {torn}"


def test_texts_are_found_at_all() -> None:
    assert sum(map(len, texts().values())) > 200


def test_a_bare_percent_sign_is_doubled_in_templates() -> None:
    bare = [
        f"{where}: {text}"
        for room in texts().values()
        for message, where in room.items()
        for text in ([message] if isinstance(message, str) else message)
        if ".html" in where and re.search(r"%(?!%|\(\w+\)[sd])", text.replace("%%", ""))
    ]
    assert not bare, f"jinja fills places in every text; write %%: {bare}"
