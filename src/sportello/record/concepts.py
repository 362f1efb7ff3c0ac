"""Words for coded things: the text meant for people, in the reader's language when the resource carries it."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from sportello.record.codes import bare, known, says_little

# SNOMED CT's fully specified names end in a tag for terminologists, which says nothing to anybody else.
_TAG = re.compile(
    r"\s\((procedure|disorder|finding|situation|regime/therapy|observable entity|substance|product|event|"
    r"qualifier value|physical object|morphologic abnormality|body structure|record artifact|occupation|person)\)$"
)
_TRANSLATION = "http://hl7.org/fhir/StructureDefinition/translation"


def text_of(concept: object, language: str) -> str | None:
    """What to show for a CodeableConcept or Coding: a translation, its text, a display, the name of a code that we
    know, at last the code with whose it is.
    """
    if not isinstance(concept, dict):
        return None
    for found in _candidates(concept, language):
        if isinstance(found, str) and (shown := found.strip()):
            return _TAG.sub("", shown) if shown.endswith(")") else shown
    return None


def _candidates(concept: dict[str, Any], language: str) -> Iterator[object]:
    """The best first; a page asks hundreds of times, so what comes later is not looked for before it is needed."""
    codings = many(concept.get("coding")) or ([concept] if "code" in concept else [])
    if "_text" in concept:
        yield _translated(concept["_text"], language)
    yield from (_translated(coding["_display"], language) for coding in codings if "_display" in coding)
    yield concept.get("text")
    yield from (coding.get("display") for coding in codings)
    yield from (known(coding, language) for coding in codings)
    yield from map(bare, codings)


def first_text(concepts: object, language: str) -> str | None:
    """The text of the first concept that has one."""
    return next((text for concept in many(concepts) if (text := text_of(concept, language))), None)


def texts(concepts: object, language: str) -> list[str]:
    """The texts of all concepts, without repetition."""
    return list(dict.fromkeys(text for concept in many(concepts) if (text := text_of(concept, language))))


def consented(consent: Mapping[str, Any], language: str) -> str:
    """What a Consent is about: its categories, or its scope where those say no more than that it is a consent."""
    listed = many(consent.get("category"))
    telling = [one for one in listed if one.get("text") or not says_little(many(one.get("coding")))]
    about = texts(telling, language) or texts(consent.get("scope"), language) or texts(listed, language)
    return ", ".join(about) or "?"


def code_of(concept: object) -> str | None:
    """The first code of a concept, a list of concepts, or a coding."""
    return next((code for code in codes_of(concept)), None)


def codes_of(value: object) -> Iterator[str]:
    """Every code of a concept, a list of concepts, or a coding."""
    for concept in many(value):
        for coding in many(concept.get("coding")) or [concept]:
            if isinstance(code := coding.get("code"), str):
                yield code


def many(value: object) -> list[dict[str, Any]]:
    """The objects of an element that may be one object, a list or missing; anything else is passed over."""
    if isinstance(value, dict):
        return [value]
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def mapping(value: object) -> dict[str, Any]:
    """The object of an element that should be one, or an empty one."""
    return value if isinstance(value, dict) else {}


def strings(value: object) -> list[str]:
    """The texts of an element that should be a list of them."""
    return [text for one in value if (text := string(one))] if isinstance(value, list) else []


def string(value: object) -> str | None:
    """The text of an element that should be one, or None."""
    return value.strip() or None if isinstance(value, str) else None


def _translated(element: object, language: str) -> str | None:
    """http://hl7.org/fhir/R4/extension-translation.html"""
    if not isinstance(element, dict):
        return None
    for extension in many(element.get("extension")):
        if extension.get("url") == _TRANSLATION:
            parts = {string(part.get("url")): part for part in many(extension.get("extension"))}
            told = str(parts.get("lang", {}).get("valueCode", ""))
            if told.split("-")[0] == language:
                content = parts.get("content", {})
                return string(content.get("valueString")) or string(content.get("valueMarkdown"))
    return None
