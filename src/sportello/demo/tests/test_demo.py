"""The demo's doors: the start page, one-click sign-ins, the mailbox, living traffic."""

import asyncio
import socket
from email.message import EmailMessage

import aiosmtplib
import msgspec
import pytest

from sportello.demo import store
from sportello.demo.opening import open_demo
from sportello.demo.traffic import keep_talking

ICS = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//test//
METHOD:REQUEST
BEGIN:VEVENT
UID:1
DTSTAMP:20261123T100000Z
DTSTART:20261203T090000Z
DTEND:20261203T093000Z
SUMMARY:Visita cardiologica
LOCATION:Via dei Tigli 12
END:VEVENT
END:VCALENDAR
"""


@pytest.fixture
def settings(settings):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    mail = msgspec.structs.replace(settings.mail, host="127.0.0.1", port=port)
    return msgspec.structs.replace(settings, demo=True, mail=mail)


async def test_the_ready_file_tells_the_sign_ins(house):
    told = await open_demo(house)
    assert {one["role"] for one in told["accounts"]} == {"agent", "supervisor", "care_coordinator", "administrator"}
    assert {"name": "Giulia Ferri", "login": "giulia.ferri", "code": "246810"} in told["patients"]


@pytest.mark.parametrize("language", ["it", "en"])
async def test_the_start_page_has_everybody(client, language):
    page = (await client.get("/", headers={"accept-language": language})).text
    for name in ("Elena Conti", "Marta Ricci", "Giulia Ferri", "/demo/mailbox", "/portal"):
        assert name in page


async def test_one_click_signs_in(house, client):
    await open_demo(house)
    entered = await client.post("/demo/staff/elena")
    assert (entered.status_code, entered.headers["location"]) == (303, "/desk")
    assert client.cookies["sportello_staff"]
    entered = await client.post("/demo/patient/giulia.ferri")
    assert entered.headers["location"] == "/portal"
    page = (await client.get("/portal", headers={"accept-language": "it"})).text
    assert "Giulia Ferri" in page
    assert "Visita cardiologica di controllo" in page


async def test_both_sign_ins_of_one_browser_live_side_by_side(house, client):
    await open_demo(house)
    await client.post("/demo/patient/giulia.ferri")
    await client.post("/demo/staff/marta")
    page = (await client.get("/portal")).text
    csrf = page.split('action="/portal/sign-out"')[1].split('name="csrf" value="')[1].split('"')[0]
    assert (await client.post("/portal/sign-out", data={"csrf": csrf})).status_code == 303
    assert "Giulia Ferri" not in (await client.get("/portal")).text


@pytest.mark.parametrize("path", ["/demo/staff/nobody", "/demo/patient/nobody", "/demo/patient/mario.rossi"])
async def test_strangers_are_not_found(house, client, path):
    await open_demo(house)
    assert (await client.post(path)).status_code == 404


async def test_a_mail_with_a_calendar_file_is_caught_and_shown(house, client):
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "ospedale@sanluca.example", "giulia@posta.example", "La Sua visita"
    mail.set_content("Gentile Giulia,\n<b>a presto</b>")
    mail.add_attachment(ICS.encode(), maintype="text", subtype="calendar", filename="visita.ics")
    await aiosmtplib.send(mail, hostname="127.0.0.1", port=house.settings.mail.port, start_tls=False)
    [kept] = await store.mails(house.db)
    assert kept.recipients == ["giulia@posta.example"]
    page = (await client.get("/demo/mailbox", headers={"accept-language": "it"})).text
    assert "La Sua visita" in page
    assert "&lt;b&gt;a presto" in page
    assert "Visita cardiologica" in page
    assert "10:00" in page, "the clinic's time, not UTC"
    file = await client.get(f"/demo/mailbox/{kept.id}/visit.ics")
    assert file.headers["content-type"].startswith("text/calendar")
    assert "Via dei Tigli 12" in file.text


async def test_a_broken_calendar_file_breaks_nothing(house, client):
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "a@b.example", "c@d.example", "Rotto"
    mail.set_content("x")
    mail.add_attachment(b"BEGIN:VCALENDAR\nnonsense", maintype="text", subtype="calendar")
    await aiosmtplib.send(mail, hostname="127.0.0.1", port=house.settings.mail.port, start_tls=False)
    assert (await client.get("/demo/mailbox")).status_code == 200
    assert (await client.get("/demo/mailbox/999999/visit.ics")).status_code == 404


async def test_invented_patients_talk_through_the_real_doors(house, server):
    words = await asyncio.wait_for(keep_talking(server, 4, rounds=1, pause=(0.0, 0.05)), 30)
    kept = await house.db.fetchval("select count(*) from kit.event where sender = 'patient'")
    assert words == kept
    assert words >= 4
