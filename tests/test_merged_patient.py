"""What every room does when two records of a patient are merged, and when that is undone."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from sportello.administration.actor import Actor
from sportello.administration.testing import staff_member
from sportello.conversations import store as talks
from sportello.conversations.handover import escalate
from sportello.conversations.moves import move
from sportello.conversations.opening import open_conversation
from sportello.conversations.states import State
from sportello.desk import store as desk
from sportello.desk.merged_patients import turned_to
from sportello.desk.tabs import new_tab, open_tab
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.ids import uuid7
from sportello.portal import signing_in
from sportello.portal import store as portal
from sportello.record import merging
from sportello.record.tests.cast import GIULIA, admit
from sportello.scheduling.visits_ahead import AppointmentBook

TWIN = "giulia-f"
_TIME = datetime(2030, 3, 4, 9, tzinfo=UTC)
# One for the twin, one by the twin, one that both have, and one who would be their own.
_DELEGATES = [(TWIN, "anna"), ("bimbo", TWIN), (GIULIA, "marco"), (TWIN, "marco"), (TWIN, GIULIA)]
_DELEGATE = (
    "insert into scheduling.delegate (id, patient, delegate, relation, since, proof, consent, seen_by, seen_at)"
    " values ($1, $2, $3, 'parent', '2026-01-01', 'x', 'given', 'x', $4)"
)


@pytest.fixture
def rooms() -> tuple[str, ...]:
    """All that keep something of a patient, without the bot, which would answer by itself."""
    return (
        "kit", "web", "administration", "fhir", "record", "knowledge", "scheduling", "conversations", "routing",
        "scripts", "desk", "portal",
    )  # fmt: skip


async def visit(tx: Transaction, patient: str) -> UUID:
    """An appointment at that one time, with the patient's own time claimed."""
    made = uuid7()
    await tx.execute(
        "insert into scheduling.appointment (id, status, patient, starts, ends, reason, created_by, created_at,"
        " changed_at) values ($1, 'booked', $2, $3, $4, 'Visita', 'x', $3, $3)",
        made, patient, _TIME, _TIME + timedelta(minutes=30),
    )  # fmt: skip
    await tx.execute(
        "insert into scheduling.claim (actor, during, appointment) values ($1, tstzrange($2, $3), $4)",
        f"patient:{patient}", _TIME, _TIME + timedelta(minutes=30), made,
    )  # fmt: skip
    return made


async def talk_with(house: House, agent: Actor, patient: str) -> UUID:
    talk = await house.db.run(lambda tx: open_conversation(house, tx, patient_id=patient, visitor_name="Giulia"))
    await house.db.run(lambda tx: escalate(house, tx, talk.id, reason="asked", summary="", topic="Visita"))
    given = {"agent": UUID(agent.id), "agent_name": agent.name}
    await house.db.run(lambda tx: move(house, tx, talk.id, State.ACTIVE, expected=State.QUEUED, by=agent, **given))
    return talk.id


async def tabs(house: House, agent: Actor, talk: UUID) -> list[str]:
    async with house.db.transaction() as tx:
        found = await desk.session_of(tx, UUID(agent.id), talk)
    assert found is not None
    return [one.url for one in found.tabs if "/patient/" in one.url]


