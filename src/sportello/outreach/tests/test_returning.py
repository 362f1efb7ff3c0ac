"""Mail that comes back: reports of mail servers as they look, what is no report, and what staff see of it."""

import io
import sys
from collections.abc import Awaitable, Callable
from datetime import timedelta
from types import SimpleNamespace

import httpx
import msgspec
import pytest

from sportello.administration import machines
from sportello.administration.actor import SYSTEM, Actor
from sportello.kit.clock import FixedClock
from sportello.kit.house import House
from sportello.outreach import commands, returning
from sportello.outreach.store import Message
from sportello.outreach.tests.conftest import MailServer
from sportello.outreach.tests.test_confirmations import confirm, only_message
from sportello.scheduling.appointments import Appointment
from sportello.scheduling.tests.conftest import slot_at
from sportello.scheduling.tests.test_booking import booked

DSN = """\
Return-Path: <>
From: MAILER-DAEMON@mx.example.org
To: {to}
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org
Arrival-Date: Mon, 23 Nov 2026 09:00:00 +0100

Final-Recipient: rfc822; giulia.ferri@example.org
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 {status} no such user

--b
Content-Type: text/rfc822-headers

Message-ID: <{id}@localhost>
Subject: x

--b--
"""
HOLIDAY = """\
From: giulia.ferri@example.org
To: {to}
Subject: Sono in vacanza
Auto-Submitted: auto-replied

Torno lunedì. <{id}@localhost>
"""
QMAIL = """\
From: MAILER-DAEMON@old.example.org
To: {to}
Subject: failure notice

Hi. This is the qmail-send program at old.example.org.
I'm afraid I wasn't able to deliver your message to the following addresses.

<giulia.ferri@example.org>:
Sorry, no mailbox here by that name. (#5.1.1)
"""


@pytest.fixture
async def sent(house: House, elena: Actor, mailbox: MailServer) -> Message:
    """A confirmation that a server took, to a house whose returned mail has a mailbox of its own."""
    mail = msgspec.structs.replace(house.settings.mail, returns="returns@sanluca.example")
    house.settings = msgspec.structs.replace(house.settings, mail=mail)
    one = await booked(house, elena, await slot_at(house, "2026-11-24 09:30"))
    await confirm(house, elena, one)
    await house.jobs.run_due()
    return await only_message(house, one)


def report(message: Message, kind: str = DSN, action: str = "failed", status: str = "5.1.1", to: str = "") -> bytes:
    verp = f"returns+{message.envelope}@sanluca.example"
    return kind.format(to=to or verp, id=message.id, action=action, status=status).encode()


async def now(house: House, message: Message) -> Message:
    return await only_message(house, Appointment(id=message.appointment, status="booked", patient="giulia"))  # type: ignore[arg-type]


async def test_the_envelope_names_the_message_and_nobody_else(sent: Message, mailbox: MailServer) -> None:
    assert sent.envelope
    assert mailbox.senders == [f"returns+{sent.envelope}@sanluca.example"]
    assert "giulia" not in mailbox.senders[0]


async def test_a_report_is_seen_by_staff_until_the_address_is_mended(
    house: House, sent: Message, mailbox: MailServer, client: httpx.AsyncClient,
    sign_in: Callable[..., Awaitable[Actor]],
) -> None:  # fmt: skip
    assert await returning.take(house, report(sent)) == "returned"
    back = await now(house, sent)
    assert (back.status, back.last_error) == ("returned", "5.1.1")
    await sign_in(client, "agent", "davide", language="en")
    assert "came back" in (await client.get(f"/desk/outreach/appointment/{sent.appointment}")).text
    assert "The e-mail came back" in (await client.get("/desk/outreach/patient/giulia/trouble")).text
    assert "came back" in (await client.get("/desk/outreach/patient/giulia")).text
    tasks = (await client.get("/desk/outreach/tasks")).text
    assert "Giulia Ferri" in tasks
    again = f"/desk/outreach/message/{sent.id}/again"
    wrong = await client.post(again, data={"to": "giulia@nowhere"})
    assert wrong.status_code == 422
    assert "giulia@nowhere" in wrong.text
    assert (await client.post(again, data={"to": "g.ferri@example.org"})).status_code == 303
    await house.jobs.run_due()
    assert mailbox.mails[-1]["To"] == "g.ferri@example.org"
    assert "Nothing to settle" in (await client.get("/desk/outreach/tasks")).text
    # The first address bounces once more, late: the mended one stands.
    assert await returning.take(house, report(sent)) == "nothing"
    assert (await now(house, sent)).status == "sent"


