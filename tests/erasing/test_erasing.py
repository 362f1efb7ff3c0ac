"""A patient who asks is forgotten in every table; the others, the trail and the numbers stay."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any
from uuid import UUID

import httpx
import pytest

from sportello.administration import audit
from sportello.administration.actor import Actor
from sportello.administration.privacy import erasing, holding, policy, store
from sportello.administration.privacy.holdings import holdings
from sportello.administration.privacy.policy import KINDS, Policy
from sportello.administration.testing import staff_member
from sportello.conversations.opening import open_conversation
from sportello.fhir.importing import import_bundle
from sportello.fhir.store.resources import Erased
from sportello.kit.house import House
from sportello.kit.ids import uuid7
from sportello.kit.settings import Settings
from sportello.kit.streams import store as events_of
from sportello.record import merging
from sportello.record.holding_words import TABLES
from tests.erasing.stage import BRUNO, ERMENGARDA, Person, furnish, resources, rows_of, tables, where_found
from tests.fhir.conftest import token  # noqa: F401  a fixture

# What the house writes by itself meanwhile: the trail, its jobs, how far the assistant and the counters have read.
LEFT = {"administration.audit_event", "administration.audit_head", "kit.job", "bots.session", "conversations.activity"}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    import msgspec

    return msgspec.structs.replace(settings, demo=True)


@pytest.fixture
async def people(house: House) -> tuple[Person, Person]:
    await house.jobs.stop()  # the tests run them one by one
    her, him = Person(*ERMENGARDA), Person(*BRUNO)
    for one in (her, him):
        await furnish(house, one)
    return her, him


async def through(house: House) -> None:
    """Every part of the erasures that are approved; a failure is seen where it happens."""
    while row := await house.db.fetchrow("select payload from kit.job where name = 'administration.erase'"):
        async with house.db.transaction() as tx:
            await tx.execute("delete from kit.job where name = 'administration.erase'")
            await erasing.erase(house, tx, row["payload"])


async def everything_goes(house: House, by: Actor) -> None:
    goes = dict.fromkeys(KINDS, Policy(0, True))
    await house.db.run(lambda tx: policy.change(house, tx, by, goes))


async def asked(house: House, one: Person) -> tuple[UUID, Actor]:
    """Asked by Marta, approved by Sara; the job waits."""
    marta, sara = await staff_member(house, "supervisor"), await staff_member(house, "administrator")
    erasure = uuid7()
    await house.db.run(lambda tx: erasing.ask(house, tx, marta, erasure, one.id, "", "staff"))
    return erasure, sara


async def approved(house: House, one: Person) -> UUID:
    erasure, sara = await asked(house, one)
    async with house.db.transaction() as tx:
        plan = await erasing.dry_run(house, tx, one.id)
        await erasing.approve(house, tx, sara, erasure, plan.mark)
    return erasure


async def test_after_erasure_no_table_holds_a_word_of_the_patient_and_the_others_stand_untouched(
    house: House, people: tuple[Person, Person], client: httpx.AsyncClient,
    token: Callable[..., Awaitable[str]],  # noqa: F811
) -> None:  # fmt: skip
    her, him = people
    await everything_goes(house, await staff_member(house, "administrator"))
    assert len(await where_found(house, her.words)) > 20, "the stage is set"
    before = await rows_of(house, him)
    numbers = await house.db.fetchval("select count(*) from conversations.conversation")
    erasure = await approved(house, her)
    await through(house)
    assert await where_found(house, her.words) == []
    assert await house.db.fetchval("select count(*) from conversations.file where content = $1", b"zirlante dice") == 0
    after = await rows_of(house, him)
    assert {name: rows for name, rows in after.items() if name not in LEFT} == {
        name: rows for name, rows in before.items() if name not in LEFT
    }
    memory = await house.db.fetchval("select memory from bots.session where conversation = $1", him.talk)
    assert memory["words"] == "fischiante dice"
    assert await house.db.fetchval("select count(*) from conversations.conversation") == numbers
    verdict = await audit.verify(house.db)
    assert verdict.broken is None
    done = await store.erasure(house.db, erasure)
    assert done is not None
    assert (done.state, done.subject) == ("done", None)

    told = {"authorization": f"Bearer {await token('*', 'patient.read_sensitive')}"}
    for name in (f"Patient/{her.id}", f"Observation/o-{her.id}", f"Binary/b-{her.id}", f"Patient/{her.id}/$everything"):
        assert (await client.get(f"/fhir/R4/{name}", headers=told)).status_code == 410, name
    back = await client.put(f"/fhir/R4/Patient/{her.id}", headers=told, json=resources(her)["entry"][0]["resource"])
    assert back.status_code == 410
    assert (await client.get(f"/fhir/R4/Patient/{him.id}", headers=told)).status_code == 200
    with pytest.raises(Erased):
        await house.db.run(lambda tx: import_bundle(tx, resources(her)))


async def test_by_the_suggested_policy_the_record_stays_and_the_rest_goes(
    house: House, people: tuple[Person, Person]
) -> None:
    her, _ = people
    await approved(house, her)
    await through(house)
    left = {one.partition(":")[0] for one in await where_found(house, her.words)}
    assert left == {"fhir.resource", "fhir.history", "record.opening", "scheduling.appointment",
                    "scheduling.appointment_change", "scheduling.wizard"}  # fmt: skip


async def test_a_hold_stops_everything_even_between_two_parts(house: House, people: tuple[Person, Person]) -> None:
    her, _ = people
    sara = await staff_member(house, "administrator")
    await everything_goes(house, sara)
    erasure = await approved(house, her)
    job = await house.db.fetchrow("select payload from kit.job where name = 'administration.erase'")
    await house.db.run(lambda tx: erasing.erase(house, tx, job["payload"]))  # one part only
    some = len(await store.steps(house.db, erasure))
    hold = uuid7()

    async def place(tx: Any) -> None:
        await holding.place(house, tx, sara, hold, patient=None, conversation=her.talk, reason="Causa", until=None)

    await house.db.run(place)
    left = await where_found(house, her.words)
    await house.jobs.run_due()
    assert (some, len(await store.steps(house.db, erasure))) == (1, 1)
    assert await where_found(house, her.words) == left
    await house.db.run(lambda tx: holding.lift(house, tx, sara, hold))
    await house.db.run(lambda tx: erasing.erase(house, tx, job["payload"]))
    await house.jobs.run_due()
    assert [one for one in await where_found(house, her.words) if "fhir" in one] == []


async def test_who_asked_cannot_approve_nor_anybody_what_was_not_shown(
    house: House, people: tuple[Person, Person]
) -> None:
    her, _ = people
    erasure, sara = await asked(house, her)
    marta = await staff_member(house, "supervisor")
    async with house.db.transaction() as tx:
        mark = (await erasing.dry_run(house, tx, her.id)).mark
        with pytest.raises(erasing.NotNow, match="cannot approve"):
            await erasing.approve(house, tx, marta, erasure, mark)
        with pytest.raises(erasing.NotNow, match="has changed"):
            await erasing.approve(house, tx, sara, erasure, "other")
        assert not await erasing.ask(house, tx, marta, uuid7(), her.id, "", "staff")
        today = date(2090, 1, 1)
        await holding.place(house, tx, sara, uuid7(), patient=her.id, conversation=None, reason="x", until=today)
        with pytest.raises(erasing.NotNow, match="hold"):
            await erasing.approve(house, tx, sara, erasure, mark)
    assert len(await where_found(house, her.words)) > 20


async def test_every_table_that_keeps_something_of_patients_has_a_room_that_answers_for_it(house: House) -> None:
    rows = await house.db.fetch(
        """select distinct table_schema || '.' || table_name as name from information_schema.columns
        where table_schema in (select unnest($1::text[]))
          and (column_name ~ '(^|_)patients?(_id)?$' or column_name in ('conversation', 'recipient', 'recipients'))
          and table_schema || '.' || table_name = any($2::text[])""",
        sorted({name.partition(".")[0] for name in await tables(house)}),
        await tables(house),
    )
    keeping = holdings(house).tables()
    orphans = sorted({row["name"] for row in rows} - keeping)
    assert not orphans, (
        f"{orphans} have a column of patients or conversations and no room says what becomes of them: add them to the "
        "room's keeping.py (administration/privacy/holdings.py tells how)"
    )
    gone = sorted(holdings(house).tables() - set(await tables(house)))
    assert not gone, f"{gone} are named in a keeping.py and do not exist"
    nameless = sorted({table.name for one in holdings(house) for table in one.tables} - TABLES.keys())
    assert not nameless, f"{nameless} need a word for privacy officers (record/holding_words.py)"


async def test_a_merged_record_goes_with_its_survivor_whichever_was_asked_for_and_a_hold_on_one_keeps_both(
    house: House, people: tuple[Person, Person]
) -> None:
    her, him = people  # twins of one person, say
    sara = await staff_member(house, "administrator")
    await everything_goes(house, sara)
    marta = await staff_member(house, "supervisor")
    erasure = uuid7()  # asked for while the record stood alone
    await house.db.run(lambda tx: erasing.ask(house, tx, marta, erasure, her.id, "", "staff"))
    versions = await house.db.fetch("select id, version from fhir.resource where type = 'Patient'")
    seen = {row["id"]: row["version"] for row in versions}
    await house.db.run(lambda tx: merging.merge(house, tx, sara, him.id, her.id, seen=seen))
    held = uuid7()

    async def hold(tx: Any) -> None:
        await holding.place(house, tx, sara, held, patient=her.id, conversation=None, reason="Causa", until=None)

    await house.db.run(hold)
    for patient in (her.id, him.id):
        plan = await house.db.run(lambda tx, one=patient: erasing.dry_run(house, tx, one))
        assert (plan.subject.patient, plan.subject.former) == (him.id, (her.id,))
        assert set(plan.subject.conversations) == {str(her.talk), str(him.talk)}
        assert plan.holds
    await house.db.run(lambda tx: holding.lift(house, tx, sara, held))
    async with house.db.transaction() as tx:
        mark = (await erasing.dry_run(house, tx, her.id)).mark
        await erasing.approve(house, tx, sara, erasure, mark)
    await through(house)
    assert await where_found(house, [*her.words, *him.words]) == []
    assert (await audit.verify(house.db)).broken is None


async def test_broken_off_within_a_room_s_part_it_goes_on_with_that_part_and_counts_each_once(
    house: House, people: tuple[Person, Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    her, him = people
    await everything_goes(house, await staff_member(house, "administrator"))
    erasure = await approved(house, her)
    before = await rows_of(house, him)
    whole, broken = erasing.rows.erase, list[str]()

    async def erase(tx: Any, table: Any, subject: Any) -> int:
        number = await whole(tx, table, subject)
        if table.name not in broken:  # once in each table, after its rows have gone
            broken.append(table.name)
            raise ConnectionError
        return number

    async def left() -> dict[str, list[str]]:
        return {name: rows for name, rows in (await rows_of(house, her)).items() if name not in LEFT}

    monkeypatch.setattr(erasing.rows, "erase", erase)
    for _ in range(200):
        if not (row := await house.db.fetchrow("select payload from kit.job where name = 'administration.erase'")):
            break
        told = await left(), await store.steps(house.db, erasure)
        try:
            async with house.db.transaction() as tx:
                await tx.execute("delete from kit.job where name = 'administration.erase'")
                await erasing.erase(house, tx, row["payload"])
        except ConnectionError:
            assert (await left(), await store.steps(house.db, erasure)) == told
    assert len(broken) > 15
    assert await where_found(house, her.words) == []
    done = await house.db.fetch("select * from administration.audit_event where action = 'privacy.erased'")
    assert len(done) == 1
    assert sum(done[0]["detail"]["rows"].values()) > 20
    after = await rows_of(house, him)
    assert {name: rows for name, rows in after.items() if name not in LEFT} == {
        name: rows for name, rows in before.items() if name not in LEFT
    }


async def test_the_short_id_of_one_is_not_sought_in_what_others_say(house: House) -> None:
    async def work(tx: Any) -> None:
        await import_bundle(tx, {"resourceType": "Patient", "id": "7", "name": [{"family": "Settimi"}]})
        talk = await open_conversation(house, tx, patient_id=None, visitor_name="Ida", language="it")
        for body in ({"text": "7"}, {"text": "alle 7 del mattino"}, {"text": "x", "number": 7}):
            await house.streams.append(tx, talk.stream, "message", body, sender="patient", client_id=uuid7())
        for body in ({"patient": "7"}, {"url": "/desk/patient/7?part=plan"}, {"patient": "77"}, {"number": 7}):
            await house.streams.append(tx, "desk:x", "tabs", body)
        await house.streams.append(tx, talk.stream, "linked", {"patient": "7", "name": "Elena"}, client_id=uuid7())
        await house.jobs.enqueue(tx, "administration.erase", {"erasure": "7"})

    await house.jobs.stop()
    await house.db.run(work)
    number = "select count(*) from kit.event where kind = 'erased'"
    jobs = await house.db.fetchval("select count(*) from kit.job")

    async def erase(tx: Any) -> int:
        return await events_of.erase(tx, [], [], ["7"], "conversation:")

    assert await house.db.run(erase) == 3
    assert await house.db.fetchval(number) == 3
    assert await house.db.fetchval("select count(*) from kit.job") == jobs
