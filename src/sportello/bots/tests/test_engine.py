"""Turns of the assistant: what it must do with the founding sentences, and what must hold whatever is said."""

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from sportello.bots.engine import LONG_TALK
from sportello.bots.library import library
from sportello.bots.mind import Mind
from sportello.bots.ports import Effect, End, Escalate, Note, Say
from sportello.bots.state import Input, Offered, Opened, Said, State
from sportello.bots.tests.conftest import as_guest as step
from sportello.bots.walking import walk
from sportello.bots.words import Words


def talk(mind: Mind, *said: str | Said, language: str = "it") -> tuple[State, list[Effect]]:
    """The state and the last turn's effects."""
    state, effects = step(mind, State(language), Opened())
    for one in said:
        state, effects = step(mind, state, one if isinstance(one, Said) else Said(one))
    return state, effects


def texts(effects: list[Effect]) -> str:
    return " ".join(effect.text for effect in effects if isinstance(effect, Say))


def escalation(effects: list[Effect]) -> Escalate:
    found = [effect for effect in effects if isinstance(effect, Escalate)]
    assert len(found) == 1, effects
    return found[0]


def test_the_greeting_says_that_it_is_automatic_and_shows_the_emergency_number(mind: Mind) -> None:
    for language, word in (("it", "automatico"), ("en", "automatic")):
        _, effects = talk(mind, language=language)
        assert word in texts(effects)
        assert "112" in texts(effects)
        assert any(choice.payload == "person.start" for choice in effects[0].buttons)  # type: ignore[union-attr]


def test_moving_a_visit_asks_which_one_and_hands_over_with_the_patients_words(mind: Mind) -> None:
    state, asked = talk(mind, "Vorrei spostare la mia visita")
    assert "spostare" in texts(asked)
    assert "operatore" in texts(asked)
    assert not state.over
    _, effects = talk(mind, "Vorrei spostare la mia visita", "quella dal cardiologo, martedì")
    handed = escalation(effects)
    assert (handed.topic, handed.language, handed.priority) == ("reschedule", "it", 0)
    assert handed.context["words"] == "Vorrei spostare la mia visita"
    assert handed.context["visit"] == "quella dal cardiologo, martedì"
    assert "Vorrei spostare la mia visita" in handed.summary["it"]


def test_a_question_on_the_side_does_not_replace_the_wish(mind: Mind) -> None:
    _, effects = talk(mind, "Vorrei spostare la mia visita", "A che ora aprite?", "Vorrei parlare con una persona")
    handed = escalation(effects)
    assert handed.topic == "reschedule"
    assert "spostare la mia visita" in handed.summary["it"]


def test_the_agent_reads_what_was_chosen_in_their_own_language(mind: Mind) -> None:
    chosen = Offered("s7", Words(it="gio 3 dic, 09:30", en="Thu 3 Dec, 09:30"))
    state = State("it", scenario="reschedule", listed={"times": (chosen,)})
    state = replace(state, saved={"appointment": "a1", "appointment_told": "visita", "time": "s7", "time_told": "gio"})
    handed = escalation(walk(mind, state, "reschedule.handover")[1]).summary
    assert isinstance(handed, dict)
    assert "gio 3 dic, 09:30" in handed["it"]
    assert "Thu 3 Dec, 09:30" in handed["en"]


def test_the_question_may_be_skipped(mind: Mind) -> None:
    for skip in ("salta", "non lo so", Said("Salta", "skip")):
        handed = escalation(talk(mind, "Vorrei spostare la mia visita", skip)[1])
        assert "visit" not in handed.context
        assert "non indicata" in handed.summary["it"]


def test_opening_hours_are_quoted_word_for_word_with_the_article(mind: Mind) -> None:
    for language, asked in (("it", "Che orari avete?"), ("it", "A che ora aprite?"), ("en", "When do you open?")):
        _, effects = talk(mind, asked, language=language)
        said = next(effect for effect in effects if isinstance(effect, Say))
        assert said.text == mind.quotes["opening-hours", language].summary
        assert said.article == {"slug": "opening-hours"}


def test_without_an_approved_article_a_person_answers(mind: Mind) -> None:
    handed = escalation(talk(mind, "dove posso parcheggiare?")[1])
    assert handed.reason == "no-article"


def test_two_misses_in_a_row_end_at_a_person(mind: Mind) -> None:
    state, first = talk(mind, "xyzzy plugh")
    assert not state.over
    assert first[-1].buttons  # type: ignore[union-attr]
    assert escalation(talk(mind, "xyzzy plugh", "frotz")[1]).reason == "not-understood"
    state, _ = talk(mind, "xyzzy plugh", "Che orari avete?", "frotz")
    assert not state.over, "a wish understood in between begins the count anew"


