"""The Italian fiscal code of invented people, so that the demo's identifiers look and check like real ones.

Decreto ministeriale 23 dicembre 1976: three letters each of family and given name, year, month letter, day (plus 40
for women), the place of birth's register code, a check letter.
"""

import unicodedata
from datetime import date

_MONTHS = "ABCDEHLMPRST"
_VOWELS = "AEIOU"
# Weights of characters at odd places (counted from one), for 0-9 and A-Z; at even places a character counts itself.
_ODD = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21)
_ODD_LETTERS = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23)


def fiscal_code(family: str, given: str, born: date, female: bool, place: str) -> str:
    """The sixteen characters; `place` is the register (Belfiore) code, as D548 for Ferrara."""
    day = born.day + (40 if female else 0)
    start = f"{family_part(family)}{given_part(given)}{born.year % 100:02}{_MONTHS[born.month - 1]}{day:02}{place}"
    return start + check_letter(start)


def family_part(name: str) -> str:
    """Consonants, then vowels, then X, three letters in all."""
    consonants, vowels = _letters(name)
    return (consonants + vowels + "XXX")[:3]


def given_part(name: str) -> str:
    """As for the family name; with four consonants and more the second is left out."""
    consonants, vowels = _letters(name)
    if len(consonants) > 3:
        consonants = consonants[0] + consonants[2:]
    return (consonants + vowels + "XXX")[:3]


def check_letter(start: str) -> str:
    """The sixteenth character of the fifteen before it."""
    total = sum(_odd(one) if place % 2 == 0 else _even(one) for place, one in enumerate(start))
    return chr(ord("A") + total % 26)


def is_fiscal_code(text: str) -> bool:
    """Whether the form and the check letter are right; says nothing about whether such a person exists."""
    shape = "AAAAAA00A00A000A"
    return (
        len(text) == 16
        and text.isascii()
        and all(one.isdigit() if kind == "0" else "A" <= one <= "Z" for one, kind in zip(text, shape, strict=True))
        and check_letter(text[:15]) == text[15]
    )


def _letters(name: str) -> tuple[str, str]:
    plain = unicodedata.normalize("NFKD", name.upper())
    letters = [one for one in plain if "A" <= one <= "Z"]
    return "".join(o for o in letters if o not in _VOWELS), "".join(o for o in letters if o in _VOWELS)


def _odd(one: str) -> int:
    return _ODD[int(one)] if one.isdigit() else _ODD_LETTERS[ord(one) - ord("A")]


def _even(one: str) -> int:
    return int(one) if one.isdigit() else ord(one) - ord("A")
