"""What is due when nobody speaks: a table, and what holds whatever happens."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sportello.conversations.states import State
from sportello.routing.plan.parts import Timers
from sportello.routing.silence import Due, Silence, Step, due, look_at

NOON = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)  # the night in which Italy's clocks go forward
TIMERS = Timers(remind_patient=300, wait_after=900, close_after=3600, remind_agent=120, wrap_up=60)


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def active(**said: float) -> Silence:
    return Silence(State.ACTIVE, NOON, NOON, **{f"{who}_at": at(when) for who, when in said.items()})


@pytest.mark.parametrize(
    ("silence", "wanted"),
    [
        (active(), Due(at(120), Step.REMIND_AGENT)),
        (active(patient=10, unanswered=10), Due(at(130), Step.REMIND_AGENT)),
        (active(patient=50, unanswered=10), Due(at(130), Step.REMIND_AGENT)),
        (active(agent=20), Due(at(320), Step.REMIND_PATIENT)),
        (active(agent=20, patient=10), Due(at(320), Step.REMIND_PATIENT)),
        (active(agent=20, patient=30, unanswered=30), Due(at(150), Step.REMIND_AGENT)),
        (active(agent=20, patient_reminded=320), Due(at(920), Step.WAIT)),
        # An hour late with the reminder: the patient has the promised ten minutes all the same.
        (active(agent=20, patient_reminded=4000), Due(at(4600), Step.WAIT)),
        (active(patient=10, unanswered=10, agent_reminded=130), None),
        (active(agent=-60), Due(at(120), Step.REMIND_AGENT)),  # another agent's word
    ],
)
def test_the_next_step_counts_from_the_last_word(silence: Silence, wanted: Due | None) -> None:
    assert due(TIMERS, silence) == wanted


def test_waiting_ends_with_a_close_and_after_work_by_itself() -> None:
    waiting = Silence(State.WAITING, at(900), NOON, agent_at=NOON)
    assert due(TIMERS, waiting) == Due(at(3600), Step.CLOSE)
    put_by_at_once = Silence(State.WAITING, at(30), NOON, agent_at=at(10))
    assert due(TIMERS, put_by_at_once) == Due(at(3610), Step.CLOSE)
    returned = Silence(State.WAITING, at(900), NOON, agent_at=NOON, patient_at=at(901))
    assert due(TIMERS, returned) is None, "whoever has written is not closed"
    assert due(TIMERS, Silence(State.WRAP_UP, at(5), NOON)) == Due(at(65), Step.FINISH)
    assert due(Timers(), Silence(State.WRAP_UP, at(5), NOON)) is None


def test_what_is_not_configured_never_comes() -> None:
    never = Timers(remind_patient=None, wait_after=None, close_after=None, remind_agent=None)
    for silence in (active(), active(agent=5), active(agent=5, patient=6)):
        assert due(never, silence) is None
    only_close = Timers(remind_patient=None, wait_after=None, close_after=600)
    assert due(only_close, active(agent=5)) == Due(at(605), Step.CLOSE)


seconds = st.none() | st.integers(1, 5000)
moments = st.none() | st.integers(-500, 5000).map(at)


@given(
    st.builds(Timers, remind_patient=seconds, wait_after=seconds, close_after=seconds, remind_agent=seconds,
              wrap_up=seconds),
    st.sampled_from(State), moments, moments, moments, moments, st.integers(0, 6000),
)  # fmt: skip
def test_it_never_interrupts_and_always_looks_again(
    timers: Timers, state: State, patient: datetime | None, agent: datetime | None, told: datetime | None,
    nudged: datetime | None, now: int,
) -> None:  # fmt: skip
    silence = Silence(state, NOON, NOON, patient, agent, patient, told, nudged)
    found = due(timers, silence)
    again = look_at(timers, state, found, at(now))
    assert (again is not None) == (state in (State.ACTIVE, State.WAITING, State.WRAP_UP))
    if found is None:
        return
    assert again is not None
    assert again <= max(found.at, at(now) + timedelta(minutes=5))
    words = [word for word in (patient, agent) if word]
    if found.step in (Step.REMIND_PATIENT, Step.WAIT):
        assert agent, "only somebody who was spoken to is reminded"
        assert patient is None or patient <= agent
    if found.step is Step.CLOSE:
        assert found.at >= max([NOON, *words])
    if found.step is Step.REMIND_PATIENT and told:
        assert told < found.at, "nobody is reminded twice of the same words"
