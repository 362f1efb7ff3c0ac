"""Puts the widget together as one script without a build step: its modules in order, each in a scope of its own.

A classic script works from any page and on old phones, where a module from another origin would need more.
"""

import gzip
import hashlib
import re
from functools import cache
from pathlib import Path

import msgspec

import sportello
from sportello.kit.settings import Settings
from sportello.portal.words import texts

_ROOMS = Path(sportello.__file__).parent
WIDGET = Path(__file__).parent / "static" / "widget"
ENTRY = WIDGET / "chat.js"
_IMPORT = re.compile(r'^import \{([^}]*)\} from "([^"]+)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|class|const|let) )", re.MULTILINE)
_NAMED = re.compile(r"^export (?:async )?(?:function|class|const|let) (\w+)", re.MULTILINE)
_COMMENT_LINE = re.compile(r"^\s*//.*\n|^\s+", re.MULTILINE)
_CSS_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


class Unbundled(ValueError):
    """A module uses a form of import or export that the bundle does not know; the message names it."""


def script(settings: Settings) -> str:
    """The whole widget as one classic script."""
    facts = {
        "name": settings.clinic.name,
        "zone": settings.clinic.zone,
        "emergency": settings.clinic.emergency_number,
        "css": css(),
        "texts": {language: words for language, words in texts().items() if language in settings.clinic.languages},
    }
    return _around(msgspec.json.encode(facts).decode(), _modules())


def css() -> str:
    """The widget's sheet without comments and indents."""
    bare = _CSS_COMMENT.sub("", (WIDGET / "widget.css").read_text())
    return re.sub(r"\s*\n\s*", "", bare)


def _around(facts: str, modules: str) -> str:
    # The base address is where the script itself came from: the hospital's server, whatever page it stands on.
    return (
        '(() => {\n"use strict";\nif (customElements.get("sportello-chat")) return;\n'
        f"const SPORTELLO_HOUSE = {facts};\n"
        "SPORTELLO_HOUSE.base = new URL(document.currentScript.src).origin;\n"
        f"{modules}}})();\n"
    )


@cache
def _modules() -> str:
    parts: list[str] = []
    names: dict[Path, str] = {}
    _take(ENTRY, parts, names)
    return "".join(parts)


def _take(file: Path, parts: list[str], names: dict[Path, str]) -> None:
    """Adds a module after those it imports."""
    source = file.read_text()
    names[file] = ""
    bindings = []
    for imported, address in _IMPORT.findall(source):
        other = (file.parent / address).resolve()
        if other not in names:
            _take(other, parts, names)
        if not names[other]:
            raise Unbundled(f"{file.name}: circular import of {other.name}")
        bindings.append(f"const {{{imported.replace(' as ', ': ')}}} = {names[other]};\n")
    body = _EXPORT.sub("", _IMPORT.sub("", source))
    if re.search(r"^\s*(import|export)\b", body, re.MULTILINE):
        raise Unbundled(f"{file.name}: only `import {{ a }} from` and `export` before a declaration are bundled")
    names[file] = f"part{len(parts)}"
    exported = ", ".join(_NAMED.findall(source))
    inner = _COMMENT_LINE.sub("", "".join(bindings) + body)
    parts.append(f"const {names[file]} = (() => {{\n{inner}return {{{exported}}};\n}})();\n")


class Widget(msgspec.Struct, frozen=True):
    """The script as it is served: plain, packed, and its tag for caches."""

    plain: bytes
    packed: bytes
    tag: str


def widget(settings: Settings) -> Widget:
    """Made once at the start of the server."""
    plain = script(settings).encode()
    return Widget(plain, gzip.compress(plain, 9, mtime=0), f'"{hashlib.sha256(plain).hexdigest()[:16]}"')
