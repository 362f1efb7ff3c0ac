"""Words that the assistant did not understand, put together where they are the same: the most frequent come first."""

from collections import Counter
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from sportello.bots.embedded import EmbeddedBot
from sportello.bots.store import counting
from sportello.bots.store.counting import Miss
from sportello.kit.house import House
from sportello.kit.ids import as_uuid
from sportello.kit.streams import store as events_of
from sportello.knowledge.folding import fold

_AT_ONCE, _SHOWN, _MOST_PLACES = 2_000, 60, 200
MOST = 20_000  # misses looked at; beyond that the screen says from which moment on it knows


class Group(Struct, frozen=True):
    """The same words, whatever their case and accents; `guess` is the wish that comes nearest, `places` where they
    were written, the newest first."""

    text: str
    language: str
    guess: str
    latest: Miss
    places: tuple[Miss, ...]

    @property
    def written(self) -> str:
        """The places as a form carries them."""
        return " ".join(f"{one.conversation}:{one.seq}" for one in self.places[:_MOST_PLACES])


class Missed(Struct, frozen=True):
    """The largest groups; `earliest` is the first moment looked at when there were more misses than are looked at."""

    groups: list[Group]
    looked_at: int
    earliest: datetime | None = None


async def grouped(house: House, bot: EmbeddedBot, since: datetime) -> Missed:
    """Of the misses that nobody has dealt with; words that were hidden meanwhile are not shown."""
    found = await counting.misses(house.db, since, MOST + 1)
    earliest = found[MOST - 1].at if len(found) > MOST else None
    found = found[:MOST]
    places = [(f"conversation:{one.conversation}", one.seq) for one in found]
    texts: dict[tuple[str, int], str] = {}
    for start in range(0, len(places), _AT_ONCE):
        events = await events_of.several(house.db, places[start : start + _AT_ONCE])
        texts |= {(one.stream, one.seq): str(one.body.get("text", "")) for one in events}
    same: dict[tuple[str, str], list[tuple[Miss, str]]] = {}
    for one, place in zip(found, places, strict=True):
        if (text := " ".join(texts.get(place, "").split())) and (key := fold(text)):
            same.setdefault((one.language, key), []).append((one, text))
    largest = sorted(same.values(), key=len, reverse=True)[:_SHOWN]  # of the same size the newest first, as they came
    return Missed([_group(bot, one) for one in largest], len(found), earliest)


def _group(bot: EmbeddedBot, same: list[tuple[Miss, str]]) -> Group:
    latest, (text, _) = same[0][0], Counter(text for _, text in same).most_common(1)[0]
    guesses = bot.mind.understanding.guesses(text, latest.language)
    guess = guesses[0].wish.partition(".")[0] if guesses else ""
    return Group(text, latest.language, guess, latest, tuple(one for one, _ in same))


def read_places(text: str) -> list[tuple[UUID, int]]:
    """What a form carries of `Group.written`; what is none is left out."""
    found = []
    for one in text.split()[:_MOST_PLACES]:
        conversation, _, seq = one.partition(":")
        if (talked := as_uuid(conversation)) and seq.isascii() and seq.isdigit() and len(seq) < 16:
            found.append((talked, int(seq)))
    return found
