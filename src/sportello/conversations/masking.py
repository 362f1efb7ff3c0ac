"""Hides card numbers and fiscal codes in words before they are kept: nobody can read them afterwards.

Card numbers are told from other numbers by their check digit (Luhn, ISO/IEC 7812), fiscal codes by theirs (D.M. 23
December 1976), so that a telephone number or a protocol number stays as it was written.
"""

import re
from collections.abc import Set

from stdnum import luhn
from stdnum.it import codicefiscale

DOT = "•"
# 13 to 19 digits, alone or in groups parted by single spaces or hyphens.
_CARD = re.compile(r"(?<![\d+])\d(?:[ \u00a0-]?\d){12,18}(?!\d)")
_FISCAL = re.compile(
    r"(?<![A-Za-z0-9])[A-Za-z]{6}[ -]?[0-9LMNPQRSTUVlmnpqrstuv]{2}[A-Za-z][0-9LMNPQRSTUVlmnpqrstuv]{2}"
    r"[ -]?[A-Za-z][0-9LMNPQRSTUVlmnpqrstuv]{3}[A-Za-z](?![A-Za-z0-9])"
)
_SHOWN = 4  # the last characters, by which people tell one card from another
_FIRST = re.compile(r"^[2-6]")  # ISO/IEC 7812: banking and merchandising; 8 and 9 are other industries


def mask(text: str, secrets: Set[str]) -> str:
    """The text with every `card` and `fiscal` hidden, as far as asked for; all else letter by letter as it was."""
    if "card" in secrets:
        text = _CARD.sub(_card, text)
    if "fiscal" in secrets:
        text = _FISCAL.sub(_fiscal, text)
    return text


def _card(found: re.Match[str]) -> str:
    digits = re.sub(r"\D", "", found[0])
    return _hidden(found[0]) if _FIRST.match(digits) and luhn.is_valid(digits) else found[0]


def _fiscal(found: re.Match[str]) -> str:
    return _hidden(found[0]) if codicefiscale.is_valid(re.sub(r"[ -]", "", found[0]).upper()) else found[0]


def _hidden(secret: str) -> str:
    """Dots for letters and digits, but for the last four; the groups stay."""
    left = sum(one.isalnum() for one in secret) - _SHOWN
    shown = []
    for one in secret:
        left -= one.isalnum()
        shown.append(DOT if one.isalnum() and left >= 0 else one)
    return "".join(shown)
