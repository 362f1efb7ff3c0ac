"""A patient who signed in books and cancels in the chat on a phone, with nobody of the staff; the mail says so."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from .conftest import Visitor
from .test_story import chat_of, enter, say

WORDS = {
    "it": ("Vorrei prenotare una visita dal dermatologo", "Un neo da controllare", "Sì, prenotare", "Prenotato:",
           "Devo disdire la visita", "Sì, disdire", "La visita è disdetta"),
    "en": ("I need an appointment with the dermatologist", "A mole to look at", "Yes, book it", "Booked:",
           "I need to cancel my appointment", "Yes, cancel it", "The visit is cancelled"),
}  # fmt: skip


@pytest.mark.parametrize(("language", "name"), [("it", "Giulia Ferri"), ("en", "Emily Carter")])
def test_a_visit_is_booked_and_cancelled_in_the_chat(visitor: Callable[..., Visitor], language: str, name: str) -> None:
    book, reason, yes, booked, cancel, cancelled, gone = WORDS[language]
    another, wait = {
        "it": ("Da un altro giorno", "Nessuno va bene: lista d'attesa"),
        "en": ("From another day", "None suits me: waiting list"),
    }[language]
    phone = visitor(language, width=390, height=800)
    page = enter(phone, name)
    chat = chat_of(page)
    say(chat, book)
    choices = chat.locator(".choice")
    expect(choices.last).to_have_text({"it": "Un'altra visita", "en": "Another visit"}[language])
    choices.first.click()
    expect(choices.last).to_have_text(wait)
    chat.get_by_role(
        "button", name=another
    ).last.click()  # the first times are so near that they could not be cancelled
    say(chat, (datetime.now(UTC).date() + timedelta(days=10)).strftime("%d/%m/%Y"))
    expect(choices.last).to_have_text(wait)
    time = choices.nth(1).inner_text()
    choices.nth(1).click()
    say(chat, reason)
    chat.get_by_role("button", name=yes).click()
    expect(chat.get_by_text(booked).last).to_contain_text(time.split(" · ")[1])
    say(chat, cancel)
    chat.get_by_role("button", name=time.split(" · ")[0]).click()
    chat.get_by_role("button", name=cancelled).click()
    expect(chat.get_by_text(gone).last).to_be_visible()
    page.goto(phone.url + "/demo/mailbox")
    expect(page.get_by_text(time.split(" · ")[1]).first).to_be_visible()
