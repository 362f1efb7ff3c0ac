"""References between resources: their shapes, where they point, and their rewriting when a bundle comes in."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sportello.fhir.r4 import ID, TYPES

_LITERAL = re.compile(r"(?:.*/)?([A-Z][A-Za-z]+)/([A-Za-z0-9\-.]{1,64})(?:/_history/[A-Za-z0-9\-.]{1,64})?")
_CONDITIONAL = re.compile(r"([A-Z][A-Za-z]+)\?(\S+)")
_PLAIN = re.compile(rb'"reference"\s*:\s*"([^"\\]*)"')
_REMEMBERED = 200  # letters: of longer texts each is looked at anew
_CARRIERS = frozenset({"reference", "url", "valueUri", "valueUrl"})


def local_target(reference: str) -> str | None:
    """`Type/id` of a reference to this store (a version is left aside), None for any other kind."""
    return _known_target(reference) if len(reference) < _REMEMBERED else _target(reference)


def _target(reference: str) -> str | None:
    if reference.startswith(("#", "urn:", "http:", "https:")):
        return None
    match = _LITERAL.fullmatch(reference)
    return f"{match[1]}/{match[2]}" if match and match[1] in TYPES else None


# A file names the same people, places and visits over and over.
_known_target = lru_cache(maxsize=8192)(_target)


def conditional(reference: str) -> tuple[str, str] | None:
    """Type and query of a conditional reference (`Practitioner?identifier=system|value`)."""
    match = _CONDITIONAL.fullmatch(reference)
    return (match[1], match[2]) if match and match[1] in TYPES else None


def well_formed(reference: str) -> bool:
    """Whether the text is one of the shapes that FHIR knows for Reference.reference."""
    return _known_form(reference) if len(reference) < _REMEMBERED else _well_formed(reference)


def _well_formed(reference: str) -> bool:
    if not reference or any(character.isspace() for character in reference):
        return False
    if reference.startswith("#"):
        return reference == "#" or ID.fullmatch(reference[1:]) is not None
    if reference.startswith(("urn:", "http://", "https://")):
        return len(reference) > 8
    return local_target(reference) is not None or conditional(reference) is not None


_known_form = lru_cache(maxsize=8192)(_well_formed)


def references(value: Any) -> list[str]:
    """Every Reference.reference inside a resource, contained resources included, in its order."""
    found: list[str] = []
    _gather(value, found)
    return found


def references_in(raw: bytes, value: Any) -> Sequence[str]:
    """The same of a resource that is still at hand as it came: where every `reference` is plain, without walking it."""
    found = _PLAIN.findall(raw)
    if b"\\u" in raw or len(found) != raw.count(b'"reference"'):
        return references(value)
    return [one.decode() for one in found]


def _gather(value: Any, found: list[str]) -> None:
    if isinstance(value, dict):
        for key, inner in value.items():
            if isinstance(inner, str):
                if key == "reference":
                    found.append(inner)
            elif isinstance(inner, (dict, list)):
                _gather(inner, found)
    elif isinstance(value, list):
        for inner in value:
            if isinstance(inner, (dict, list)):
                _gather(inner, found)


def unresolved(named: Iterable[str]) -> list[str]:
    """Of the references of a resource, once resolved, those that still name an address or a condition, each once."""
    return sorted({text for text in named if text.startswith("urn:uuid:") or ("?" in text and conditional(text))})


def worded(value: Any) -> Iterator[dict[str, Any]]:
    """Every Reference that says more of its target than where it is: a display, an identifier."""
    if isinstance(value, dict):
        if isinstance(value.get("reference"), str) and len(value) > 1:
            yield value
        for inner in value.values():
            yield from worded(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from worded(inner)


def reworded(value: Any, known: Mapping[str, dict[str, Any]]) -> Any:
    """A copy in which bare References get back the words that stand in `known` under the same text."""
    if isinstance(value, dict):
        told = value.get("reference")
        if isinstance(told, str) and len(value) == 1 and told in known:
            return known[told]
        return {key: reworded(inner, known) for key, inner in value.items()}
    return [reworded(inner, known) for inner in value] if isinstance(value, list) else value


def rewritten(value: Any, target: Callable[[str], str | None]) -> Any:
    """A copy in which references (and the addresses FHIR says to follow) that `target` knows are replaced.

    http://hl7.org/fhir/R4/http.html#trules: "replace all matching links in the bundle, whether they are found
    in the resource ids, resource references, elements of type uri, url ..."; identifiers are left alone.
    """
    if isinstance(value, dict):
        return {
            key: (target(inner) or inner)
            if key in _CARRIERS and isinstance(inner, str)
            else rewritten(inner, target)
            if isinstance(inner, (dict, list))
            else inner
            for key, inner in value.items()
        }
    return [rewritten(inner, target) if isinstance(inner, (dict, list)) else inner for inner in value]
