"""What is due in a conversation in which nobody speaks: a pure answer from its timers and its last words."""

from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct

from sportello.conversations.states import State
from sportello.routing.plan.parts import Timers


class Step(StrEnum):
    """What a timer does."""

    REMIND_PATIENT = "remind_patient"
    REMIND_AGENT = "remind_agent"
    WAIT = "wait"
    CLOSE = "close"
    FINISH = "finish"


class Silence(Struct, frozen=True):
    """A conversation as its timers see it; `unanswered_at` is the first word of the patient that nobody answered."""

    state: State
    since: datetime
    accepted_at: datetime
    patient_at: datetime | None = None
    agent_at: datetime | None = None
    unanswered_at: datetime | None = None
    patient_reminded_at: datetime | None = None
    agent_reminded_at: datetime | None = None


class Due(Struct, frozen=True):
    """A step and when it is due."""

    at: datetime
    step: Step


def agent_is_awaited(one: Silence) -> bool:
    """Whether the patient waits for a word: the agent has not spoken since taking it, or since the patient did."""
    if one.agent_at is None or one.agent_at < one.accepted_at:
        return True
    return one.patient_at is not None and one.patient_at > one.agent_at


def due(timers: Timers, one: Silence) -> Due | None:
    """The next step and when, if nobody speaks until then; None when nothing is configured, or nobody is waited for.

    Times count from the last word. After a late reminder (the server was down) the patient still has the promised
    time before the next step.
    """
    if one.state is State.WRAP_UP:
        return _in(Step.FINISH, one.since, timers.wrap_up)
    if one.state is State.WAITING:
        return _closing(timers, one)
    if one.state is not State.ACTIVE:
        return None
    if agent_is_awaited(one):
        waited = max(one.accepted_at, one.unanswered_at or one.patient_at or one.accepted_at)
        told = one.agent_reminded_at is not None and one.agent_reminded_at >= waited
        return None if told else _in(Step.REMIND_AGENT, waited, timers.remind_agent)
    return _waiting_for_patient(timers, one)


def _waiting_for_patient(timers: Timers, one: Silence) -> Due | None:
    assert one.agent_at is not None
    word = one.agent_at
    reminded = one.patient_reminded_at if one.patient_reminded_at and one.patient_reminded_at >= word else None
    steps = [] if reminded else [_in(Step.REMIND_PATIENT, word, timers.remind_patient)]
    then, step = (timers.wait_after, Step.WAIT) if timers.wait_after is not None else (timers.close_after, Step.CLOSE)
    if then is not None:
        last = _in(step, word, then)
        if reminded and last:
            left = timedelta(seconds=max(0, then - (timers.remind_patient or 0)))
            last = Due(max(last.at, reminded + left), step)
        steps.append(last)
    # Of two at the same instant the reminder goes first.
    return min((one for one in steps if one), key=lambda found: found.at, default=None)


def _closing(timers: Timers, one: Silence) -> Due | None:
    if timers.close_after is None or (one.patient_at is not None and one.patient_at > one.since):
        return None
    word = max((at for at in (one.agent_at, one.patient_at) if at), default=one.since)
    rest = timedelta(seconds=max(0, timers.close_after - (timers.wait_after or 0)))
    return Due(max(word + timedelta(seconds=timers.close_after), one.since + rest), Step.CLOSE)


def _in(step: Step, start: datetime, seconds: int | None) -> Due | None:
    return None if seconds is None else Due(start + timedelta(seconds=seconds), step)


def look_at(timers: Timers, state: State, next_due: Due | None, now: datetime) -> datetime | None:
    """When to look again: when the next step is due, yet early enough for words that are said meanwhile.

    A reminder of the agent is so at most a quarter of its time late, and a changed setting acts within minutes.
    """
    if state not in (State.ACTIVE, State.WAITING, State.WRAP_UP):
        return None
    pause = 300 if state is State.WAITING else 60
    if state is State.ACTIVE and timers.remind_agent is not None:
        pause = min(60, max(1, timers.remind_agent // 4))
    latest = now + timedelta(seconds=pause)
    return min(latest, next_due.at) if next_due else latest
