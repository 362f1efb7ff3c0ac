"""The bot that comes with the house, behind the same port as bots elsewhere: the engine, fed with approved articles."""

from collections.abc import AsyncIterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

import msgspec
import structlog

from sportello.bots.engine import step
from sportello.bots.library import Library, library
from sportello.bots.mind import Mind, Quote, mind_of
from sportello.bots.ports import BotEvent, BotSession, Conversation, Delivery, Effect, PatientTurn
from sportello.bots.red_flags import Watch, put_in_force
from sportello.bots.red_flags import in_force as flags_in_force
from sportello.bots.spoken import in_force, read_all, remember
from sportello.bots.state import Opened, Said, State
from sportello.bots.store import editions
from sportello.knowledge import reading

if TYPE_CHECKING:
    from sportello.kit.house import House

log = structlog.get_logger("bots")


class EmbeddedBot:
    """Deterministic: the same memory, words and edition give the same answer."""

    def __init__(self, house: "House", scenarios: Library | None = None) -> None:
        self._house = house
        self._given = scenarios
        self._library = scenarios or library()
        self._read_for: tuple[str, str, date] | None = None
        self.spoken = ""  # by which what speaks now is known in `bots.library`
        self._mind: Mind | None = None

    @property
    def mind(self) -> Mind:
        """What speaks: as `health` read it last, without the articles before it has."""
        if self._mind is None:
            clinic = self._house.settings.clinic
            self._mind = mind_of(self._library, clinic=clinic.name, emergency=clinic.emergency_number)
        return self._mind

    async def open(self, conversation: Conversation, context: Mapping[str, str | int]) -> BotSession:
        """Greets; `context` is not needed."""
        state, effects = step(self.mind, State(conversation.language), Opened())
        return BotSession(conversation, msgspec.to_builtins(state), _numbered(0, effects))

    async def send(self, session: BotSession, turn: PatientTurn) -> Delivery:
        before = msgspec.convert(session.memory, State)
        state, effects = step(self.mind, before, Said(turn.text, turn.payload), turn.heard, turn.advice)
        session.memory = msgspec.to_builtins(state)
        session.pending = [*session.pending, *_numbered(state.turns, effects)]
        return "accepted"

    async def events(self, session: BotSession, after: str) -> AsyncIterator[BotEvent]:
        """What is pending; each is taken once."""
        taken, session.pending = session.pending, []
        for event in taken:
            yield event

    async def status(self, session: BotSession, state: Literal["accepted", "failed", "completed"]) -> None:
        """The engine does not need to know."""

    async def close(self, session: BotSession, reason: str) -> None:
        """Nothing is held for a session."""

    async def health(self) -> bool:
        """Reads again when an article or an edition changed, or the day did (a review may have come due)."""
        today = reading.today(self._house)
        key = (await reading.edition(self._house.db), await editions.fingerprint(self._house.db), today)
        if self._read_for != key:
            texts = await in_force(self._house.db)
            try:
                library_now, watch = read_all(texts)
            except ValueError as error:
                # Two editions, each sound when it was published, that no longer fit together: what spoke goes on.
                log.error("the published editions cannot be used together", error=str(error)[:500])
            else:
                self._library = self._given or library_now
                put_in_force(watch)
                self.spoken = await remember(self._house, texts)
            self._mind, self._read_for = await self._read(today), key
        return True

    def edition_of(self, memory: dict[str, Any]) -> str:
        """The edition of the scenario that spoke last."""
        return self._library.hash_of(str(memory.get("scenario", "")))

    async def mind_with(self, scenarios: Library, watch: Watch) -> Mind:
        """The mind that it would have with other scenarios: for trying them, and for taking an old talk again."""
        return await self._read(reading.today(self._house), scenarios, watch)

    async def _read(self, today: date, scenarios: Library | None = None, watch: Watch | None = None) -> Mind:
        house = self._house
        articles = await reading.quotable(house.db, today)
        return mind_of(
            scenarios or self._library,
            clinic=house.settings.clinic.name,
            emergency=house.settings.clinic.emergency_number,
            quotes={(a.slug, a.language): _quote(a) for a in articles},
            answers={a.answers: a.slug for a in reversed(articles) if a.answers},
            article_phrases=await reading.phrases(house.db, today),
            flags=watch or flags_in_force(),
        )


def _quote(article: reading.Article) -> Quote:
    return Quote(article.slug, article.title, article.summary, reading.card(article, excerpt=False))


def _numbered(turn: int, effects: list[Effect]) -> list[BotEvent]:
    return [BotEvent(f"{turn}.{place}", f"{turn}.{place}", effect) for place, effect in enumerate(effects)]
