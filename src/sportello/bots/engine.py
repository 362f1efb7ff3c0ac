"""One turn of the embedded assistant: a pure function of its mind, the state and what was said.

Order: red flags, a person asked for, an answer to what was asked, a wish. Two misses in a row, and any talk that grows
long, lead to a person.
"""

from msgspec.structs import replace

from sportello.bots import red_flags
from sportello.bots.answering import HELP, read_answer
from sportello.bots.mind import Mind
from sportello.bots.ports import Effect, Note, Say
from sportello.bots.scenario import Node, absolute
from sportello.bots.state import Advice, Input, Offered, Opened, Outcome, Said, State
from sportello.bots.understanding import CLEAR, MAYBE, SURE, Guess
from sportello.bots.walking import INFORMATION, Step, offer, say, walk
from sportello.bots.wording import language_of, words
from sportello.bots.words import Words
from sportello.knowledge.folding import fold

LONGEST = 4_000  # characters of a message, which is all that the doors let in
LONG_TALK = 40  # turns after which a person takes over
_CERTAIN = 0.88  # at or above it a wish interrupts a question that was asked
_YES = Offered("yes", Words(it="Sì", en="Yes"))
_NO = Offered("no", Words(it="No", en="No"))
_PERSON = Offered("person.start", Words(it="Parlare con una persona", en="Talk to a person"))
_SKIPPING = frozenset("salta,skip,non so,non lo so,non ricordo,boh,i don t know,don t know,no,not sure".split(","))


def step(mind: Mind, state: State, said: Input, heard: tuple[Outcome, ...] = (), advice: Advice | None = None) -> Step:
    """The state after this turn, and what the patient and the desk are told; nothing once the talk is over.

    When the last effect is a Call, the turn is not complete: it is to be taken again from the same state, with the
    house's answer added to `heard`. `advice` is looked at only where the turn would be a miss without it.
    """
    if state.over:
        return state, []
    after, effects = _step(mind, replace(state, heard=heard, advice=advice), said)
    return replace(after, heard=(), advice=None), effects


def _step(mind: Mind, state: State, said: Input) -> Step:
    if isinstance(said, Opened):
        return walk(mind, state, "welcome.start")
    said = Said(said.text.strip()[:LONGEST], said.payload[:200])
    state = _fitting(mind, state)
    state = replace(state, turns=state.turns + 1)
    if state.flag:
        return _settle(mind, state, said)
    pressed = _pressed(mind, state, said)
    if pressed is None and (alarm := mind.flags.check(said.text)):
        return _alarmed(mind, replace(state, held=said.text), alarm)
    if state.turns > LONG_TALK:
        return walk(mind, replace(state, words=state.words or said.text), "unclear.long")
    return _understand(mind, state, said, pressed, mind.understanding.guesses(said.text, state.language))


def _fitting(mind: Mind, state: State) -> State:
    """Without what an edition published since then has no more: a question, and buttons that would lead nowhere."""
    has = mind.library.has
    asked = mind.library.node(state.at) if has(state.at) else None
    choices = [one.to for one in asked.buttons] if asked and asked.kind == "choice" else []
    choices += [one.to for one in state.listed.get(asked.choose_from, ())] if asked else []
    plain = ("yes", "no", "skip", *choices)
    offered = tuple(one for one in state.offered if one.to in plain or one.to.startswith("article:") or has(one.to))
    return replace(state, at=state.at if has(state.at) else "", offered=offered)


def _alarmed(mind: Mind, state: State, alarm: red_flags.Alarm) -> Step:
    state = replace(state, flag=alarm.flag)
    if alarm.certain:
        return walk(mind, replace(state, words=state.held), "emergency.start")
    state = offer(state, (_YES, _NO))
    effects: list[Effect] = [say(mind, state, mind.flags.question(alarm.flag))]
    return state, effects


def _settle(mind: Mind, state: State, said: Said) -> Step:
    """The answer to a closed question: yes is an emergency, no goes back to what was wanted, else a person at once."""
    verdict = said.payload if said.payload in ("yes", "no") else red_flags.verdict(said.text)
    again = mind.flags.check(said.text)
    if verdict == "yes" or (again and again.certain):
        return walk(mind, replace(state, words=f"{state.held} / {said.text}"), "emergency.start")
    if verdict != "no":
        return walk(mind, replace(state, words=f"{state.held} / {said.text}"), "emergency.unclear")
    held, state = state.held, replace(state, flag="", held="", offered=())
    # The symptom that was denied says nothing about what is wanted.
    guesses = [guess for guess in mind.understanding.guesses(held, state.language) if guess.wish != "health"]
    if state.at or (guesses and guesses[0].score >= SURE):
        return _understand(mind, state, Said(held), None, guesses)
    return walk(mind, state, "emergency.settled")


def _pressed(mind: Mind, state: State, said: Said) -> str | None:
    """Where a pressed button leads; a payload that was never offered counts only when it names an open wish."""
    folded = fold(said.text)
    for one in state.offered:
        if said.payload == one.to or (folded and folded in (fold(one.text.it), fold(one.text.en))):
            return one.to
    wish = said.payload.removesuffix(".start")
    scenario = mind.library.scenarios.get(wish)
    return f"{wish}.start" if scenario and scenario.offered else None


def _understand(mind: Mind, state: State, said: Said, pressed: str | None, guesses: list[Guess]) -> Step:
    choosing = state.at and mind.library.node(state.at).kind == "choice"
    if pressed and choosing and any(one.to == pressed for one in state.offered) and pressed != "skip":
        return _reply(mind, state, Said(pressed), [], skipped=False)
    if pressed and pressed != "skip":
        return _go(mind, state, said, pressed, 100)
    language = language_of(said.text) if not pressed else None
    if language and language != state.language and not state.at:
        state = replace(state, language=language)
    best = guesses[0] if guesses else None
    if best and best.wish == "person" and best.score >= SURE:
        return _go(mind, state, said, "person.start", round(best.score * 100))
    if state.at:
        return _reply(mind, state, said, guesses, skipped=pressed == "skip")
    return _wish(mind, state, said, guesses)


