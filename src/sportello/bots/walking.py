"""Walks from node to node, collecting what is to be said, until the patient is asked, handed over or let go."""

from msgspec.structs import replace

from sportello.bots.mind import Mind
from sportello.bots.ports import Call, Choice, Effect, End, Escalate, Note, Say
from sportello.bots.scenario import Branch, Handover, Node, absolute, known_by
from sportello.bots.state import Offered, State
from sportello.bots.words import LANGUAGES, Words
from sportello.knowledge.folding import fold

_LONGEST = 256  # characters of one value of an escalation's context
SKIP = Offered("skip", Words(it="Salta", en="Skip"))
INFORMATION = "info"  # the topic of questions that an article answers; no wish of its own
_NOT_SAID = Words(it="non indicata", en="not given")
_LINKS = {
    "visits": (
        "/portal",
        Words(it="Le Sue visite: prenotare, spostare, disdire", en="Your visits: book, move, cancel"),
    ),
    "sign_in": ("/portal/sign-in", Words(it="Accedere", en="Sign in")),
    "callback": ("/portal/callback", Words(it="Farsi richiamare", en="Ask to be called back")),
}

Step = tuple[State, list[Effect]]


def walk(mind: Mind, state: State, ref: str) -> Step:
    """The state after `ref` and all that follows it without an answer of the patient's."""
    effects: list[Effect] = []
    while True:
        scenario = ref.partition(".")[0]
        node = mind.library.node(ref)
        state = replace(state, scenario=scenario, at="", offered=())
        if node.escalate:
            return replace(state, over=True), effects + _handover(mind, state, node.escalate)
        if node.end:
            return replace(state, over=True), [*effects, Say(_text(mind, state, node.end)), End("farewell")]
        if node.answer:
            state, quoted = _answer(mind, state, node)
            if not quoted:
                ref = absolute(node.missing, scenario)
                continue
            effects += quoted
        elif node.switch:
            other = "en" if state.language == "it" else "it"
            state = replace(state, language=other if node.switch == "other" else node.switch)
        elif node.call:
            if not state.heard:
                return replace(state, at=ref), [
                    *effects,
                    Call(node.call, {**state.saved, "words": state.words}, state.language),
                ]
            outcome, *rest = state.heard
            saved, listed = state.saved | outcome.saved, state.listed | outcome.listed
            state = replace(state, heard=tuple(rest), saved=saved, listed=listed)
            ref = absolute(node.ways.get(outcome.way, node.otherwise), scenario)
            continue
        elif node.branch:
            ref = absolute(_way(state, node.branch), scenario)
            continue
        elif node.note:
            effects.append(Note("feedback", {**node.note, "article": state.quoted}))
        elif text := node.ask or node.say:
            state = _offer(state, node, scenario)
            said = say(mind, state, text)
            effects.append(replace(said, link=_link(state, node)) if node.link else said)
            if node.ask:
                return replace(state, at=ref), effects
        if not node.next:
            return state, effects
        ref = absolute(node.next, scenario)


def say(mind: Mind, state: State, text: Words) -> Say:
    """A text with the buttons that the state offers."""
    return Say(_text(mind, state, text), _choices(state))


def offer(state: State, offered: tuple[Offered, ...]) -> State:
    return replace(state, offered=offered)


def _way(state: State, branch: Branch) -> str:
    said = fold(state.saved.get(branch.by, ""))
    return next((to for value, to in branch.ways.items() if fold(value) == said), branch.otherwise)


def _link(state: State, node: Node) -> dict[str, str]:
    address, title = _LINKS[node.link]
    return {"title": title.in_(state.language), "url": address}


def _offer(state: State, node: Node, scenario: str) -> State:
    choice = node.kind == "choice"
    buttons = tuple(Offered(one.to if choice else absolute(one.to, scenario), one.text) for one in node.buttons)
    buttons = (*state.listed.get(node.choose_from, ()), *buttons)
    return replace(state, offered=(*buttons, SKIP) if node.skippable else buttons)


def _choices(state: State) -> tuple[Choice, ...]:
    return tuple(Choice(one.text.in_(state.language), one.to) for one in state.offered)


def _answer(mind: Mind, state: State, node: Node) -> Step:
    slug = state.quoted if node.answer == "asked" else mind.answers.get(node.answer, "")
    quote = mind.quote(slug, state.language)
    if quote is None:
        return state, []
    state = replace(_offer(state, node, state.scenario), quoted=slug)
    return state, [Say(quote.summary, _choices(state), quote.card)]


def _text(mind: Mind, state: State, text: Words) -> str:
    return text.fill(state.language, _values(mind, state, state.language))


def _values(mind: Mind, state: State, language: str) -> dict[str, str]:
    fixed = {"clinic": mind.clinic, "emergency": mind.emergency, "words": state.words, "flag": state.flag}
    names = {name for node in _nodes(mind, state) for name in known_by(node)}
    asked = dict.fromkeys(names, _NOT_SAID.in_(language))
    return asked | state.saved | _chosen(state, language) | fixed


def _chosen(state: State, language: str) -> dict[str, str]:
    """What was chosen from lists, in words of this language: it was saved in the patient's."""
    listed = {one.to: one.text for every in state.listed.values() for one in every}
    told = {f"{name}_told": listed[value].in_(language) for name, value in state.saved.items() if value in listed}
    return {name: words for name, words in told.items() if name in state.saved}


def _nodes(mind: Mind, state: State) -> list[Node]:
    scenario = mind.library.scenarios.get(state.scenario)
    return list(scenario.nodes.values()) if scenario else []


def _handover(mind: Mind, state: State, handover: Handover) -> list[Effect]:
    topic = _topic(mind, state)
    context: dict[str, str | int] = {
        "topic": topic,
        "language": state.language,
        "words": state.words[:_LONGEST],
        "scenario": state.scenario,
        "edition": mind.library.hash_of(state.scenario),
        **({"flag": state.flag} if state.flag else {}),
        **({"article": state.quoted} if state.quoted else {}),
        **{name: value[:_LONGEST] for name, value in state.saved.items()},
    }
    summary = {language: handover.summary.fill(language, _values(mind, state, language)) for language in LANGUAGES}
    return [
        Say(_text(mind, state, handover.say)),
        Escalate(handover.reason, summary, topic, state.language, context, handover.priority),
    ]


def _topic(mind: Mind, state: State) -> str:
    """What a person is needed for: the wish that was said, even if the patient asked for information meanwhile."""
    known = [mind.library.scenarios.get(name) for name in (state.scenario, state.saved.get("wish", ""))]
    topics = [scenario.topic for scenario in known if scenario and scenario.topic]
    return next((topic for topic in topics if topic != INFORMATION), INFORMATION)
