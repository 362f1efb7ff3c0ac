"""A patient who signed in waits, answers offers and waits no more in the chat: by their own yes, nobody else's."""

from datetime import timedelta
from uuid import UUID

from sportello.administration.actor import SYSTEM
from sportello.bots import store
from sportello.bots.embedded import EmbeddedBot
from sportello.bots.ports import BotPort
from sportello.bots.tests.chatting import Chat, chat
from sportello.bots.tests.test_calls import visits
from sportello.bots.trying import replay
from sportello.kit.clock import FixedClock
from sportello.kit.house import House
from sportello.scheduling import offering
from sportello.scheduling.store.openings import Offer
from sportello.scheduling.tests.conftest import NOW, slot_at

LATE = "2026-11-26 11:00"


async def wishes(clinic: House) -> list[dict[str, object]]:
    rows = await clinic.db.fetch(
        "select id, patient, service, appointment, part, reason, state, from_day::text from scheduling.waiting"
        " order by created_at"
    )
    return [dict(row) for row in rows]


async def joined(clinic: House, patient: str = "giulia") -> Chat:
    """Nothing fits, so the patient waits for a check-up of the skin in a morning."""
    talk = await chat(clinic, patient)
    await talk.say("vorrei prenotare una visita dal dermatologo")
    await talk.say("Visita dermatologica")
    await talk.say("Nessuno va bene")
    await talk.say("Di mattina")
    assert "Per quale motivo" in talk.text
    await talk.say("Un neo da controllare")
    return talk


async def offered(clinic: House, entry: object, wall: str = LATE, schedule: str = "neri-centro") -> Offer:
    assert isinstance(entry, UUID)
    slot = await slot_at(clinic, wall, schedule)
    async with clinic.db.transaction() as tx:
        made = await offering.offer(clinic, tx, SYSTEM, entry, slot)
    assert made
    return made


async def test_a_patient_waits_and_takes_what_comes_free(clinic: House) -> None:
    talk = await joined(clinic)
    assert "È in lista d'attesa per Dermatologia: Visita dermatologica" in talk.text
    (one,) = await wishes(clinic)
    assert (one["patient"], one["service"], one["part"], one["reason"], one["state"]) == (
        "giulia", "skin-check", "morning", "Un neo da controllare", "waiting",
    )  # fmt: skip
    assert await clinic.db.fetchval("select count(*) from scheduling.hold") == 0
    assert "già in lista" in (await joined(clinic)).text
    await offered(clinic, one["id"])
    talk = await chat(clinic)
    assert "Si è liberato un orario per Lei: gio 26 nov, 11:00" in await talk.say("quando è la mia visita")
    assert "L'orario è Suo: gio 26 nov, 11:00" in await talk.say("Sì, lo prendo")
    (visit,) = await visits(clinic)
    assert (visit["status"], visit["reason"]) == ("booked", "Un neo da controllare")
    assert (await wishes(clinic))[0]["state"] == "booked"
    assert not await talk.is_with_people()
    bot = clinic.port(BotPort)
    assert isinstance(bot, EmbeddedBot)
    taken = await replay(clinic, bot, talk.talk)
    assert all(turn.same for turn in taken)
    assert len(taken) == 2


async def test_what_the_wish_names_is_not_asked_again(clinic: House) -> None:
    talk = await chat(clinic, "giulia")
    assert "Non è in lista d'attesa" in await talk.say("mettetemi in lista d'attesa per una visita dermatologica")
    assert "Quale di queste?" in await talk.say("Una nuova visita")
    talk = await chat(clinic, "giulia")
    await talk.say("mettetemi in lista d'attesa")
    assert "Di quale visita" in await talk.say("Una nuova visita")
    await clinic.db.execute(
        """update scheduling.service set name = name || '{"en": "Eye visit"}' where id = 'skin-check'"""
    )
    assert "Quale di queste?" in await talk.say("the eye")


async def test_who_waits_already_may_wish_for_more(clinic: House) -> None:
    await joined(clinic)
    talk = await chat(clinic, "giulia")
    assert "È in lista d'attesa per" in await talk.say("mettetemi in lista d'attesa per un elettrocardiogramma")
    assert "Quale di queste?" in await talk.say("Una nuova visita")


async def test_from_the_day_that_was_asked_for(clinic: House) -> None:
    talk = await chat(clinic)
    await talk.say("vorrei prenotare una visita dal dermatologo")
    await talk.say("Visita dermatologica")
    await talk.say("Da un altro giorno")
    assert "non ci sono orari liberi" in await talk.say("10/12/2026")
    await talk.say("In lista d'attesa")
    await talk.say("Sempre")
    await talk.say("Un neo")
    assert [(one["from_day"], one["part"]) for one in await wishes(clinic)] == [("2026-12-10", "")]


async def booked(clinic: House) -> Chat:
    """A check-up of the skin on 26 November, with times before it that are free."""
    talk = await chat(clinic)
    for words in ("vorrei prenotare una visita dal dermatologo", "Visita dermatologica", "Da un altro giorno",
                  "26/11/2026", "1", "Un neo", "Sì, prenotare"):  # fmt: skip
        await talk.say(words)
    return talk


