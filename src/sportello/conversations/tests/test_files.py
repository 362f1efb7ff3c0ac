"""Files both ways: told by content, cleaned, once, only where it is allowed, and gone when their time is over."""

import asyncio
import io
import zipfile
from datetime import timedelta
from uuid import UUID

import pytest
from PIL import Image

from sportello.administration.actor import Actor
from sportello.conversations import files, safekeeping
from sportello.conversations.files import Unfit, clean_name
from sportello.conversations.kinds import Unreadable, kind_of, prepared
from sportello.conversations.ports import FileScanner, Verdict
from sportello.conversations.redacting import redact
from sportello.conversations.safekeeping import Safekeeping
from sportello.conversations.states import State
from sportello.conversations.store import Conversation
from sportello.conversations.store import files as kept
from sportello.conversations.tests.cast import go
from sportello.conversations.tests.conftest import Begin
from sportello.kit.house import House
from sportello.kit.ids import uuid7

GIULIA = Actor(kind="patient", id="giulia", name="")
PDF = b"%PDF-1.4\n%\xe2\xe3\n1 0 obj\nendobj\n%%EOF"
GPS, MAKE = 0x8825, 0x010F


def photo(form: str = "JPEG", size: tuple[int, int] = (800, 400), turned: bool = True) -> bytes:
    out = io.BytesIO()
    exif = Image.Exif()
    exif[MAKE] = "Telefono"
    exif.get_ifd(GPS)[1] = "N"
    if turned:
        exif[0x0112] = 6
    Image.new("RGB", size, (10, 120, 90)).save(out, form, exif=exif)
    return out.getvalue()


def archive(**members: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name, text in members.items():
            made.writestr(name.replace("__", "/").replace("_dot_", "."), text)
    return out.getvalue()


DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (PDF, "application/pdf"),
        (photo(), "image/jpeg"),
        (photo("PNG"), "image/png"),
        (photo("WEBP"), "image/webp"),
        ("perché no?".encode(), "text/plain"),
        (b"<html><script>alert(1)</script>", None),
        (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', None),
        (b"MZ" + bytes(200), None),
        (b"#!/bin/sh\0", None),
        (b"PK\x03\x04" + bytes(60), None),
        (archive(word__document_dot_xml="<x/>"), DOCX),
        (archive(word__document_dot_xml="<x/>", word__vbaProject_dot_bin="x"), None),
        (archive(anything="x"), None),
        (bytes(128) + b"DICM" + bytes(20), "application/dicom"),
        (bytes(10), None),
    ],
)
def test_a_file_is_what_its_content_says(content: bytes, kind: str | None) -> None:
    assert kind_of(content) == kind


def test_pictures_lose_place_and_device_and_stand_upright() -> None:
    clean, small = prepared(photo(), "image/jpeg")
    with Image.open(io.BytesIO(clean)) as picture:
        assert picture.size == (400, 800)
        assert not picture.getexif()
    assert small is not None
    with Image.open(io.BytesIO(small)) as picture:
        assert max(picture.size) == 320
        assert not picture.getexif()
    assert b"Telefono" not in clean + small
    with pytest.raises(Unreadable):
        prepared(photo()[:400], "image/jpeg")
    assert prepared(PDF, "application/pdf") == (PDF, None)


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("referto.PDF", "referto.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\doc\\esame.jpg.exe", "esame.jpg.pdf"),
        ("a\u202efdp.exe", "afdp.pdf"),
        ('x"; filename="y', "x_; filename=_y.pdf"),
        ("", "file.pdf"),
        ("…\n\0", "….pdf"),
        ("è" * 500, "è" * 120 + ".pdf"),
    ],
)
def test_names_lead_nowhere(said: str, name: str) -> None:
    assert clean_name(said, "application/pdf", "it") == name


async def _send(
    house: House, talk: Conversation, content: bytes = PDF, by: Actor = GIULIA, file: UUID | None = None
) -> UUID:
    file = file or uuid7()
    await files.send(house, talk.id, content, file=file, name="referto.pdf", by=by, language="it")
    return file


async def test_sent_twice_at_once_it_is_there_once(house: House, begin: Begin, elena: Actor) -> None:
    talk = await begin(State.ACTIVE, elena)
    file = uuid7()
    await asyncio.gather(*(_send(house, talk, file=file) for _ in range(4)))
    said = await house.db.fetch("select sender, client_id, body from kit.event where kind = 'message'")
    assert [(row["sender"], row["client_id"]) for row in said] == [("patient", file)]
    assert said[0]["body"]["attachment"] == {
        "id": str(file), "name": "referto.pdf", "type": "application/pdf", "size": len(PDF), "pictured": False,
    }  # fmt: skip
    assert await house.db.fetchval("select count(*) from conversations.file") == 1


