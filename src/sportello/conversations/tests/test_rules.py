"""The rules as tables and properties: one owner whatever is tried, and texts that are taken as they are or refused."""

from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from sportello.conversations import rules
from sportello.conversations.rules import IllegalMove, Standing, Unacceptable, clean_text, moved
from sportello.conversations.states import IN_QUEUE, OPEN, WITH_AGENT, State

AGENTS = [UUID(int=number) for number in (1, 2)]


class Talk(RuleBasedStateMachine):
    """Anybody tries anything, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.now = Standing(State.BOT)

    @rule(
        to=st.sampled_from(State),
        agent=st.sampled_from([None, *AGENTS]),
        queue=st.sampled_from([None, "general", "cardio"]),
    )
    def try_move(self, to: State, agent: UUID | None, queue: str | None) -> None:
        before = self.now
        try:
            self.now = moved(before, to, agent, queue)
        except IllegalMove:
            assert self.now is before
            return
        assert self.now.state is to
        if agent is not None and to is State.ACTIVE:
            assert self.now.agent == agent

    @invariant()
    def one_owner(self) -> None:
        now = self.now
        owners = [
            now.state is State.BOT,
            now.state in IN_QUEUE and now.queue is not None and now.agent is None,
            now.state in WITH_AGENT and now.agent is not None,
            now.state is State.CLOSED,
        ]
        assert owners.count(True) == 1, now


def test_whatever_is_tried_there_is_one_owner() -> None:
    run_state_machine_as_test(Talk, settings=settings(max_examples=200, stateful_step_count=30, deadline=None))


def test_every_open_state_leads_to_the_end_and_closed_only_to_a_new_beginning() -> None:
    assert rules.LEGAL[State.CLOSED] == {State.ACTIVE, State.QUEUED, State.BOT}
    for state in OPEN:
        assert State.CLOSED in rules.LEGAL[state]
    assert set(rules.LEGAL) == set(State)


@pytest.mark.parametrize("state", list(State))
def test_who_may_write_follows_from_the_state(state: State) -> None:
    assert rules.patient_may_write(state) == (state not in (State.WRAP_UP, State.CLOSED))
    assert rules.agent_may_write(state) == (state in (State.ACTIVE, State.WAITING))


@pytest.mark.parametrize(
    "text",
    [
        "Buongiorno",
        "a" * 4000,
        "due\nrighe",
        "مرحبا، أريد موعدًا",
        "שלום",
        "👩🏽‍⚕️🏥👨‍👩‍👧‍👦",
        "<script>alert(1)</script><b>ciao</b>",
        "'; drop table conversations.conversation; --",
        "%(name)s {{ 7*7 }}",
        "e\u0301 è",
    ],
)
def test_text_is_kept_as_it_is(text: str) -> None:
    assert clean_text(text) == text


@pytest.mark.parametrize(
    "text", ["", "   ", "\n\t\r\n", "\u200b\u200d", "\x00\x00", "\ufeff", "\u202e\u2066", "\u2028", "\u3164"]
)
def test_nothing_is_refused_as_empty(text: str) -> None:
    with pytest.raises(Unacceptable) as refused:
        clean_text(text)
    assert refused.value.code == "empty"


@pytest.mark.parametrize("text", ["a" * 4001, "😀" * 4001, "a" * 1_000_000])
def test_too_much_is_refused_in_words(text: str) -> None:
    with pytest.raises(Unacceptable) as refused:
        clean_text(text)
    assert (refused.value.code, refused.value.message) == ("too-long", rules.TOO_LONG)


@pytest.mark.parametrize("said", [None, 7, ["a"], {"text": "a"}, True])
def test_what_is_no_text_is_refused(said: object) -> None:
    with pytest.raises(Unacceptable) as refused:
        clean_text(said)
    assert refused.value.code == "unreadable"


@given(st.text(max_size=200))
def test_whatever_is_taken_can_be_stored_and_is_taken_again_unchanged(text: str) -> None:
    try:
        kept = clean_text(text)
    except Unacceptable:
        return
    assert kept.strip() == kept
    assert "\x00" not in kept
    assert kept.encode()
    assert clean_text(kept) == kept


@given(st.text(max_size=1000))
def test_a_name_is_one_short_line(name: str) -> None:
    kept = rules.clean_name(name)
    assert len(kept) <= 200
    assert not set(kept) & set("\n\r\x00")


def test_a_name_of_ten_thousand_characters_is_cut() -> None:
    assert rules.clean_name("A" * 10_000) == "A" * 200


def test_a_patient_decides_its_text_and_the_button_it_pressed_and_nothing_else() -> None:
    body = {"text": " Sì ", "payload": "yes", "name": "Marta Ricci", "article": {"url": "//x"}, "buttons": [1]}
    assert rules.body_from_patient(body, "Giulia") == {"text": "Sì", "payload": "yes", "name": "Giulia"}
    assert rules.body_from_patient({"text": "a", "payload": "x" * 201}, "") == {"text": "a"}
    assert rules.body_from_staff({"text": "a", "name": "Dio"}, "Elena Conti") == {"text": "a", "name": "Elena Conti"}