async def test_rooms_move_what_is_theirs_and_give_it_back(house: House) -> None:
    await admit(house)
    await admit(house, {"resourceType": "Patient", "id": TWIN, "name": [{"family": "Ferri", "given": ["Giulia"]}]})
    elena, paolo = await staff_member(house), await staff_member(house, "care_coordinator", "paolo", "Paolo Serra")
    open_talk = await talk_with(house, elena, TWIN)
    wish = uuid7()
    async with house.db.transaction() as tx:
        ours, theirs = await visit(tx, GIULIA), await visit(tx, TWIN)
        for each in range(len(_DELEGATES)):
            await tx.execute(_DELEGATE, UUID(int=each + 1), *_DELEGATES[each], _TIME)
        await open_tab(house, tx, UUID(elena.id), open_talk, new_tab(f"/desk/patient/{TWIN}?part=plan"))
        await signing_in.open_account(house, tx, "giulia@example.org", "segreto-lungo", TWIN)
        await tx.execute(
            "insert into routing.callback (id, queue, name, phone, language, patient_id, asked_at, due_at)"
            " values ($1, 'front', 'Giulia', '1', 'it', $2, $3, $3)",
            wish, TWIN, _TIME,
        )  # fmt: skip
    before = await tabs(house, elena, open_talk)
    seen = {GIULIA: 1, TWIN: 1}
    made = await house.db.run(lambda tx: merging.merge(house, tx, paolo, GIULIA, TWIN, seen=seen))

    async def held() -> dict[str, Any]:
        async with house.db.transaction() as tx:
            talk = await talks.get(tx, open_talk)
            account = await portal.account(tx, "giulia@example.org")
            assert talk is not None
            assert account is not None
            claims = await tx.fetch(
                "select appointment, actor from scheduling.claim where appointment = any($1::uuid[])", [ours, theirs]
            )
            return {
                "talk": (talk.patient_id, talk.account_patient),
                "account": account.patient_id,
                "visits": {
                    row["id"]: row["patient"]
                    for row in await tx.fetch("select id, patient from scheduling.appointment")
                },
                "claims": {row["appointment"]: row["actor"] for row in claims},
                "callback": await tx.fetchval("select patient_id from routing.callback where id = $1", wish),
                "delegates": [
                    (row["patient"], row["delegate"])
                    for row in await tx.fetch("select patient, delegate from scheduling.delegate order by id")
                ],
            }

    assert await held() == {
        "talk": (GIULIA, GIULIA),
        "account": GIULIA,
        "visits": {ours: GIULIA, theirs: GIULIA},
        "claims": {ours: f"patient:{GIULIA}", theirs: f"patient:{GIULIA}"},
        "callback": GIULIA,
        "delegates": [
            (GIULIA, "anna"),
            ("bimbo", GIULIA),
            (GIULIA, "marco"),
            (TWIN, "marco"),
            (TWIN, GIULIA),
        ],
    }
    assert await tabs(house, elena, open_talk) == [one.replace(TWIN, GIULIA) for one in before]
    told = await house.streams.since(f"desk:{elena.id}", 0, audience="staff")
    assert told[-1].kind == "sessions"
    async with house.db.transaction() as tx:
        assert await AppointmentBook().next_visit(tx, GIULIA, house.clock.now(), "it")
        assert not await AppointmentBook().next_visit(tx, TWIN, house.clock.now(), "it")
    await house.db.run(lambda tx: merging.undo(house, tx, paolo, made))
    assert await held() == {
        "talk": (TWIN, TWIN),
        "account": TWIN,
        "visits": {ours: GIULIA, theirs: TWIN},
        "claims": {ours: f"patient:{GIULIA}", theirs: f"patient:{TWIN}"},
        "callback": TWIN,
        "delegates": _DELEGATES,
    }
    assert await tabs(house, elena, open_talk) == before


@pytest.mark.parametrize(
    ("url", "turned"),
    [
        ("/desk/patient/a", "/desk/patient/b"),
        ("/desk/patient/a?part=plan", "/desk/patient/b?part=plan"),
        ("/desk/scheduling/patient/a/appointments", "/desk/scheduling/patient/b/appointments"),
        ("/desk/scheduling/wizard?patient=a&practitioner=a", "/desk/scheduling/wizard?patient=b&practitioner=a"),
        ("/desk/patient/ab", "/desk/patient/ab"),
        ("/desk/knowledge/a", "/desk/knowledge/a"),
    ],
)
def test_addresses_turn_where_they_name_the_patient(url: str, turned: str) -> None:
    assert turned_to(url, "a", "b") == turned
