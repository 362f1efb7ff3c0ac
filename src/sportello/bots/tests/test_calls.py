"""A patient who signed in books, moves and cancels in the chat: by the wizard's rules, once, nobody else's visit."""

from datetime import timedelta

import pytest

from sportello.administration.testing import staff_member
from sportello.bots import calling, store
from sportello.bots.embedded import EmbeddedBot
from sportello.bots.library import BrokenScenario, read
from sportello.bots.operations import MOST_CALLS
from sportello.bots.ports import BotPort
from sportello.bots.spoken import shipped
from sportello.bots.tests.chatting import Chat, chat
from sportello.bots.trying import play, replay
from sportello.bots.turns import Turns
from sportello.kit.clock import FixedClock
from sportello.kit.house import House
from sportello.scheduling import holding
from sportello.scheduling.booking import book
from sportello.scheduling.store.slots import Wanted
from sportello.scheduling.tests.conftest import NOW
from sportello.scheduling.tests.test_booking import booking

FLAGS = "red_flags.yaml"


async def visits(clinic: House, patient: str = "giulia") -> list[dict[str, object]]:
    rows = await clinic.db.fetch(
        "select status, starts, sequence, reason, confirm_to from scheduling.appointment where patient = $1"
        " order by created_at",
        patient,
    )
    return [dict(row) for row in rows]


async def booked(clinic: House, patient: str = "giulia") -> Chat:
    """Talks a check-up of the skin into the calendar."""
    talk = await chat(clinic, patient)
    assert "Quale di queste" in await talk.say("vorrei prenotare una visita dal dermatologo")
    await talk.say("Visita dermatologica")
    await talk.say("2")
    assert "Per quale motivo" in talk.text
    await talk.say("Un neo da controllare")
    assert "Un neo da controllare" in talk.text
    await talk.say("Sì, prenotare")
    return talk


async def test_a_visit_is_booked_in_the_chat(clinic: House) -> None:
    talk = await booked(clinic)
    assert "Prenotato: lun 23 nov, 09:40" in talk.text
    assert "Dott.ssa Lucia Neri" in talk.text
    (one,) = await visits(clinic)
    assert (one["status"], one["reason"]) == ("booked", "Un neo da controllare")
    assert await clinic.db.fetchval("select count(*) from scheduling.hold") == 0
    assert not await talk.is_with_people()
    said = [
        row["action"] for row in await clinic.db.fetch("select action from administration.audit_event order by seq")
    ]
    assert "appointment.booked" in said
    assert "appointment.confirmation" in said


async def test_the_time_is_kept_while_the_patient_thinks_and_given_back_when_they_do_not_want_it(clinic: House) -> None:
    talk = await chat(clinic)
    await talk.say("vorrei prenotare una visita dal dermatologo")
    await talk.say("Visita dermatologica")
    await talk.say("1")
    assert await clinic.db.fetchval("select count(*) from scheduling.hold") == 1
    await talk.say("Un neo")
    assert "non ho cambiato nulla" in await talk.say("No, grazie")
    assert await clinic.db.fetchval("select count(*) from scheduling.hold") == 0
    assert await visits(clinic) == []


async def test_who_is_slower_is_told_and_offered_other_times(clinic: House) -> None:
    slow, quick = await chat(clinic), await chat(clinic, "marco")
    for talk in (slow, quick):
        await talk.say("vorrei prenotare una visita dal dermatologo")
        await talk.say("Visita dermatologica")
    first = next(iter(slow.buttons))
    await quick.say("1")
    assert "appena preso" in await slow.say(first)
    assert "Quale preferisce" in slow.text
    assert first not in slow.buttons
    await slow.say("1")
    assert "Per quale motivo" in slow.text


async def test_more_times_and_another_day(clinic: House) -> None:
    talk = await chat(clinic)
    await talk.say("vorrei prenotare una visita dal dermatologo")
    await talk.say("Visita dermatologica")
    before = set(talk.buttons)
    await talk.say("Altri orari")
    others = {"Altri orari", "Da un altro giorno", "Nessuno va bene: lista d'attesa"}
    assert not (set(talk.buttons) - others) & before
    await talk.say("Da un altro giorno")
    await talk.say("01/12/2026")
    assert all("dic" in text for text in talk.buttons if text not in others)
    await talk.say("Da un altro giorno")
    assert "non ci sono orari liberi" in await talk.say("01/12/2030")
    await talk.say("Parlare con una persona")
    assert await talk.is_with_people()


