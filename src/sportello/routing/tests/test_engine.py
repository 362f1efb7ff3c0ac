"""Who is asked: properties of classification and choice over any snapshot."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from sportello.routing.engine.agents import Agent, can, may_be_asked
from sportello.routing.engine.classifying import Facts, classify, read, written
from sportello.routing.engine.matching import Waiting, match, needed, rank
from sportello.routing.plan.parts import Member, Plan, Queue, Rule, Workstream
from sportello.routing.plan.words import Condition, Method, Mode, Need, Text

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
NAME = Text("Nome", "Name")
moments = st.integers(0, 3600).map(lambda seconds: NOON - timedelta(seconds=seconds))
queues = ("general", "cardio", "imaging")
skills = ("cardiology", "it", "en")
needs = st.lists(st.builds(Need, st.sampled_from(skills), st.integers(1, 5)), max_size=2).map(tuple)


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    made = tuple(
        Queue(
            one,
            NAME,
            priority=draw(st.integers(0, 2)),
            method=draw(st.sampled_from(Method)),
            needs=draw(needs),
            relax_after=draw(st.none() | st.integers(0, 3600)),
        )
        for one in queues
    )
    streams = (
        Workstream("chat", NAME, ("chat",), "general", units=draw(st.integers(0, 2))),
        Workstream("call", NAME, ("callback",), "general", units=2, presences=("available", "busy")),
        Workstream("slow", NAME, ("mail",), "general", mode=Mode.PICK),
    )
    return Plan(streams, made)


@st.composite
def agents(draw: st.DrawFn) -> list[Agent]:
    found = []
    for n in range(draw(st.integers(0, 5))):
        used = draw(st.dictionaries(st.sampled_from(("chat", "callback")), st.integers(0, 2)))
        member = Member(
            f"agente{n}",
            tuple(draw(st.sets(st.sampled_from(queues)))),
            draw(st.dictionaries(st.sampled_from(skills), st.integers(1, 5))),
            draw(st.integers(0, 6)),
            draw(st.dictionaries(st.sampled_from(("chat", "callback")), st.integers(0, 3))),
        )
        presence = draw(st.sampled_from(("available", "available", "busy", "away")))
        found.append(
            Agent(UUID(int=n), member, presence, draw(moments), draw(moments), "", draw(st.booleans()),
                  draw(st.none() | moments), used, sum(used.values()))
        )  # fmt: skip
    return found


waiting = st.lists(
    st.builds(
        Waiting, st.uuids(), st.sampled_from(queues), st.sampled_from(("chat", "callback", "mail")),
        needs.map(written), st.integers(0, 2), moments, st.none() | st.integers(0, 4).map(lambda n: UUID(int=n)),
    ),
    max_size=12, unique_by=lambda one: one.conversation,
)  # fmt: skip


def _copied(one: Agent) -> Agent:
    return replace(one, used=dict(one.used))


@given(plans(), agents(), waiting, st.data())
def test_what_is_offered_is_allowed_in_strict_order_and_nothing_possible_is_left(
    plan: Plan, people: list[Agent], those: list[Waiting], data: st.DataObject
) -> None:
    plan = replace(plan, members=tuple(one.member for one in people))
    refused = {
        one.conversation: {who.staff: NOON - timedelta(minutes=1) for who in people if data.draw(st.booleans())}
        for one in those
    }
    matches = {one.waiting.conversation: one.staff for one in match(plan, map(_copied, people), those, NOON, refused)}
    now = {one.staff: _copied(one) for one in people}
    named = {queue for one in people for queue in one.member.queues}

    def able(agent: Agent, one: Waiting) -> bool:
        stream, queue = plan.workstream(one.channel), plan.queue(one.queue)
        return (
            (queue.id in agent.member.queues or queue.id not in named)
            and can(agent.member, needed(queue, one.needs, one.since, NOON))
            and may_be_asked(agent, stream, one.channel, refused[one.conversation])
        )

    # Lived again one by one: whoever comes first takes whom they could have, and nobody able is passed over.
    for one in sorted(those, key=lambda each: rank(plan, each)):
        stream = plan.workstream(one.channel)
        chosen = matches.get(one.conversation)
        if stream.mode is Mode.PICK:
            assert chosen is None
            continue
        possible = [who for who in now.values() if able(who, one)]
        if chosen is None:
            assert possible == []
            continue
        who = now[chosen]
        assert may_be_asked(who, stream, one.channel, refused[one.conversation])
        if one.wanted != chosen:
            assert who in possible
            best = min(_order(plan.queue(one.queue).method, each) for each in possible)
            assert _order(plan.queue(one.queue).method, who) == best
        who.give(one.channel, stream.units, NOON)
        assert stream.units == 0 or who.taken <= who.member.units
        assert stream.units == 0 or who.used[one.channel] <= who.member.most.get(one.channel, 99)


def _order(method: Method, one: Agent) -> tuple[object, ...]:
    match method:
        case Method.ROUND_ROBIN:
            return (one.given_at or datetime(1970, 1, 1, tzinfo=UTC), one.staff)
        case Method.MOST_SPARE:
            return (one.taken - one.member.units, one.idle_since, one.staff)
    return (one.taken, one.idle_since, one.staff)


@given(plans(), agents(), waiting, st.randoms())
def test_the_order_of_the_snapshot_does_not_matter(
    plan: Plan, people: list[Agent], those: list[Waiting], random: object
) -> None:
    def outcome() -> list[object]:
        random.shuffle(people)  # type: ignore[attr-defined]
        random.shuffle(those)  # type: ignore[attr-defined]
        return list(match(plan, map(_copied, people), those, NOON))

    assert outcome() == outcome()


@given(needs)
def test_needs_are_written_and_read(some: tuple[Need, ...]) -> None:
    assert written(read(written(some))) == written(some)


def _plan(*rules: Rule) -> Plan:
    stream = Workstream("chat", NAME, ("chat",), "general", rules=rules)
    return Plan((stream,), tuple(Queue(one, NAME) for one in queues))


def test_the_first_rule_that_holds_decides_then_what_was_asked_for_then_the_fallback() -> None:
    heart = Rule("cardio", (Condition("topic", ("cardiology", "Cuore")),), (Need("cardiology", 2),), 5)
    urgent = Rule("imaging", (Condition("priority", ("red-flag",)),))
    plan = _plan(heart, urgent)
    found = classify(plan, Facts(topic="CUORE", priority=1, reason="red-flag"))
    assert (found.queue, found.rule, found.priority, written(found.needs)) == ("cardio", 1, 6, "cardiology:2")
    assert classify(plan, Facts(reason="red-flag")).queue == "imaging"
    assert classify(plan, Facts(queue="cardio")).queue == "cardio"
    assert classify(plan, Facts(queue="no-such-queue")).queue == "general"
    assert classify(plan, Facts(channel="fax")).queue == "general"


@pytest.mark.parametrize(
    ("condition", "facts", "expected"),
    [
        (Condition("patient", ("unknown",)), Facts(), True),
        (Condition("patient", ("known",)), Facts(known=True), True),
        (Condition("language", ("en", "de"), negated=True), Facts(language="it"), True),
        (Condition("language", ("it",), negated=True), Facts(language="it"), False),
        (Condition("colour", ("red",)), Facts(), False),
    ],
)
def test_a_condition_asks_one_fact(condition: Condition, facts: Facts, expected: bool) -> None:
    assert (classify(_plan(Rule("cardio", (condition,))), facts).rule == 1) is expected


def test_skills_are_strict_until_relaxed() -> None:
    queue = Queue("cardio", NAME, needs=(Need("cardiology", 3),), relax_after=60)
    plan = Plan((Workstream("chat", NAME, ("chat",), "cardio"),), (queue,))
    novice = Agent(UUID(int=1), Member("novice", ("cardio",), {"cardiology": 2}), "available", NOON, NOON)

    def asked(waited: int) -> bool:
        one = Waiting(UUID(int=9), "cardio", "chat", "", 0, NOON - timedelta(seconds=waited))
        return bool(match(plan, [_copied(novice)], [one], NOON))

    assert not asked(59)
    assert asked(60)
