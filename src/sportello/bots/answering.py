"""Reads answers to questions of a kind: a date, a telephone number, one of several choices. What is not one is None."""

import re
from collections.abc import Sequence
from datetime import date

from sportello.bots.scenario import Node
from sportello.bots.state import Offered
from sportello.bots.words import Words
from sportello.knowledge.folding import fold

HELP = {
    "date": Words(
        it="Non ho riconosciuto una data. La scriva per esempio così: 14/03/2027.",
        en="I did not recognise a date. Please write it like this: 14/03/2027.",
    ),
    "phone": Words(
        it="Non ho riconosciuto un numero di telefono. Lo scriva per esempio così: 0532 000000.",
        en="I did not recognise a telephone number. Please write it like this: 0532 000000.",
    ),
    "choice": Words(it="Scelga una delle risposte qui sotto.", en="Please choose one of the answers below."),
    "text": Words(it="Può ripetere con altre parole?", en="Could you say it in other words?"),
}
_MONTHS = {
    name: number
    for number, names in enumerate(
        "gen jan,feb,mar,apr,mag may,giu jun,lug jul,ago aug,set sep,ott oct,nov,dic dec".split(","), 1
    )
    for name in names.split()
}
_NUMBERS = re.compile(r"\b(\d{1,4})\s*[./\- ]\s*(\d{1,2})\s*[./\- ]\s*(\d{1,4})\b")
_NAMED = re.compile(r"\b(\d{1,2})\s+([a-z]{3,10})\s+(\d{4})\b")
_PHONE = re.compile(r"\+?\d[\d ()./\-]{4,24}\d")
_DIGITS = (6, 15)  # of a telephone number, ITU-T E.164


def read_answer(node: Node, text: str, listed: Sequence[Offered] = ()) -> str | None:
    """What is kept: a date as ISO 8601, a number without its ornaments, a choice's own name, else the words."""
    match node.kind:
        case "date":
            return _date(text)
        case "phone":
            return _phone(text)
        case "choice":
            return _choice([*listed, *(Offered(one.to, one.text) for one in node.buttons)], text)
        case _:
            return text[:500]


def _date(text: str) -> str | None:
    if found := _NUMBERS.search(text):
        one, two, three = (int(part) for part in found.groups())
        # Day before month, as Europe writes; a year in front is ISO 8601.
        year, month, day = (one, two, three) if one > 31 else (three, two, one)
    elif found := _NAMED.search(fold(text)):
        year, month, day = int(found[3]), _MONTHS.get(found[2][:3], 0), int(found[1])
    else:
        return None
    try:
        return date(year, month, day).isoformat() if 1900 <= year <= 2100 else None
    except ValueError:
        return None


def _phone(text: str) -> str | None:
    found = _PHONE.search(text)
    if not found:
        return None
    digits = re.sub(r"\D", "", found[0])
    return ("+" if found[0].startswith("+") else "") + digits if _DIGITS[0] <= len(digits) <= _DIGITS[1] else None


def _choice(offered: Sequence[Offered], text: str) -> str | None:
    """By its name, by its words, or by its place in the list ("2")."""
    said = fold(text)
    for one in offered:
        if text == one.to or said in (fold(one.text.it), fold(one.text.en)):
            return one.to
    place = int(said) if said.isascii() and said.isdigit() and len(said) < 3 else 0
    return offered[place - 1].to if 0 < place <= len(offered) else None
