"""A patient's contacts of every room in one place: one of each, each once, in order, and no failure hidden."""

import html
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from sportello.administration.testing import staff_member
from sportello.conversations.opening import open_conversation
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.ids import uuid7
from sportello.record.contacts import sources_of
from sportello.record.tests.cast import GIULIA, admit, of

SignIn = Callable[..., Awaitable[Any]]
AT = f"/desk/patient/{GIULIA}/contacts"
PART = {"HX-Request": "true"}
DAY = datetime(2026, 3, 1, 9, tzinfo=UTC)


@pytest.fixture
def rooms() -> tuple[str, ...]:
    """All that know of contacts."""
    return (
        "kit", "web", "administration", "fhir", "record", "knowledge", "scheduling", "conversations", "routing",
        "scripts", "outreach", "desk",
    )  # fmt: skip


def day(number: int) -> str:
    return f"2026-03-{number:02}T09:00:00Z"


# The newest first, as they are expected: source, words of it in Italian.
EXPECTED = [
    ("Appointments", "Visita di controllo"), ("E-mails", "Promemoria"), ("Articles", "Articolo inviato"),
    ("Conversations", "Domanda sul referto"), ("Conversations", "Telefonata di ieri"),
    ("Conversations", "Richiamatemi"),
    ("The record", "Lettera di dimissione"), ("The record", "Telefonata del reparto"), ("The record", "Privacy"),
    ("The record", "Questionario"),
]  # fmt: skip


async def one_of_each(house: House) -> None:
    """Put in out of order; the team's own words, another patient's and hidden ones beside them."""
    privacy = of("Consent", "consenso", status="active", dateTime=day(3), scope={"text": "Privacy"})
    await admit(
        house, privacy | {"patient": {"reference": f"Patient/{GIULIA}"}},
        of("Communication", "lettera", status="completed", sent=day(5),
           payload=[{"contentString": "Lettera di dimissione"}]),
        of("QuestionnaireResponse", "q", status="completed", authored=day(2), questionnaire="x"),
        of("Communication", "telefonata", status="completed", sent=day(4), topic={"text": "Telefonata del reparto"},
           medium=[{"coding": [{"code": "PHONE"}]}]),
        of("Communication", "nascosta", status="completed", sent=day(4), topic={"text": "Zzyzx"},
           meta={"security": [{"code": "R"}]}),
    )  # fmt: skip
    elena = await staff_member(house, "agent")

    async def rooms_of_their_own(tx: Transaction) -> None:
        talks = {}
        for number, channel, topic in ((8, "chat", "Domanda sul referto"), (7, "voice", "Telefonata di ieri"),
                                       (6, "callback", "Richiamatemi")):  # fmt: skip
            talk = await open_conversation(house, tx, patient_id=GIULIA, channel=channel, topic=topic, language="it")
            await tx.execute("update conversations.conversation set created_at = $2 where id = $1", talk.id,
                             DAY + timedelta(days=number - 1))  # fmt: skip
            talks[channel] = talk.id
        stranger = await open_conversation(house, tx, patient_id="marco", topic="Zzyzx di Marco", language="it")
        article, visit, other = uuid7(), uuid7(), uuid7()
        await _insert(tx, "knowledge.article", {
            "id": article, "slug": "dopo-la-visita", "category": "", "answers": "", "topics": [], "status": "approved",
            "created_at": DAY, "changed_at": DAY})  # fmt: skip
        for at, talk in ((9, talks["chat"]), (9, stranger.id)):
            await _insert(tx, "scripts.sending", {
                "id": uuid7(), "conversation": talk, "article": article, "version": 1, "language": "it",
                "by_id": elena.id, "at": DAY + timedelta(days=at - 1)})  # fmt: skip
        for which, patient, reason in ((visit, GIULIA, "Visita di controllo"), (other, "marco", "Zzyzx")):
            at = DAY + timedelta(days=10)
            await _insert(tx, "scheduling.appointment", {
                "id": which, "status": "fulfilled", "patient": patient, "reason": reason, "starts": at,
                "ends": at + timedelta(minutes=30), "created_by": elena.id, "created_at": at,
                "changed_at": at})  # fmt: skip
        at = DAY + timedelta(days=9)
        await _insert(tx, "outreach.message", {
            "id": uuid7(), "appointment": visit, "patient": GIULIA, "sequence": 0, "kind": "reminder",
            "recipient": "giulia@posta.example", "language": "it", "status": "sent", "details": {}, "created_at": at,
            "sent_at": at})  # fmt: skip
        await _insert(tx, "record.team_message", {
            "id": uuid7(), "patient": GIULIA, "staff": UUID(elena.id), "name": "Elena", "body": "Zzyzx tra noi",
            "at": DAY})  # fmt: skip

    await house.db.run(rooms_of_their_own)


async def _insert(tx: Transaction, table: str, row: dict[str, Any]) -> None:
    places = ", ".join(f"${n}" for n in range(1, len(row) + 1))
    await tx.execute(f"insert into {table} ({', '.join(row)}) values ({places})", *row.values())  # noqa: S608


def told(page: str) -> list[str]:
    """Which of the expected ones a page shows, in its order, as often as it does."""
    text = html.unescape(re.sub(r"<[^>]*(?:>|$)", " ", page))
    found = [(match.start(), words) for _, words in EXPECTED for match in re.finditer(re.escape(words), text)]
    return [words for _, words in sorted(found)]


async def test_one_of_each_is_seen_once_in_order_and_a_failure_is_named(
    house: House, client: httpx.AsyncClient, sign_in: SignIn
) -> None:
    await one_of_each(house)
    assert {source for source, _ in EXPECTED} == set(sources_of(house)), "every room that hands in contacts is tried"
    await sign_in(client, "agent", language="it")
    page = (await client.get(AT, headers=PART)).text
    assert told(page) == [words for _, words in EXPECTED]
    assert "Zzyzx" not in page, "the team's own words, others' contacts and hidden ones are not among them"
    assert "lettura non riuscita" not in page
    by_kind = {
        "appointments": {"Visita di controllo"}, "calls": {"Telefonata di ieri", "Telefonata del reparto"},
        "conversations": {"Domanda sul referto", "Richiamatemi"}, "consents": {"Privacy"},
        "surveys": {"Questionario"}, "messages": {"Promemoria", "Articolo inviato", "Lettera di dimissione"},
    }  # fmt: skip
    for kind, words in by_kind.items():
        assert set(told((await client.post(AT, data={"kind": kind}, headers=PART)).text)) == words, kind

    async def broken(_: Any, tx: Transaction, *more: Any) -> Any:
        await tx.fetch("select 1/0")

    sources, named = sources_of(house), {"Appointments": "Appuntamenti", "E-mails": "E-mail", "Articles": "Articoli",
                                         "Conversations": "Conversazioni", "The record": "La cartella"}  # fmt: skip
    for name, source in list(sources.items()):
        sources[name] = broken
        page = (await client.get(AT, headers=PART)).text
        assert f"{named[name]}: lettura non riuscita" in html.unescape(page)
        assert told(page) == [words for of_whom, words in EXPECTED if of_whom != name]
        sources[name] = source
