"""Text as it is compared: without accents, case, punctuation and doubled spaces, so that hasty typing still matches."""

import re
import unicodedata

_OTHER = re.compile(r"[^a-z0-9]+")


def fold(text: str) -> str:
    """`text` in a-z, 0-9 and single spaces ("Che ORE è?" becomes "che ore e"); NFKD after UAX #15."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return _OTHER.sub(" ", bare.casefold()).strip()
