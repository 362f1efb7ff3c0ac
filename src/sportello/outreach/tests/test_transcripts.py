"""A conversation written out: nothing is lost, notes stay with colleagues, and the mail goes once."""

import io
from email.message import EmailMessage

import pytest
from pypdf import PdfReader

from sportello.administration.actor import Actor
from sportello.administration.testing import staff_member
from sportello.conversations import mailing, posting, writing_out
from sportello.conversations.handover import escalate
from sportello.conversations.moves import move
from sportello.conversations.opening import open_conversation
from sportello.conversations.refusals import NotPossible
from sportello.conversations.states import State
from sportello.conversations.store import Conversation, mailings
from sportello.kit.house import House
from sportello.kit.ids import as_uuid, uuid7
from sportello.outreach import transcripts
from sportello.outreach.ports import MailSender, MailUnavailable

SAID = "Perché <b>no</b>? Ωμέγα Привет Žiža مرحبا 你好 カナ 안녕 👩‍⚕️ 🙏 & fine"


@pytest.fixture
def rooms() -> tuple[str, ...]:
    """The rooms that a transcript passes through."""
    return ("kit", "web", "administration", "fhir", "record", "conversations", "outreach")


class Post:
    """A mail server that can be out of order."""

    def __init__(self) -> None:
        self.sent: list[EmailMessage] = []
        self.works = True

    async def send(self, mail: EmailMessage, return_path: str = "") -> None:
        if not self.works:
            raise MailUnavailable
        self.sent.append(mail)


@pytest.fixture
async def elena(house: House) -> Actor:
    return await staff_member(house, "agent", "elena", "Elena Conti")


@pytest.fixture
async def talk(house: House, elena: Actor) -> Conversation:
    made = await house.db.run(lambda tx: open_conversation(house, tx, visitor_name="Giulia Ferri", language="it"))
    await house.db.run(lambda tx: escalate(house, tx, made.id, reason="asked", topic="Visita"))
    given = {"agent": as_uuid(elena.id), "agent_name": elena.name}
    made = await house.db.run(
        lambda tx: move(house, tx, made.id, State.ACTIVE, expected=State.QUEUED, by=elena, **given)
    )
    await posting.post(house, made.id, {"text": SAID}, sender="patient", client_id=uuid7(), name="Giulia Ferri")
    await posting.post(
        house, made.id, {"text": "sembra agitata"}, sender=f"agent:{elena.id}", client_id=uuid7(), name="Elena Conti",
        kind="note",
    )  # fmt: skip
    return made


async def test_every_script_is_in_the_pdf_and_notes_only_for_staff(house: House, talk: Conversation) -> None:
    async with house.db.transaction() as tx:
        for_patient = await writing_out.document(house, tx, talk, "it", "all")
        for_staff = await writing_out.document(house, tx, talk, "it", "staff")
    text = writing_out.as_text(for_patient, house)
    assert SAID in text
    assert "agitata" not in text
    assert "Elena Conti (nota per i colleghi): sembra agitata" in writing_out.as_text(for_staff, house)
    pages = PdfReader(io.BytesIO(writing_out.as_pdf(for_patient, house))).pages
    read = " ".join(" ".join(page.extract_text() for page in pages).split())
    for part in ("Perché <b>no</b>?", "Ωμέγα", "Привет", "Žiža", "& fine", "Giulia Ferri", "Ospedale San Luca"):
        assert part in read, read
    assert "person with folded hands" in read, "a sign without a picture stands there by its name"
    assert "agitata" not in read


async def test_a_long_conversation_has_all_its_words(house: House, talk: Conversation) -> None:
    async with house.db.transaction() as tx:
        for number in range(1200):
            await posting.say(house, tx, talk.id, f"riga {number}")
    async with house.db.transaction() as tx:
        made = await writing_out.document(house, tx, talk, "en", "all")
    assert sum(line.text.startswith("riga ") for line in made.lines) == 1200


async def test_the_mail_goes_once_and_is_tried_again(house: House, talk: Conversation, elena: Actor) -> None:
    post = house.ports[MailSender] = Post()
    for wrong in ("", "giulia", "a@b", "a@b.it\nBcc: c@d.it", "a b@c.it", "<a@b.it>"):
        with pytest.raises(NotPossible):
            await house.db.run(lambda tx, wrong=wrong: mailing.ask(house, tx, talk.id, wrong, elena))
    wish = await house.db.run(lambda tx: mailing.ask(house, tx, talk.id, " giulia@example.org ", elena))
    post.works = False
    await house.db.run(lambda tx: transcripts.send(house, tx, {"mailing": str(wish)}))
    assert (await mailings.of(house.db, talk.id))[0].status == "waiting"
    post.works = True
    for _ in range(2):
        await house.db.run(lambda tx: transcripts.send(house, tx, {"mailing": str(wish)}))
    assert len(post.sent) == 1
    mail = post.sent[0]
    assert (mail["To"], mail["Subject"]) == ("giulia@example.org", "La Sua conversazione con Ospedale San Luca")
    body = mail.get_body()
    assert body is not None
    assert "Perché" not in body.get_content()
    [pdf] = mail.iter_attachments()
    assert pdf.get_filename() == "conversazione.pdf"
    assert pdf.get_content().startswith(b"%PDF")
    assert (await mailings.of(house.db, talk.id))[0].status == "sent"
    assert (
        await house.db.fetchval("select count(*) from administration.audit_event where action = 'conversation.mailed'")
        == 1
    )