def test_a_red_flag_interrupts_at_any_point_and_first_of_all_shows_the_number(mind: Mind) -> None:
    for before in ([], ["Vorrei spostare la mia visita"], ["xyzzy"]):
        state, effects = talk(mind, *before, "ho un forte dolore al petto")
        handed = escalation(effects)
        assert isinstance(effects[0], Say)
        assert "112" in effects[0].text
        assert (handed.reason, handed.priority, handed.topic) == ("red-flag", 100, "emergency")
        assert state.over


def test_a_negated_red_flag_is_asked_about_and_what_was_wanted_is_kept(mind: Mind) -> None:
    state, asked = talk(mind, "non ho dolore al petto, vorrei spostare la visita")
    assert "dolore" in texts(asked)
    assert state.flag == "chest_pain"
    assert escalation(talk(mind, "non ho dolore al petto", Said("Sì", "yes"))[1]).reason == "red-flag"
    _, effects = talk(mind, "non ho dolore al petto, vorrei spostare la visita", "no")
    assert "spostare una visita" in texts(effects)


def test_an_unclear_answer_to_the_closed_question_goes_to_a_person_with_priority(mind: Mind) -> None:
    for answer in ("forse un poco", "non capisco la domanda", "operatore", "🙂"):
        handed = escalation(talk(mind, "non ho dolore al petto", answer)[1])
        assert (handed.reason, handed.priority) == ("red-flag", 90)


def test_questions_of_health_get_no_advice(mind: Mind) -> None:
    _, effects = talk(mind, "posso prendere la tachipirina per la febbre?")
    assert "Non posso dare consigli medici" in texts(effects)


def test_the_language_follows_the_patient_and_can_be_switched(mind: Mind) -> None:
    state, effects = talk(mind, "I would like to move my appointment please")
    assert state.language == "en"
    assert "move a visit" in texts(effects)
    state, effects = talk(mind, Said("English", "language.other"))
    assert state.language == "en"
    state, effects = talk(mind, "do you speak english?")
    assert (state.language, "in English" in texts(effects)) == ("en", True)


def test_whether_an_answer_helped_is_noted(mind: Mind) -> None:
    _, effects = talk(mind, "Che orari avete?", Said("Non mi aiuta", "thanks.unhelpful"))
    assert Note("feedback", {"helpful": "no", "article": "opening-hours"}) in effects


def test_a_farewell_ends_the_talk(mind: Mind) -> None:
    state, effects = talk(mind, "arrivederci")
    assert state.over
    assert any(isinstance(effect, End) for effect in effects)


def test_a_forged_payload_leads_nowhere_it_should_not(mind: Mind) -> None:
    for payload in (
        "emergency.start",
        "unclear.person",
        "nowhere",
        "article:../../etc",
        "welcome.",
        ".",
        "reschedule.handover",
    ):
        state, effects = talk(mind, Said("blah", payload))
        assert not state.over, payload
        assert texts(effects)


def test_after_the_handover_the_assistant_is_silent(mind: Mind) -> None:
    state, _ = talk(mind, "operatore")
    assert state.over
    assert step(mind, state, Said("Ci siete?")) == (state, [])


def test_a_long_talk_ends_at_a_person(mind: Mind) -> None:
    state, effects = talk(mind, *["Che orari avete?"] * (LONG_TALK + 1))
    assert state.over
    assert escalation(effects).reason == "long-talk"


WORDS = st.sampled_from(
    "vorrei spostare visita no sì orari operatore dolore petto non grazie english prenotare disdire salta 🙂 <b>"
    " {words} {clinic} parcheggio referto boh yes help ciao".split()
)
PAYLOADS = st.one_of(
    st.just(""),
    st.sampled_from([f"{name}.{node}" for name, one in library().scenarios.items() for node in one.nodes]),
    st.sampled_from(["yes", "no", "skip", "article:opening-hours", "article:x"]),
    st.text(max_size=20),
)
INPUTS = st.builds(Said, st.one_of(st.lists(WORDS, max_size=8).map(" ".join), st.text(max_size=60)), PAYLOADS)


@settings(max_examples=300, deadline=None)
@given(st.lists(INPUTS, max_size=14), st.sampled_from(["it", "en"]))
def test_whatever_is_said_the_patient_is_answered_and_never_far_from_a_person(
    mind: Mind, said: list[Input], language: str
) -> None:
    state, effects = step(mind, State(language), Opened())
    for one in said:
        before = state
        state, effects = step(mind, state, one)
        if before.over:
            assert (state, effects) == (before, [])
            break
        assert any(isinstance(effect, Say) and effect.text.strip() for effect in effects), "nobody is left unanswered"
        assert state.over == any(isinstance(effect, Escalate | End) for effect in effects)
        # The state travels through the database unchanged.
        assert msgspec.convert(msgspec.to_builtins(state), State) == state
        if not state.over:
            # From everywhere one word leads to a person, and so do two misses.
            for words in (["operatore"], ["I want to talk to a person"], ["xyzzy", "frotz", "plugh"]):
                there, last = state, list[Effect]()
                for word in words:
                    if not there.over:
                        there, last = step(mind, there, Said(word))
                assert any(isinstance(effect, Escalate) for effect in last), words