def _reply(mind: Mind, state: State, said: Said, guesses: list[Guess], *, skipped: bool) -> Step:
    """To a question that was asked: its text is kept, unless it is plainly another wish."""
    best = guesses[0] if guesses else None
    node = mind.library.node(state.at)
    if best and best.score >= _CERTAIN and best.wish != state.scenario and not skipped:
        return _go(mind, state, said, _start(best.wish), round(best.score * 100))
    if not node.save:
        return _wish(mind, replace(state, at=""), said, guesses)
    plain = not skipped and words(said.text) and not (node.skippable and fold(said.text) in _SKIPPING)
    if plain:
        listed = state.listed.get(node.choose_from, ())
        value = read_answer(node, said.text, listed)
        if value is None and best and best.score >= SURE and best.wish != state.scenario:
            return _go(mind, state, said, _start(best.wish), round(best.score * 100))
        if value is None and state.advice and state.advice.job == "slots":
            value = read_answer(node, state.advice.value, listed)
        if value is None:
            return _asked_again(mind, state, node)
        told = {f"{node.save}_told": one.text.in_(state.language) for one in listed if one.to == value}
        state = replace(state, saved={**state.saved, node.save: value, **told})
    elif not skipped and not node.skippable:
        return _missed(mind, state, said, [])
    return walk(mind, replace(state, misses=0), absolute(node.next, state.scenario))


def _asked_again(mind: Mind, state: State, node: Node) -> Step:
    """Once more, with what is looked for; the second time in a row a person."""
    state = replace(state, misses=state.misses + 1)
    if state.misses >= 2:
        return walk(mind, state, "unclear.person")
    state, effects = walk(mind, state, state.at)
    return state, [Say(HELP[node.kind].in_(state.language)), *effects]


def _wish(mind: Mind, state: State, said: Said, guesses: list[Guess]) -> Step:
    best = guesses[0] if guesses else None
    if best and best.score >= SURE and (len(guesses) < 2 or best.score - guesses[1].score >= CLEAR):
        return _go(mind, state, said, _start(best.wish), round(best.score * 100))
    likely = [guess for guess in guesses if guess.score >= MAYBE][:3]
    return _missed(mind, state, said, likely)


def _missed(mind: Mind, state: State, said: Said, likely: list[Guess]) -> Step:
    """First the likely wishes as buttons, or the menu; the second time in a row a person."""
    if (advice := state.advice) and advice.job == "route" and _may_be_chosen(mind, advice.value):
        score = next((guess.score for guess in likely if guess.wish == advice.value), 0.0)
        return _go(mind, state, said, _start(advice.value), round(score * 100))
    state = replace(state, misses=state.misses + 1, words=said.text)
    trace = Note("understood", {"wish": "", "score": round(likely[0].score * 100) if likely else 0})
    if state.misses >= 2:
        state, effects = walk(mind, state, "unclear.person")
        return state, [trace, *effects]
    offered = tuple(one for guess in likely if (one := _button(mind, state, guess.wish)))
    if not offered:
        state, effects = walk(mind, state, "unclear.lost")
        return state, [trace, *effects]
    node = mind.library.node("unclear.unsure")
    state = offer(replace(state, at="", scenario="unclear"), (*offered, _PERSON))
    said_text: Say = say(mind, state, node.say or _PERSON.text)
    return state, [trace, said_text]


def _may_be_chosen(mind: Mind, wish: str) -> bool:
    """By a language model: only among the wishes that any patient may be offered."""
    scenario = mind.library.scenarios.get(wish)
    return scenario is not None and scenario.offered


def _button(mind: Mind, state: State, wish: str) -> Offered | None:
    if wish.startswith("article:"):
        quote = mind.quote(wish.removeprefix("article:"), state.language)
        return Offered(wish, Words(it=quote.title, en=quote.title)) if quote else None
    scenario = mind.library.scenarios[wish]
    return Offered(_start(wish), scenario.title) if scenario.offered and wish != "person" else None


def _go(mind: Mind, state: State, said: Said, ref: str, score: int) -> Step:
    """Begins a wish with the patient's words; words said before a person was asked for stay with it."""
    trace = Note("understood", {"wish": ref, "score": score})
    wish = ref.partition(".")[0]
    if ref.startswith("article:"):
        state, ref, wish = replace(state, quoted=ref.removeprefix("article:")), "article.start", "article"
    before = mind.library.scenarios.get(state.saved.get("wish", ""))
    aside = wish_is_aside(mind.library.scenarios[wish].topic, before.topic if before else "")
    plain = aside or not mind.library.scenarios[wish].topic
    kept = state.words if plain and state.words and (aside or wish == "person") else said.text
    saved = {**state.saved, "wish": wish} if not plain else state.saved
    words_now = kept if kept == said.text or said.text in kept else f"{kept} / {said.text}"
    state = replace(state, misses=0, at="", words=words_now[:LONGEST], saved=saved, score=score)
    state, effects = walk(mind, state, ref)
    return state, [trace, *effects]


def wish_is_aside(topic: str, before: str) -> bool:
    """Whether somebody with a wish for people (to move a visit) only asks for information meanwhile."""
    return topic in ("", INFORMATION) and before not in ("", INFORMATION)


def _start(wish: str) -> str:
    return wish if wish.startswith("article:") else f"{wish}.start"