async def test_who_may_send_and_what(house: House, begin: Begin, elena: Actor, davide: Actor, marta: Actor) -> None:
    talk = await begin(State.ACTIVE, elena)
    await _send(house, talk, by=elena)
    for nobody in (davide, marta):
        with pytest.raises(Unfit, match="forbidden"):
            await _send(house, talk, by=nobody)
    for content, code in ((b"", "empty"), (b"MZ" + bytes(99), "kind"), (photo()[:300], "broken")):
        with pytest.raises(Unfit, match=code):
            await _send(house, talk, content)
    rules = Safekeeping(file_megabytes=1, patients_send=True, file_types=("application/pdf",))
    await house.db.run(lambda tx: safekeeping.change(house, tx, marta, rules))
    with pytest.raises(Unfit, match="too-large") as refused:
        await _send(house, talk, PDF + bytes(1024 * 1024))
    assert refused.value.words("it") == "Questo file è troppo grande: al massimo 1 MB."
    with pytest.raises(Unfit) as refused:
        await _send(house, talk, photo())
    assert refused.value.words("it") == "File di questo tipo non si possono inviare. Si possono inviare: Documento PDF."
    await house.db.run(lambda tx: safekeeping.change(house, tx, marta, Safekeeping(patients_send=False)))
    with pytest.raises(Unfit, match="forbidden"):
        await _send(house, talk)
    await go(house, talk.id, State.WRAP_UP, elena)
    with pytest.raises(Unfit, match="forbidden"):
        await _send(house, talk, by=elena)
    assert await house.db.fetchval("select count(*) from conversations.file") == 1


class Scanner:
    """Says what it is told to say."""

    name = "Prova"

    def __init__(self) -> None:
        self.verdict = Verdict("clean")

    async def scan(self, content: bytes) -> Verdict:
        return self.verdict


async def test_nothing_passes_the_scanner_but_what_is_clean(house: House, begin: Begin, elena: Actor) -> None:
    talk = await begin(State.ACTIVE, elena)
    scanner = house.ports[FileScanner] = Scanner()
    file = await _send(house, talk)
    found = await kept.read(house.db, file)
    assert found is not None
    assert found.scanned_by == "Prova"
    for verdict, code in ((Verdict("infected", "Eicar"), "infected"), (Verdict("unavailable"), "unchecked")):
        scanner.verdict = verdict
        with pytest.raises(Unfit, match=code):
            await _send(house, talk)
    assert await house.db.fetchval("select count(*) from conversations.file") == 1


async def test_files_go_with_their_message_and_with_time(
    house: House, begin: Begin, elena: Actor, marta: Actor
) -> None:
    talk = await begin(State.ACTIVE, elena)
    gone, stays = await _send(house, talk), await _send(house, talk, photo())
    seq = await house.db.fetchval("select seq from kit.event where client_id = $1", gone)
    await house.db.run(lambda tx: redact(house, tx, talk.id, seq, marta, "di un altro"))
    assert await kept.content(house.db, gone, thumbnail=False) is None
    assert await kept.content(house.db, stays, thumbnail=True)
    await go(house, talk.id, State.WRAP_UP, elena)
    await go(house, talk.id, State.CLOSED, elena)
    await house.db.run(lambda tx: files.forget(house, tx, {}))
    assert await kept.content(house.db, stays, thumbnail=False), "not yet"
    await house.db.execute(
        "update conversations.conversation set closed_at = closed_at - $1::interval", timedelta(days=366)
    )
    await house.db.execute("update conversations.file set sent_at = sent_at - $1::interval", timedelta(days=366))
    await house.db.run(lambda tx: files.forget(house, tx, {}))
    assert await kept.content(house.db, stays, thumbnail=False) is None
    assert await house.db.fetchval("select count(*) from kit.job where name = 'conversations.forget_files'") == 1


async def test_the_bot_says_that_it_cannot_read(house: House, begin: Begin) -> None:
    talk = await begin()
    await _send(house, talk)
    senders = await house.db.fetch("select sender from kit.event where kind = 'message' order by seq")
    assert [row["sender"] for row in senders] == ["patient", "bot"]