async def test_a_referral_is_asked_for_where_one_is_needed(clinic: House) -> None:
    talk = await chat(clinic)
    await talk.say("mi serve un appuntamento dal cardiologo")
    choice = next(text for text in talk.buttons if "Visita cardiologica" in text)
    assert "impegnativa" in await talk.say(choice)
    assert "da 5 a 40" in await talk.say("12")
    await talk.say("080A4 1234567890")
    assert "orari liberi" in talk.text


async def test_a_visit_is_moved_and_then_cancelled(clinic: House) -> None:
    await booked(clinic)
    await clinic.db.execute("update scheduling.service set notice_hours = 0")
    talk = await chat(clinic)
    assert "Quale visita vuole spostare" in await talk.say("vorrei spostare la mia visita")
    await talk.say("1")
    await talk.say("2")
    assert "Riepilogo" in talk.text
    (before,) = await visits(clinic)
    assert "la visita è spostata" in await talk.say("Sì, spostare")
    (after,) = await visits(clinic)
    assert (after["sequence"], after["status"]) == (1, "booked")
    assert after["starts"] != before["starts"]
    await talk.say("vorrei disdire la visita")
    await talk.say("1")
    assert "è disdetta" in await talk.say("Sì, disdire")
    ((_, _),) = [(one["status"], one["starts"]) for one in await visits(clinic) if one["status"] == "cancelled"]


async def test_within_the_notice_a_person_decides(clinic: House, still: FixedClock) -> None:
    await booked(clinic)
    (one,) = await visits(clinic)
    still.at = one["starts"] - timedelta(minutes=10)  # type: ignore[operator,assignment]
    talk = await chat(clinic)
    await talk.say("devo disdire la visita")
    await talk.say("1")
    assert "troppo vicina" in await talk.say("Sì, disdire")
    assert await talk.is_with_people()
    assert (await visits(clinic))[0]["status"] == "booked"


async def test_nobody_reaches_the_visit_of_another(clinic: House) -> None:
    await booked(clinic)
    theirs = await clinic.db.fetchval("select id::text from scheduling.appointment")
    marco = await chat(clinic, "marco")
    assert "Non vedo visite" in await marco.say("vorrei disdire la visita")
    # Even a memory that names another's visit changes nothing.
    memory = {"language": "it", "at": "cancel.confirm", "scenario": "cancel", "saved": {"appointment": theirs}}
    sneaky = await chat(clinic, "marco")
    async with clinic.db.transaction() as tx:
        await store.keep(tx, sneaky.talk, memory, 1, 1, NOW, ended=False)
    await sneaky.say("Sì, disdire")
    assert await sneaky.is_with_people()
    assert (await visits(clinic))[0]["status"] == "booked"


@pytest.mark.parametrize(
    "words", ["vorrei prenotare una visita", "vorrei spostare la mia visita", "quando è la mia visita"]
)
async def test_a_guest_is_shown_where_to_sign_in_or_passed_to_a_person(clinic: House, words: str) -> None:
    guest = await chat(clinic, None)
    await guest.say(words)
    assert await guest.is_with_people() or "operatore" in guest.text
    audit = await clinic.db.fetch("select action from administration.audit_event")
    assert "patient.read" not in [row["action"] for row in audit]


async def test_what_is_ahead_is_told_in_the_patients_language(clinic: House) -> None:
    await booked(clinic)
    talk = await chat(clinic, language="en")
    told = await talk.say("when is my appointment")
    assert "Skin check-up" in told
    assert "Mon 23 Nov" in told


async def test_a_turn_with_calls_can_be_replayed(clinic: House) -> None:
    talk = await booked(clinic)
    bot = clinic.port(BotPort)
    assert isinstance(bot, EmbeddedBot)
    taken = await replay(clinic, bot, talk.talk)
    assert len(taken) == 5
    assert all(one.same for one in taken), [one for one in taken if not one.same]