async def test_a_booked_visit_may_come_earlier(clinic: House) -> None:
    await booked(clinic)
    (visit,) = await visits(clinic)
    talk = await chat(clinic, language="en")
    await talk.say("bring my visit forward")
    await talk.say("1")
    told = await talk.say("Tell me if an earlier one comes free")
    assert "earlier than Thu 26 Nov, 09:00" in told
    assert "your booked visit stays as it is" in told
    (one,) = await wishes(clinic)
    assert (one["patient"], one["service"]) == ("giulia", "skin-check")
    await talk.say("waiting list")
    assert "earlier than Thu 26 Nov" in talk.text
    await talk.say("I stay on the list")
    await offered(clinic, one["id"], "2026-11-24 11:00")
    assert "A time has become free for you: Tue 24 Nov, 11:00" in await talk.say("waiting list")
    assert "is yours" in await talk.say("Yes, I will take it")
    (moved,) = await visits(clinic)
    assert (moved["status"], moved["sequence"]) == ("booked", 1)
    assert moved["starts"] != visit["starts"]


async def test_nobody_waits_for_what_is_free_already(clinic: House) -> None:
    talk = await booked(clinic)
    (visit,) = await visits(clinic)
    for words in ("mettetemi in lista d'attesa", "Anticipare una visita"):
        await talk.say(words)
    told = await talk.say("1")
    assert "è già libero: lun 23 nov, 09:20" in told
    assert await wishes(clinic) == []
    assert "primi orari liberi" in await talk.say("Vedo gli orari liberi")
    await talk.say("1")
    assert "la visita è spostata" in await talk.say("Sì, spostare")
    (moved,) = await visits(clinic)
    assert moved["starts"] < visit["starts"]


async def test_where_nothing_is_free_before_it_the_patient_waits_at_once(clinic: House) -> None:
    talk = await booked(clinic)
    await clinic.db.execute("update scheduling.slot set status = 'busy-unavailable' where status = 'free'")
    for words in ("lista d'attesa", "Anticipare una visita"):
        await talk.say(words)
    assert "la visita prenotata resta" in await talk.say("1")


async def test_who_wants_another_time_waits_all_the_same(clinic: House) -> None:
    talk = await booked(clinic)
    for words in ("lista d'attesa", "Anticipare una visita", "1"):
        await talk.say(words)
    assert "la visita prenotata resta" in await talk.say("Aspetto un altro orario")
    assert [one["state"] for one in await wishes(clinic)] == ["waiting"]


async def test_no_thank_you_and_no_more_waiting(clinic: House) -> None:
    await joined(clinic)
    (one,) = await wishes(clinic)
    made = await offered(clinic, one["id"])
    talk = await chat(clinic)
    await talk.say("lista d'attesa")
    assert "può rispondere qui" in await talk.say("Decido più tardi")
    assert await clinic.db.fetchval("select state from scheduling.offer where id = $1", made.id) == "open"
    assert "Non vedo visite" in await talk.say("Le mie visite"), "they are told, whatever is offered"
    await talk.say("lista d'attesa")
    assert "va a un'altra persona" in await talk.say("No, grazie")
    assert await clinic.db.fetchval("select state from scheduling.offer where id = $1", made.id) == "declined"
    assert "Visita dermatologica" in await talk.say("lista d'attesa")
    await talk.say("Non aspetto più")
    assert "non è più in lista d'attesa per Visita dermatologica" in await talk.say("1")
    assert (await wishes(clinic))[0]["state"] == "withdrawn"
    assert "Non è in lista d'attesa" in await talk.say("lista d'attesa")
    await talk.say("Una nuova visita")
    assert "Di quale visita" in talk.text
    assert await visits(clinic) == []


async def test_who_answers_too_late_is_told(clinic: House, still: FixedClock) -> None:
    await joined(clinic)
    (one,) = await wishes(clinic)
    made = await offered(clinic, one["id"])
    talk = await chat(clinic)
    await talk.say("lista d'attesa")
    still.advance(made.expires_at - still.now() + timedelta(minutes=1))
    assert "è finito" in await talk.say("Sì, lo prendo")
    assert await visits(clinic) == []
    assert (await wishes(clinic))[0]["state"] == "waiting"


async def test_nobody_answers_for_another(clinic: House) -> None:
    """Not even with a memory that names another's offer, visit or wish."""
    await joined(clinic)
    (one,) = await wishes(clinic)
    made = await offered(clinic, one["id"])
    marco = await chat(clinic, "marco")
    assert "Non è in lista d'attesa" in await marco.say("lista d'attesa")
    for at, button, saved in (
        ("waiting.offer", "take", {"offer": str(made.id)}),
        ("waiting.offer", "leave", {"offer": str(made.id)}),
    ):
        sneaky = await chat(clinic, "marco")
        memory = {"language": "it", "at": at, "scenario": "waiting", "saved": saved}
        async with clinic.db.transaction() as tx:
            await store.keep(tx, sneaky.talk, memory, 1, 1, NOW, ended=False)
        assert "non c'è più" in await sneaky.say(button)
    assert await clinic.db.fetchval("select state from scheduling.offer where id = $1", made.id) == "open"
    guest = await chat(clinic, None)
    await guest.say("lista d'attesa")
    assert await guest.is_with_people()
