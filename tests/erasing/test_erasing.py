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
from sportello.fhir.importing import import_bundle
from sportello.fhir.store.resources import Erased
from sportello.kit.house import House
from sportello.kit.ids import uuid7
from sportello.kit.settings import Settings
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
