"""What somebody typed, as words to be found: names in any order, dates as people write them, numbers without spaces."""

import re

from sportello.fhir.folding import digits, folded

_DAY = re.compile(r"\b(\d{1,2})[./-](\d{1,2})[./-](\d{4})\b")
_NUMBER = re.compile(r"\+?\(?\+?\d[\d\s()./-]{4,}\d")
_MOST = 8


def words_of(text: str, *, people: bool = False) -> list[str]:
    """Folded words, every one of which must be found; a birth date becomes ISO, a telephone number its digits."""
    text = text[:200]
    words: list[str] = []
    if people:
        words += [f"{match[3]}-{int(match[2]):02}-{int(match[1]):02}" for match in _DAY.finditer(text)]
        text = _DAY.sub(" ", text)
        for match in _NUMBER.finditer(text):
            if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", match[0].strip()):
                number = digits(match[0])
                # The country's code may be stored or not: the last nine digits tell enough.
                words.append(number[-9:] if number.startswith("00") else number)
                text = text.replace(match[0], " ")
    words += folded(text.replace(",", " ")).split()
    return list(dict.fromkeys(words))[:_MOST]