async def test_a_crash_while_booking_leaves_nothing(clinic: House, monkeypatch: pytest.MonkeyPatch) -> None:
    talk = await chat(clinic)
    await talk.say("vorrei prenotare una visita dal dermatologo")
    await talk.say("Visita dermatologica")
    await talk.say("1")
    await talk.say("Un neo")

    async def dies(*_: object, **__: object) -> None:
        raise RuntimeError("the server ends here")

    with monkeypatch.context() as patched:
        patched.setattr("sportello.bots.turns.store.keep", dies)
        patched.setattr("sportello.bots.turns.rescue", lambda *_: _never())
        await talk.say("Sì, prenotare")
    assert await visits(clinic) == []
    await Turns().sweep(clinic)
    assert len(await visits(clinic)) == 1


async def _never() -> bool:
    return False


def test_a_trial_books_nothing_and_shows_the_way(mind: object) -> None:
    lines = play(mind, "it", [("vorrei prenotare una visita dal cardiologo", ""), ("1", ""), ("1", "")])  # type: ignore[arg-type]
    assert "Per quale motivo" in lines[-1].text


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("call: visits.own", "call: visits.all"),
        ("{done: .done, late: .late}", "{done: .done, lost: .late}"),
        ("from: kinds", "from: places"),
        ("otherwise: .guest", "otherwise: .host"),
        ("        otherwise: .left\n", ""),
    ],
)
def test_broken_calls_do_not_load(old: str, new: str) -> None:
    texts = {file: text for file, text in shipped().items() if file != FLAGS}
    assert old in texts["visits.yaml"]
    with pytest.raises(BrokenScenario):
        read({**texts, "visits.yaml": texts["visits.yaml"].replace(old, new)})


async def test_calls_without_end_go_to_a_person(clinic: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calling, "MOST_CALLS", 0)
    talk = await chat(clinic)
    await talk.say("vorrei prenotare una visita dal dermatologo")
    assert await talk.is_with_people()
    assert MOST_CALLS > 4


async def test_a_series_is_booked_whole_as_prescribed(clinic: House) -> None:
    talk = await chat(clinic)
    await talk.say("vorrei prenotare una visita dal dermatologo")
    await talk.say("Visita dermatologica")
    await talk.say("2")
    await talk.say("Medicazioni, come prescritto")
    await talk.say("Più visite, un ciclo")
    await talk.say("una sola")
    assert "da 2 a 20" in await talk.say("Una al giorno")
    await talk.say("3 visite")
    told = await talk.say("Una al giorno")
    assert [line[2:16] for line in told.splitlines() if line.startswith("–")] == [
        "lun 23 nov, 09", "mar 24 nov, 09", "mer 25 nov, 09",
    ]  # fmt: skip
    assert await clinic.db.fetchval("select count(*) from scheduling.hold") == 3
    assert await visits(clinic) == []
    assert "Prenotate:" in await talk.say("Sì, prenotarle tutte")
    rows = await clinic.db.fetch("select starts, series from scheduling.appointment order by starts")
    assert len(rows) == 3
    assert len({row["series"] for row in rows}) == 1
    assert await clinic.db.fetchval("select count(*) from scheduling.hold") == 0
    bot = clinic.port(BotPort)
    assert isinstance(bot, EmbeddedBot)
    assert all(one.same for one in await replay(clinic, bot, talk.talk))


async def test_a_series_is_booked_whole_or_not_at_all(clinic: House) -> None:
    """Nothing free so far ahead: told so; one time gone between: nothing is booked, what was held is given back."""
    talk = await chat(clinic)
    await talk.say("vorrei prenotare una visita dal dermatologo")
    await talk.say("Visita dermatologica")
    await talk.say("2")
    await talk.say("Medicazioni")
    await talk.say("Più visite, un ciclo")
    await talk.say("5")
    assert "Non per tutte" in await talk.say("Una ogni quattro settimane")
    await talk.say("Un altro ritmo")
    await talk.say("2")
    await talk.say("Una al giorno")
    slot = await clinic.db.fetchval("select slot from scheduling.hold where owner like '%:2'")
    elena = await staff_member(clinic, "agent")
    async with clinic.db.transaction() as tx:  # its time ran out, and somebody else has it
        await holding.release(clinic, tx, f"conversation:{talk.talk}:2")
        await book(clinic, tx, elena, booking(slot, "marco", wanted=Wanted("skin-check")))
    assert "appena preso" in await talk.say("Sì, prenotarle tutte")
    assert await visits(clinic) == []
    await talk.say("1")
    await talk.say("Medicazioni")
    assert "non ho cambiato nulla" in await talk.say("No, grazie")
    assert await clinic.db.fetchval("select count(*) from scheduling.hold") == 0
