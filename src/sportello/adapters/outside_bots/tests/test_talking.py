"""A bot behind Direct Line has the conversation: what it is told, what the patient sees, how it hands over."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from sportello.adapters.outside_bots import store
from sportello.adapters.outside_bots.connection import connection_of
from sportello.adapters.outside_bots.kinds import bot_of
from sportello.adapters.outside_bots.relay import Relay
from sportello.adapters.outside_bots.tests.conftest import Comes, until
from sportello.adapters.outside_bots.tests.fake import Fake, words
from sportello.adapters.outside_bots.trouble import BotRefused
from sportello.administration.actor import BOT, Actor
from sportello.administration.testing import staff_member
from sportello.bots.ports import BotSession, Conversation, PatientTurn
from sportello.conversations.ending import end
from sportello.conversations.moves import move
from sportello.conversations.states import State
from sportello.kit.clock import FixedClock
from sportello.kit.house import House

ESCALATED = {
    "type": "event", "name": "handoff.initiate", "from": {"id": "bot", "role": "bot"},
    "value": {"va_LastTopic": "Visite", "va_LastPhrases": ["vorrei spostare"], "va_AgentMessage": "Vuole spostare",
              "va_Language": "it-IT", "list": [1], "number": 7},
    "attachments": [{"contentType": "application/json", "content": {"activities": []}}],
}  # fmt: skip


async def test_the_welcome_the_answer_and_buttons_come_once_and_in_order(comes: Comes, fake: Fake) -> None:
    fake.welcome = [words("Benvenuta"), {"type": "somethingNew", "x": None}]
    buttons = {"suggestedActions": {"actions": [{"type": "imBack", "title": "Orari", "value": "orari"}]}}
    fake.answer = lambda said: [words("Uno"), words("Due", **buttons)]
    rosa = await comes()
    await rosa.reads("Benvenuta")
    assert "assistente automatico" in (await rosa.seen())[0], "the house says first what this is"
    await rosa.write("ciao")
    await rosa.reads("Due")
    assert (await rosa.seen())[1:] == ["Benvenuta", "Uno", "Due"]
    await rosa.write("Orari", payload="orari")
    await until(lambda: _told(fake, 2))
    assert fake.texts() == ["ciao", "orari"]
    assert all(one["from"]["id"].startswith("dl_") and one["locale"] == "it-IT" for one in fake.received)
    assert fake.begun[0]["locale"] == "it-IT"


async def test_what_cannot_be_kept_stops_nothing_that_comes_after(comes: Comes, fake: Fake) -> None:
    evil = [words("nul \0 nul", id="id\0"), ESCALATED | {"type": "event", "name": "x\0"}, words("\u2028")]
    fake.answer = lambda said: [*evil, words("Eccomi")]
    rosa = await comes()
    await rosa.write("ciao")
    await rosa.reads("Eccomi")
    assert "nul  nul" in await rosa.seen()


async def _told(fake: Fake, count: int) -> bool:
    return len(fake.texts()) >= count


@pytest.mark.parametrize("trouble", ["reset", "drop", "no sockets", "null watermark"])
async def test_nothing_is_lost_or_said_twice(comes: Comes, fake: Fake, trouble: str) -> None:
    fake.refuses_sockets = trouble == "no sockets"
    rosa = await comes()
    await rosa.write("uno")
    await rosa.reads("Ha detto: uno")
    if trouble == "reset":
        fake.replays = True
        await fake.drop()
    elif trouble == "drop":
        await fake.drop()
        fake.say(words("Mentre era via"))
        await rosa.reads("Mentre era via")
    elif trouble == "null watermark":
        for socket in list(fake.sockets):
            await socket.send_text('{"activities": [], "watermark": null}')
            await socket.send_text("")
            await socket.send_text("{nonsense")
    await rosa.write("due")
    await rosa.reads("Ha detto: due")
    seen = await rosa.seen()
    assert len(seen) == len(set(seen)), seen
    assert fake.texts() == ["uno", "due"]


async def test_a_restart_goes_on_where_it_was(comes: Comes, fake: Fake, house: House) -> None:
    rosa = await comes()
    await rosa.write("uno")
    await rosa.reads("Ha detto: uno")
    relay: Relay = house.port(Relay)
    kept = await store.read(house.db, rosa.conversation)
    assert kept
    assert kept.watermark
    for task in [t for t in house.tasks._running if t.get_name() == "outside bot"]:
        task.cancel()
    await until(lambda: _none_running(relay))
    fake.say(words("Nel frattempo"))
    relay.wake(rosa.conversation)
    await rosa.reads("Nel frattempo")
    seen = await rosa.seen()
    assert len(seen) == len(set(seen))
    assert len(fake.begun) == 1


async def _none_running(relay: Relay) -> bool:
    return not relay._running


async def test_two_processes_do_not_read_the_same_talk(comes: Comes, fake: Fake, house: House) -> None:
    rosa = await comes()
    await rosa.write("uno")
    await rosa.reads("Ha detto: uno")
    other = Relay(house)
    other.wake(rosa.conversation)
    await until(lambda: _none_running(other))
    await rosa.write("due")
    await rosa.reads("Ha detto: due")
    assert fake.texts() == ["uno", "due"]
    assert len(fake.sockets) == 1


async def test_a_handover_brings_its_context_and_hears_how_it_went(comes: Comes, fake: Fake, house: House) -> None:
    fake.answer = lambda said: [words("La passo a un operatore"), ESCALATED, ESCALATED | {"id": "again"}]
    rosa = await comes()
    await rosa.write("vorrei spostare una cosa")
    talk = await rosa.is_("queued")
    assert (talk.reason, talk.topic, talk.summary) == ("bot-asked", "Visite", "Vuole spostare")
    assert talk.context["bot.number"] == 7
    assert "bot.list" not in talk.context
    elena = await staff_member(house)
    await rosa.write("e anche un'altra")
    fake.say(words("Sono ancora qui"))
    await house.db.run(
        lambda tx: move(
            house, tx, rosa.conversation, State.ACTIVE, expected=State.QUEUED, by=BOT, agent=UUID(elena.id),
            agent_name=elena.name,
        )
    )  # fmt: skip
    await until(lambda: _status(fake, "accepted"))
    await until(lambda: _note(rosa, "Sono ancora qui"))
    assert not any("Sono ancora qui" in one for one in await rosa.seen()), "late words are the agent's alone"
    assert fake.texts() == ["vorrei spostare una cosa"], "after the handover nothing is told to the bot"
    await house.db.run(lambda tx: move(house, tx, rosa.conversation, State.WRAP_UP, expected=State.ACTIVE, by=BOT))
    await until(lambda: _status(fake, "completed"))


async def _status(fake: Fake, state: str) -> bool:
    return any(one.get("name") == "handoff.status" and one["value"]["state"] == state for one in fake.received)


async def _note(rosa: Any, text: str) -> bool:
    return any(text in one for one in await rosa.notes())


async def test_omnichannels_summary_is_the_agents_and_unbridged_words_nobodys(comes: Comes, fake: Fake) -> None:
    tags = '{"type":"Escalate","context":{"IDNumber":101}}'
    fake.answer = lambda said: [
        words("pensando"), words("La trasferisco", channelData={"deliveryMode": "bridged"}),
        words("Riassunto per l'operatore", channelData={"tags": tags}),
    ]  # fmt: skip
    rosa = await comes(visible="bridged")
    await rosa.write("aiuto con una prenotazione")
    talk = await rosa.is_("queued")
    assert talk.summary == "Riassunto per l'operatore"
    assert talk.context["bot.IDNumber"] == 101
    assert (await rosa.seen())[1:] == ["La trasferisco"]


async def test_an_end_closes_the_talk(comes: Comes, fake: Fake) -> None:
    fake.answer = lambda said: [words("Arrivederci"), {"type": "endOfConversation", "from": {"role": "bot"}}]
    rosa = await comes()
    await rosa.write("grazie, è tutto")
    await rosa.is_("closed")
    assert "Arrivederci" in (await rosa.seen())[-1]


async def test_health_bot_hears_first_who_speaks_signed_and_without_names(comes: Comes, fake: Fake) -> None:
    secret = "an-app-secret-of-more-than-thirty-two"
    rosa = await comes(kind="health_bot", app_secret=secret, scenario="reschedule", arguments='{"topic": "visits"}')
    await until(lambda: _heard(fake))
    first = fake.received[0]
    assert (first["type"], first["name"]) == ("invoke", "InitConversation")
    assert first["value"]["triggeredScenario"] == {"trigger": "reschedule", "args": {"topic": "visits"}}
    claims = jwt.decode(first["value"]["jsonWebToken"], OctKey.import_key(secret.encode()), algorithms=["HS256"]).claims
    assert set(claims) == {"userId", "locale", "connectorToken", "directLineURI"}
    assert claims["connectorToken"] == "t"
    assert claims["userId"].startswith("dl_")
    assert str(rosa.conversation) not in str(first)


async def _heard(fake: Fake) -> bool:
    return bool(fake.received)


async def test_red_flags_never_leave_the_house(comes: Comes, fake: Fake) -> None:
    flags = {"it": "ho un forte dolore al petto", "en": "my chest hurts badly"}
    patients = {language: await comes(language) for language in flags}
    for rosa in patients.values():
        await rosa.write("ciao")
        await rosa.reads("Ha detto: ciao")
    fake.slow_post = 3
    for language, rosa in patients.items():
        await rosa.write("un attimo")
        await rosa.write(flags[language])
        talk = await rosa.is_("queued", 2)
        assert talk.priority >= 100
        assert any("112" in one for one in (await rosa.seen())[2:])
        assert flags[language] not in fake.texts()


async def test_a_denied_flag_is_asked_about_and_then_goes_on(comes: Comes, fake: Fake) -> None:
    rosa = await comes()
    await rosa.write("non ho dolore al petto, vorrei una visita")
    await rosa.reads("?")
    assert fake.texts() == []
    await rosa.write("no")
    await rosa.reads("Ha detto: non ho dolore al petto")
    assert await rosa.state() == "bot"


async def test_a_person_can_be_had_from_everywhere(comes: Comes, fake: Fake) -> None:
    for language, text in (("it", "vorrei parlare con un operatore"), ("en", "talk to a human")):
        rosa = await comes(language)
        await rosa.write(text)
        await rosa.is_("queued")
    assert fake.texts() == []


async def test_two_openings_are_one_talk(comes: Comes, fake: Fake, house: House) -> None:
    rosa = await comes()
    await rosa.write("uno")
    await rosa.reads("Ha detto: uno")
    house.port(Relay).wake(rosa.conversation)
    house.port(Relay).wake(uuid4())
    await rosa.write("due")
    await rosa.reads("Ha detto: due")
    assert len(fake.begun) == 1


async def test_with_a_token_endpoint_each_talk_has_its_own_token_and_renews_it(
    comes: Comes, fake: Fake, house: House
) -> None:
    endpoint = f"{fake.base}/token"
    rosa = await comes("en", kind="copilot_studio", secret="", token_endpoint=endpoint)
    await rosa.write("hello")
    await rosa.reads("Ha detto: hello")
    assert fake.begun[0]["bearer"] == "Bearer t-endpoint"
    assert fake.begun[0]["locale"] == "en-US"
    assert fake.received[0]["name"] == "startConversation"
    house.clock = FixedClock(house.clock.now() + timedelta(minutes=16))
    bot = bot_of(house, await connection_of(house))
    kept = await store.read(house.db, rosa.conversation)
    assert bot
    assert kept
    there = BotSession(Conversation(rosa.conversation, "en"), dict(kept.memory))
    assert await bot.send(there, PatientTurn("later", "again", "")) == "accepted"
    assert there.memory["token"] == "t-fresh"
    fake.status = 403
    with pytest.raises(BotRefused):
        await bot.send(there, PatientTurn("last", "expired", ""))


async def test_a_patient_who_leaves_the_queue_is_a_handover_that_failed(comes: Comes, fake: Fake, house: House) -> None:
    fake.answer = lambda said: [ESCALATED]
    rosa = await comes()
    await rosa.write("vorrei spostare una cosa")
    await rosa.is_("queued")
    fake.status = 500  # the bot does not care; nobody else does either
    patient = Actor(kind="patient", id=f"conversation:{rosa.conversation}", name="")
    await house.db.run(lambda tx: end(house, tx, rosa.conversation, patient))
    await until(lambda: _status(fake, "failed"))
    assert await rosa.state() == "closed"


async def test_given_back_to_the_bot_it_begins_anew(comes: Comes, fake: Fake, house: House) -> None:
    fake.answer = lambda said: [ESCALATED] if "spostare" in str(said["text"]) else [words(f"Bot: {said['text']}")]
    rosa = await comes()
    await rosa.write("vorrei spostare una cosa")
    await rosa.is_("queued")
    elena = await staff_member(house)
    await house.db.run(
        lambda tx: move(
            house, tx, rosa.conversation, State.ACTIVE, expected=State.QUEUED, by=BOT, agent=UUID(elena.id),
            agent_name=elena.name,
        )
    )  # fmt: skip
    await rosa.write("questo è per Elena")
    await house.db.run(lambda tx: move(house, tx, rosa.conversation, State.BOT, expected=State.ACTIVE, by=BOT))
    fake.log.clear()
    await rosa.write("e questo per il bot")
    await rosa.reads("Bot: e questo per il bot")
    assert fake.texts() == ["vorrei spostare una cosa", "e questo per il bot"]
    assert len(fake.begun) == 2
