"""A patient who falls silent is reminded, then let go; whoever comes back goes on where they were."""

from datetime import timedelta

from sportello.bots.tests.chatting import chat
from sportello.bots.tests.test_turns import state_of
from sportello.kit.clock import FixedClock
from sportello.kit.house import House


async def test_whoever_falls_silent_is_reminded_and_then_let_go(clinic: House, still: FixedClock) -> None:
    talk = await chat(clinic)
    await talk.say("vorrei prenotare una visita dal dermatologo")
    for minutes, words in ((9, ""), (2, "È ancora qui"), (9, ""), (2, "Chiudo la conversazione")):
        still.advance(timedelta(minutes=minutes))
        seen = len(await talk._events())
        await clinic.jobs.run_due()
        new = [str(one.body["text"]) for one in (await talk._events())[seen:]]  # type: ignore[attr-defined]
        assert [text[: len(words)] for text in new] == ([words] if words else [])
    assert await talk.is_with_people()
    assert (await state_of(clinic, talk.talk)).ended_by == "bot"


async def test_whoever_comes_back_after_the_reminder_can_still_answer(clinic: House, still: FixedClock) -> None:
    talk = await chat(clinic)
    await talk.say("vorrei prenotare una visita dal dermatologo")
    still.advance(timedelta(minutes=11))
    await clinic.jobs.run_due()
    assert "orari liberi" in await talk.say("Visita dermatologica")
    still.advance(timedelta(minutes=9))
    await clinic.jobs.run_due()
    assert "Per quale motivo" in await talk.say("3")


async def test_with_a_person_nobody_is_reminded_by_the_bot(clinic: House, still: FixedClock) -> None:
    talk = await chat(clinic)
    await talk.say("vorrei parlare con una persona")
    seen = len(await talk._events())
    still.advance(timedelta(hours=1))
    await clinic.jobs.run_due()
    assert len(await talk._events()) == seen