@pytest.mark.parametrize(
    ("kind", "action", "status", "outcome", "becomes"),
    [
        (DSN, "delayed", "4.4.1", "delayed", "sent"),
        (DSN, "relayed", "2.0.0", "delivered", "sent"),
        (HOLIDAY, "", "", "nothing", "sent"),
        (QMAIL, "", "", "returned", "returned"),
    ],
)
async def test_what_servers_and_people_answer(
    house: House, sent: Message, kind: str, action: str, status: str, outcome: str, becomes: str
) -> None:
    assert await returning.take(house, report(sent, kind, action, status)) == outcome
    after = await now(house, sent)
    assert (after.status, after.delayed_at is not None) == (becomes, action == "delayed")


async def test_without_a_mailbox_of_its_own_the_message_id_tells(house: House, sent: Message) -> None:
    assert await returning.take(house, report(sent, to="sportello@sanluca.example")) == "returned"


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"\0\xff" * 50, b"Content-Type: multipart/report; boundary=b\n\n--b\n",
        b"To: a+" + b"z" * 20 + b"@x\nContent-Type: message/delivery-status\n\nAction: failed\n",
        b"Subject: =?utf-8?b?!!?=\nTo: <<<\n\n",
    ],
)  # fmt: skip
async def test_what_strangers_send_does_no_harm(house: House, sent: Message, raw: bytes) -> None:
    assert await returning.take(house, raw) == "nothing"
    assert (await now(house, sent)).status == "sent"


async def test_by_the_door_and_by_the_pipe(
    house: House, sent: Message, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    door = "/api/v1/mail/returned"
    assert (await client.post(door, content=report(sent))).status_code == 401
    issue = machines.issue
    token = await house.db.run(lambda tx: issue(house, tx, SYSTEM, "api", ["mail.returned"], "mx", timedelta(days=1)))
    other = await house.db.run(lambda tx: issue(house, tx, SYSTEM, "api", ["else"], "mx", timedelta(days=1)))
    assert (
        await client.post(door, content=report(sent), headers={"authorization": f"Bearer {other}"})
    ).status_code == 403
    answer = await client.post(
        door, content=report(sent, action="delayed", status="4.4.1"), headers={"authorization": f"Bearer {token}"}
    )
    assert answer.json() == {"outcome": "delayed"}
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(report(sent))))
    assert await commands.run(house, commands.argparse.Namespace(recipient="")) == 0
    assert capsys.readouterr().out == "returned\n"


async def test_refused_at_once_is_a_task_too(
    house: House, elena: Actor, mailbox: MailServer, clock: FixedClock, client: httpx.AsyncClient,
    sign_in: Callable[..., Awaitable[Actor]],
) -> None:  # fmt: skip
    one = await booked(house, elena, await slot_at(house, "2026-11-24 09:30"))
    mailbox.answers = ["550 No such user"]
    await confirm(house, elena, one)
    await house.jobs.run_due()
    await sign_in(client, "agent", "davide", language="en")
    page = (await client.get("/desk/outreach/tasks")).text
    assert "was not accepted" in page
    task = page.split("/desk/outreach/tasks/")[1].split("/")[0]
    assert (await client.post(f"/desk/outreach/tasks/{task}/done")).status_code == 303
    assert "Nothing to settle" in (await client.get("/desk/outreach/tasks")).text


async def test_a_patient_nobody_saw_is_asked_about_at_the_end_of_the_day(
    house: House, elena: Actor, clock: FixedClock, client: httpx.AsyncClient, sign_in: Callable[..., Awaitable[Actor]]
) -> None:
    from sportello.outreach import tasks

    one = await booked(house, elena, await slot_at(house, "2026-11-23 10:30"))
    await tasks.begin(house)
    await house.jobs.run_due()
    await sign_in(client, "agent", "davide", language="en")
    assert "Nothing to settle" in (await client.get("/desk/outreach/tasks")).text
    clock.advance(timedelta(hours=11))  # 20:00 in Rome
    await house.jobs.run_due()
    await sign_in(client, "agent", "davide", language="en")
    assert "Did the patient come?" in (await client.get("/desk/outreach/tasks")).text
    said = await client.post(f"/desk/scheduling/calendar/visit/{one.id}/status", data={"status": "noshow"})
    assert said.status_code in (200, 303)
    assert "Nothing to settle" in (await client.get("/desk/outreach/tasks")).text
