"""The hospital's own words: what may stand in them, what counts for which visit, and that they count at once."""

from collections.abc import Awaitable, Callable

import httpx
import pytest

from sportello.administration.actor import Actor
from sportello.kit.house import House
from sportello.outreach import wording
from sportello.outreach.tests.conftest import MailServer
from sportello.outreach.tests.test_confirmations import confirm
from sportello.outreach.wording import KINDS, Text, clinical_words, default, faults, filled
from sportello.scheduling.tests.conftest import slot_at
from sportello.scheduling.tests.test_booking import booked

NAMES = ["Cardiologia", "Visita cardiologica", "Heart check-up", "Prima visita dermatologica"]
AT = "/desk/outreach/templates"
GOOD = {
    "subject_it": "Ci vediamo {day} – {clinic}",
    "body_it": "Gentile paziente,\n\nLa aspettiamo.\n\n{details}\n\n{phone}",
    "subject_en": "See you {day} – {clinic}", "body_en": "Dear patient,\n\nwe expect you.\n\n{details}",
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", ["it", "en"])
def test_our_own_words_keep_our_own_rules(kind: str, language: str) -> None:
    assert faults(kind, default(kind, language), clinical_words(NAMES), language) == {}


@pytest.mark.parametrize(
    ("subject", "body", "field", "says"),
    [
        ("", "{details}", "subject", "Write a subject"),
        ("Hello", "", "body", "Write the text"),
        ("Hello {dya}", "{details}", "subject", "no placeholder {dya}"),
        ("Hello {day", "{details}", "subject", "brace stands alone"),
        ("Your heart appointment", "{details}", "subject", "“heart”"),
        ("La Sua visita Cardiologica", "{details}", "subject", "“cardiologica”"),
        ("Chemotherapy on {day}", "{details}", "subject", "“chemotherapy”"),
        ("Your {type}", "{details}", "subject", "locked screen"),
        ("Hello", "Dear {name},\n\n{details}", "body", "locked screen"),
        ("Hello", "Dear patient,\nyour heart check\n\n{details}", "body", "“heart”"),
        ("Hello", "Dear patient, come on {day}.", "body", "must say when"),
        ("x" * 121, "{details}", "subject", "too long"),
        ("a\nb", "{details}", "subject", "one line"),
    ],
)
def test_what_may_not_stand_there(subject: str, body: str, field: str, says: str) -> None:
    found = faults("booked", Text(subject, body), clinical_words(NAMES), "en")
    assert says in found[field]


def test_what_is_clinical_may_stand_below_the_fold() -> None:
    text = Text("Hello", "Dear patient,\n\nwe expect you.\n\n{details}\n\nBring your heart diary, {name}: {type}")
    assert faults("booked", text, clinical_words(NAMES), "en") == {}
    assert "link" in faults("offer", text, clinical_words(NAMES), "en")["body"]


def test_lines_without_content_are_left_out() -> None:
    assert filled("A\nTel. {phone}\n{day} {phone}\n{details}", {"day": "today", "phone": ""}) == "A\ntoday \n{details}"
    assert wording.filled("{place}", {"place": "{day}"}) == "{day}"


async def test_they_count_at_once_and_for_their_scope(
    house: House, elena: Actor, mailbox: MailServer, client: httpx.AsyncClient,
    sign_in: Callable[..., Awaitable[Actor]],
) -> None:  # fmt: skip
    await sign_in(client, "administrator", language="en")
    scope = {"service": "heart-check", "channel": "in_person"}
    refused = await client.post(f"{AT}/booked", data=GOOD | scope | {"subject_en": "Your heart", "body_it": "Ciao {x}"})
    assert refused.status_code == 422
    assert "“heart” is a clinical word" in refused.text
    assert "There is no placeholder {x}" in refused.text
    assert "Ciao {x}" in refused.text
    shown = await client.post(f"{AT}/booked", data=GOOD | scope | {"action": "preview"})
    assert "See you" in shown.text
    assert "Heart check-up" in shown.text
    missing = await client.post(f"{AT}/booked", data={k: v for k, v in GOOD.items() if k != "body_it"})
    assert missing.status_code == 422
    assert (await client.post(f"{AT}/booked", data=GOOD | scope)).status_code == 303
    one = await booked(house, elena, await slot_at(house, "2026-11-24 09:30"))
    await confirm(house, elena, one)
    await house.jobs.run_due()
    assert mailbox.mails[-1]["Subject"] == "Ci vediamo martedì 24 novembre 2026 – Ospedale San Luca"
    page = (await client.get(f"{AT}/booked?service=heart-check&channel=in_person")).text
    assert "La aspettiamo" in page
    assert "La aspettiamo" not in (await client.get(f"{AT}/booked")).text
    assert (await client.post(f"{AT}/booked/withdrawal", data=scope)).status_code == 303
    other = await booked(house, elena, await slot_at(house, "2026-11-25 09:30"))
    await confirm(house, elena, other)
    await house.jobs.run_due()
    assert "confermato" in mailbox.mails[-1]["Subject"]
    old = page.split("version=")[1].split('"')[0] if "version=" in page else "1"
    kept = await client.get(f"{AT}/booked?service=heart-check&channel=in_person&version={old}")
    assert "La aspettiamo" in kept.text
    assert (await client.get(f"{AT}/none")).status_code == 404
    await sign_in(client, "agent", "davide")
    assert (await client.get(AT)).status_code == 403


async def test_markup_in_words_is_text(
    house: House, elena: Actor, mailbox: MailServer, client: httpx.AsyncClient,
    sign_in: Callable[..., Awaitable[Actor]],
) -> None:  # fmt: skip
    await sign_in(client, "administrator")
    words = GOOD | {"body_it": "Ciao\n\n{details}\n\n<img src=x onerror=alert(1)>"}
    assert (await client.post(f"{AT}/booked", data=words)).status_code == 303
    one = await booked(house, elena, await slot_at(house, "2026-11-24 09:30"))
    await confirm(house, elena, one)
    await house.jobs.run_due()
    html = mailbox.mails[-1].get_body(("html",))
    assert html
    assert "<img" not in html.get_content()
    assert "&lt;img" in html.get_content()
