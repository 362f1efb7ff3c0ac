"""A patient who signed in books, moves and cancels in the chat: by the wizard's rules, once, nobody else's visit."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from uuid import UUID

import pytest

from sportello.app import furnish
from sportello.bots import calling, store
from sportello.bots.embedded import EmbeddedBot
from sportello.bots.library import BrokenScenario, read
from sportello.bots.operations import MOST_CALLS
from sportello.bots.ports import BotPort
from sportello.bots.spoken import shipped
from sportello.bots.tests.test_turns import state_of, writes
from sportello.bots.trying import play, replay
from sportello.bots.turns import Turns
from sportello.conversations.opening import open_conversation
from sportello.conversations.states import State
from sportello.fhir import store as fhir
from sportello.kit.clock import FixedClock
from sportello.kit.house import House
from sportello.kit.settings import Settings
from sportello.scheduling.loading import load_calendar
from sportello.scheduling.planning import generate_slots
from sportello.scheduling.tests.conftest import GIULIA, NOW, san_luca

FLAGS = "red_flags.yaml"


@pytest.fixture
def rooms() -> tuple[str, ...]:
    """The rooms that the bot calls."""
    return ("kit", "web", "administration", "fhir", "record", "knowledge", "conversations", "scheduling", "bots")


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
async def house(settings: Settings, rooms: tuple[str, ...], clock: FixedClock) -> AsyncIterator[House]:
    """San Luca with Giulia and Marco; nothing runs by itself, so that each turn is taken when the test says so."""
    house = furnish(settings, rooms, clock)
    await house.db.open()
    await house.streams.start(house)
    await house.jobs.start(house)
    await house.jobs.stop()
    async with house.db.transaction() as tx:
        await load_calendar(tx, san_luca())
        await generate_slots(tx, date(2026, 11, 23), 2)
        await tx.execute("update scheduling.service set self_booking = true, notice_hours = 24")
        for resource in GIULIA:
            await fhir.put(tx, resource)
    yield house
    await house.tasks.stop()
    await house.streams.stop()
    await house.db.close()


class Chat:
    """A patient in the chat: writes, or presses the button that bears these words, and reads the last answer."""

    def __init__(self, house: House, talk: UUID) -> None:
        self.house, self.talk = house, talk
        self.text = ""
        self.buttons: dict[str, str] = {}

    async def say(self, words: str) -> str:
        pressed = next((to for text, to in self.buttons.items() if words in text), "")
        seen = len(await self._events())
        await writes(self.house, self.talk, words, pressed)
        await Turns().answer(self.house, self.talk)
        new = (await self._events())[seen:]
        self.text = "\n".join(str(one.body["text"]) for one in new)
        self.buttons = {one["text"]: one["payload"] for one in new[-1].body.get("buttons") or ()} if new else {}
        return self.text

    async def _events(self) -> list[object]:
        events = await self.house.streams.since(f"conversation:{self.talk}", 0)
        return [one for one in events if one.kind == "message" and one.sender == "bot"]  # type: ignore[return-value]

    async def is_with_people(self) -> bool:
        return (await state_of(self.house, self.talk)).state is not State.BOT


async def chat(house: House, patient: str | None = "giulia", language: str = "it") -> Chat:
    async with house.db.transaction() as tx:
        opened = await open_conversation(house, tx, visitor_name="Giulia Ferri", language=language, patient_id=patient)
    return Chat(house, opened.id)


async def visits(house: House, patient: str = "giulia") -> list[dict[str, object]]:
    rows = await house.db.fetch(
        "select status, starts, sequence, reason, confirm_to from scheduling.appointment where patient = $1"
        " order by created_at",
        patient,
    )
    return [dict(row) for row in rows]


async def booked(house: House, patient: str = "giulia") -> Chat:
    """Talks a check-up of the skin into the calendar."""
    talk = await chat(house, patient)
    assert "Quale di queste" in await talk.say("vorrei prenotare una visita dal dermatologo")
    await talk.say("Visita dermatologica")
    await talk.say("2")
    assert "Per quale motivo" in talk.text
    await talk.say("Un neo da controllare")
    assert "Un neo da controllare" in talk.text
    await talk.say("Sì, prenotare")
    return talk


async def test_a_visit_is_booked_in_the_chat(house: House) -> None:
    talk = await booked(house)
    assert "Prenotato: lun 23 nov, 09:20" in talk.text
    assert "Dott.ssa Lucia Neri" in talk.text
    (one,) = await visits(house)
    assert (one["status"], one["reason"]) == ("booked", "Un neo da controllare")
    assert await house.db.fetchval("select count(*) from scheduling.hold") == 0
    assert not await talk.is_with_people()
    said = [row["action"] for row in await house.db.fetch("select action from administration.audit_event order by seq")]
    assert "appointment.booked" in said
    assert "appointment.confirmation" in said


async def test_the_time_is_kept_while_the_patient_thinks_and_given_back_when_they_do_not_want_it(house: House) -> None:
    talk = await chat(house)
    await talk.say("vorrei prenotare una visita dal dermatologo")
    await talk.say("Visita dermatologica")
    await talk.say("1")
    assert await house.db.fetchval("select count(*) from scheduling.hold") == 1
    await talk.say("Un neo")
    assert "non ho cambiato nulla" in await talk.say("No, grazie")
    assert await house.db.fetchval("select count(*) from scheduling.hold") == 0
    assert await visits(house) == []


async def test_who_is_slower_is_told_and_offered_other_times(house: House) -> None:
    slow, quick = await chat(house), await chat(house, "marco")
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


async def test_more_times_and_another_day(house: House) -> None:
    talk = await chat(house)
    await talk.say("vorrei prenotare una visita dal dermatologo")
    await talk.say("Visita dermatologica")
    before = set(talk.buttons)
    await talk.say("Altri orari")
    assert not (set(talk.buttons) - {"Altri orari", "Da un altro giorno"}) & before
    await talk.say("Da un altro giorno")
    await talk.say("01/12/2026")
    assert all("dic" in text for text in talk.buttons if text not in ("Altri orari", "Da un altro giorno"))
    await talk.say("Da un altro giorno")
    assert "non ci sono orari liberi" in await talk.say("01/12/2030")
    assert await talk.is_with_people()


async def test_a_referral_is_asked_for_where_one_is_needed(house: House) -> None:
    talk = await chat(house)
    await talk.say("mi serve un appuntamento dal cardiologo")
    choice = next(text for text in talk.buttons if "Visita cardiologica" in text)
    assert "impegnativa" in await talk.say(choice)
    assert "da 5 a 40" in await talk.say("12")
    await talk.say("080A4 1234567890")
    assert "orari liberi" in talk.text


async def test_a_visit_is_moved_and_then_cancelled(house: House) -> None:
    await booked(house)
    await house.db.execute("update scheduling.service set notice_hours = 0")
    talk = await chat(house)
    assert "Quale visita vuole spostare" in await talk.say("vorrei spostare la mia visita")
    await talk.say("1")
    await talk.say("2")
    assert "Riepilogo" in talk.text
    (before,) = await visits(house)
    assert "la visita è spostata" in await talk.say("Sì, spostare")
    (after,) = await visits(house)
    assert (after["sequence"], after["status"]) == (1, "booked")
    assert after["starts"] != before["starts"]
    await talk.say("vorrei disdire la visita")
    await talk.say("1")
    assert "è disdetta" in await talk.say("Sì, disdire")
    ((_, _),) = [(one["status"], one["starts"]) for one in await visits(house) if one["status"] == "cancelled"]


async def test_within_the_notice_a_person_decides(house: House, clock: FixedClock) -> None:
    await booked(house)
    (one,) = await visits(house)
    clock.at = one["starts"] - timedelta(minutes=10)  # type: ignore[operator,assignment]
    talk = await chat(house)
    await talk.say("devo disdire la visita")
    await talk.say("1")
    assert "troppo vicina" in await talk.say("Sì, disdire")
    assert await talk.is_with_people()
    assert (await visits(house))[0]["status"] == "booked"


async def test_nobody_reaches_the_visit_of_another(house: House) -> None:
    await booked(house)
    theirs = await house.db.fetchval("select id::text from scheduling.appointment")
    marco = await chat(house, "marco")
    assert "Non vedo visite" in await marco.say("vorrei disdire la visita")
    # Even a memory that names another's visit changes nothing.
    memory = {"language": "it", "at": "cancel.confirm", "scenario": "cancel", "saved": {"appointment": theirs}}
    sneaky = await chat(house, "marco")
    async with house.db.transaction() as tx:
        await store.keep(tx, sneaky.talk, memory, 1, 1, NOW, ended=False)
    await sneaky.say("Sì, disdire")
    assert await sneaky.is_with_people()
    assert (await visits(house))[0]["status"] == "booked"


@pytest.mark.parametrize(
    "words", ["vorrei prenotare una visita", "vorrei spostare la mia visita", "quando è la mia visita"]
)
async def test_a_guest_is_shown_where_to_sign_in_or_passed_to_a_person(house: House, words: str) -> None:
    guest = await chat(house, None)
    await guest.say(words)
    assert await guest.is_with_people() or "operatore" in guest.text
    audit = await house.db.fetch("select action from administration.audit_event")
    assert "patient.read" not in [row["action"] for row in audit]


async def test_what_is_ahead_is_told_in_the_patients_language(house: House) -> None:
    await booked(house)
    talk = await chat(house, language="en")
    told = await talk.say("when is my appointment")
    assert "Skin check-up" in told
    assert "Mon 23 Nov" in told


async def test_a_turn_with_calls_can_be_replayed(house: House) -> None:
    talk = await booked(house)
    bot = house.port(BotPort)
    assert isinstance(bot, EmbeddedBot)
    taken = await replay(house, bot, talk.talk)
    assert len(taken) == 5
    assert all(one.same for one in taken), [one for one in taken if not one.same]


async def test_a_crash_while_booking_leaves_nothing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    talk = await chat(house)
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
    assert await visits(house) == []
    await Turns().sweep(house)
    assert len(await visits(house)) == 1


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


async def test_calls_without_end_go_to_a_person(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calling, "MOST_CALLS", 0)
    talk = await chat(house)
    await talk.say("vorrei prenotare una visita dal dermatologo")
    assert await talk.is_with_people()
    assert MOST_CALLS > 4


async def test_whoever_falls_silent_is_reminded_and_then_let_go(house: House, clock: FixedClock) -> None:
    talk = await chat(house)
    await talk.say("vorrei prenotare una visita dal dermatologo")
    for minutes, words in ((9, ""), (2, "È ancora qui"), (9, ""), (2, "Chiudo la conversazione")):
        clock.advance(timedelta(minutes=minutes))
        seen = len(await talk._events())
        await house.jobs.run_due()
        new = [str(one.body["text"]) for one in (await talk._events())[seen:]]  # type: ignore[attr-defined]
        assert [text[: len(words)] for text in new] == ([words] if words else [])
    assert await talk.is_with_people()
    assert (await state_of(house, talk.talk)).ended_by == "bot"


async def test_whoever_comes_back_after_the_reminder_can_still_answer(house: House, clock: FixedClock) -> None:
    talk = await chat(house)
    await talk.say("vorrei prenotare una visita dal dermatologo")
    clock.advance(timedelta(minutes=11))
    await house.jobs.run_due()
    assert "orari liberi" in await talk.say("Visita dermatologica")
    clock.advance(timedelta(minutes=9))
    await house.jobs.run_due()
    assert "Per quale motivo" in await talk.say("3")


async def test_with_a_person_nobody_is_reminded_by_the_bot(house: House, clock: FixedClock) -> None:
    talk = await chat(house)
    await talk.say("vorrei parlare con una persona")
    seen = len(await talk._events())
    clock.advance(timedelta(hours=1))
    await house.jobs.run_due()
    assert len(await talk._events()) == seen
