"""Adds words that were not understood to the examples of a wish, in a draft of its file; a colleague approves it."""

import re

from sportello.administration.actor import Actor
from sportello.bots import authoring, spoken
from sportello.bots.authoring import Findings, Refused
from sportello.bots.library import Library
from sportello.bots.store import editions
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_

LONGEST = 200  # characters of an example
_NO_PLACE = N_("This wish has no list of examples in its file: write it there by hand.")


async def add(house: House, tx: Transaction, actor: Actor, wish: str, language: str, phrase: str) -> Findings:
    """The draft with the example, made when there is none. Raises Refused."""
    texts = await spoken.in_force(tx)
    scenarios, _ = spoken.read_all(texts)
    file = _file_of(scenarios, wish, texts)
    waiting = [one for one in await editions.of(tx, file) if one.state == "draft"]
    text = insert(waiting[0].body if waiting else texts[file], wish, language, " ".join(phrase.split())[:LONGEST])
    if text is None:
        raise Refused(_NO_PLACE)
    return await authoring.write(house, tx, actor, file, text)


def insert(text: str, wish: str, language: str, phrase: str) -> str | None:
    """The file's text with one more example, all else (comments too) untouched; None when there is no list for it."""
    lines = text.split("\n")
    place = _find(lines, 0, rf"  {re.escape(wish)}:\s*$", "")
    place = _find(lines, place, r"    phrases:\s*$", "    ")
    place = _find(lines, place, rf"      {language}:", "      ")
    if place is None:
        return None
    quoted = '"' + phrase.replace("\\", "").replace('"', "'") + '"'
    line = lines[place]
    if line.rstrip().endswith("]"):
        lines[place] = line.rstrip()[:-1] + f", {quoted}]"
    elif line.strip() == f"{language}:":
        lines.insert(place + 1, f"        - {quoted}")
    else:
        return None
    return "\n".join(lines)


def _find(lines: list[str], start: int | None, pattern: str, inside: str) -> int | None:
    """The first line that fits, as long as what is deeper than `inside` lasts."""
    if start is None:
        return None
    for place in range(start + (1 if inside else 0), len(lines)):
        if re.match(pattern, lines[place]):
            return place
        if inside and lines[place].strip() and not lines[place].startswith(inside):
            return None
    return None


def _file_of(scenarios: Library, wish: str, texts: dict[str, str]) -> str:
    for file in texts:
        if wish in scenarios.scenarios_of(file):
            return file
    raise Refused(N_("This wish is not known."))
