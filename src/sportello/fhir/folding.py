"""Texts and numbers as they are compared, whatever the way of writing: the index is written so, and questions are."""

import re
import unicodedata

_NO_CONTROLS = re.compile(r"[\x00-\x1f]+")


def folded(text: str) -> str:
    """Without case, accents and control characters, so that `Niccolò D’Este` is found by `niccolo d'este`."""
    plain = text if text.isascii() else text.translate(_PLAIN)
    return " ".join(_NO_CONTROLS.sub(" ", plain).casefold().split())


class _Plain(dict[int, str]):
    """What is left of a character without its marks; each is looked up once."""

    def __missing__(self, character: int) -> str:
        parts = unicodedata.normalize("NFKD", chr(character))
        found = self[character] = "".join(one for one in parts if not unicodedata.combining(one))
        return found


_PLAIN = _Plain({ord("\N{RIGHT SINGLE QUOTATION MARK}"): "'"})


def digits(text: object) -> str:
    """The digits of a telephone number, with `00` for `+`, so that ways of writing do not matter."""
    if not isinstance(text, str):
        return ""
    return re.sub(r"\D", "", text.strip().replace("+", "00", 1) if text.strip().startswith("+") else text)
