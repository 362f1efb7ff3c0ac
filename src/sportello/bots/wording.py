"""Words of a sentence as they are compared: folded, split, elisions undone; and words that carry no content."""

from functools import lru_cache

from sportello.bots import lexicon
from sportello.bots.lexicon import class_of
from sportello.knowledge.folding import fold

_ITALIAN = """
qualcosa boh
a ad al allo alla ai agli alle all da dal dalla dei del della dello delle degli di in nel nella nei nelle il lo la i
gli le l un uno una e ed o che chi cui si mi ti ci vi lei io tu noi voi loro mio mia miei mie suo sua vostro vostra
questo questa quello quella con per su sul sulla sono e ho ha hai hanno abbiamo avete avrei avere essere sia come
vorrei volevo voglio devo dovrei potrei posso puo potete potrebbe puoi si no ne piu mia
prego favore cortesia gentilmente scusi scusate per piacere mi piacerebbe se fare
"""
_ENGLISH = """
something anything some any got
a an the of to in on at for with from by and or is are am be been do does did you your i me my we our it its this
that there what which can could would should may might will please like want need
have has had sorry if yes it s m ll d re ve
"""
EMPTY_WORDS = frozenset((_ITALIAN + _ENGLISH).split())
_TELLING = {
    "it": frozenset(
        "il lo gli della che non una sono vorrei devo per con quando come dove perche mia mio posso ho del alla"
        " buongiorno salve visita orari appuntamento grazie voglio cosa".split()
    ),
    "en": frozenset(
        "the my you is are what when where how can could would i do have to please want need with hello hi thanks"
        " appointment hours not your and of".split()
    ),
}


_SHORT_FORMS = {
    "nn": "non",
    "ke": "che",
    "xke": "perche",
    "x": "per",
    "qnd": "quando",
    "grz": "grazie",
    "thx": "thanks",
}


def words(text: str) -> list[str]:
    """The folded words in order; elided articles ("l'ora") come apart by folding, short forms are written out."""
    return [_SHORT_FORMS.get(word, word) for word in fold(text).split()]


def meanings(text: str) -> list[str]:
    """The words, each by its class where it has one, none twice; single letters are left out."""
    return list(dict.fromkeys(word if word in EMPTY_WORDS else class_of(word) for word in words(text) if len(word) > 1))


def strength(word: str) -> float:
    """How much a word says about a wish by itself."""
    return 0.12 if word in EMPTY_WORDS else lexicon.strength(word)


@lru_cache(maxsize=20_000)
def trigrams(word: str) -> frozenset[str]:
    """Runs of three characters, the start marked twice because errors are rarer there."""
    padded = f"  {word} "
    return frozenset(padded[i : i + 3] for i in range(len(padded) - 2))


def language_of(text: str) -> str | None:
    """The language a sentence is clearly in, or None when it could be either."""
    found = words(text)
    votes = {language: sum(word in telling for word in found) for language, telling in _TELLING.items()}
    if votes["it"] >= votes["en"] + 2:
        return "it"
    if votes["en"] >= votes["it"] + 2:
        return "en"
    return None
