"""One patient served from the first word to the confirmed visit, in real browsers against the real server."""

import re
from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from .conftest import Visitor

GREETING = "assistente automatico"


def enter(person: Visitor, name: str) -> Page:
    """Signs in by the start page's button."""
    person.page.goto(person.url)
    person.page.get_by_role("button", name=re.compile(name)).click()
    person.page.wait_for_load_state()
    return person.page


def chat_of(page: Page) -> Locator:
    """The open chat of a patient's page."""
    chat = page.locator("sportello-chat")
    box = chat.get_by_role("textbox")
    if not box.is_visible():
        chat.get_by_role("button").first.click()
    expect(box).to_be_visible()
    return chat


def say(chat: Locator, text: str) -> None:
    chat.get_by_role("textbox").fill(text)
    chat.get_by_role("textbox").press("Enter")
    expect(chat.get_by_text(text, exact=True)).to_have_count(1)


def choose(page: Page, group: str, number: int = 0) -> None:
    """Chooses in a step of the wizard and goes on."""
    page.locator(f"input[name={group}]").nth(number).check()
    page.get_by_role("button", name="Continua").click()


def test_a_patient_is_served_to_the_confirmed_visit(visitor: Callable[..., Visitor]) -> None:
    elena, giulia, marta = visitor(), visitor(width=390, height=800), visitor(width=1920, height=1080)

    desk = enter(elena, "Elena Conti")
    desk.locator("#presence-button").click()
    desk.locator("#presence-menu").get_by_role("button", name="Disponibile").click()
    expect(desk.locator("#presence-button")).to_contain_text("Disponibile")

    board = enter(marta, "Marta Ricci")
    board.goto(f"{marta.url}/desk/board")

    phone = enter(giulia, "Giulia Ferri")
    chat = chat_of(phone)
    say(chat, "Vorrei spostare la mia visita")
    expect(chat.get_by_text(GREETING).first).to_be_visible()
    expect(board.get_by_role("button", name="Giulia Ferri", exact=True)).to_be_visible()
    say(chat, "A che ora aprite?")
    expect(chat.get_by_text("7:30")).to_be_visible()
    expect(chat.get_by_role("link", name="Orari di apertura")).to_be_visible()
    say(chat, "Vorrei parlare con una persona")

    offer = desk.locator(".offer")
    expect(offer).to_contain_text("Giulia Ferri")
    expect(offer.locator("time[data-until]")).to_be_visible()
    desk.keyboard.press("Alt+a")
    head = desk.get_by_role("heading", level=1, name="Giulia Ferri")
    expect(head).to_be_visible()
    expect(offer).to_have_count(0)
    log = desk.get_by_role("log")
    expect(log.get_by_text("Vorrei spostare la mia visita", exact=True)).to_have_count(1)
    expect(desk.get_by_text("Penicillina")).to_be_visible()

    answer = desk.get_by_role("textbox", name=re.compile("Messaggio"))
    answer.fill("Buongiorno, sono Elena. Quale visita?")
    answer.press("Enter")
    expect(chat.get_by_text("Buongiorno, sono Elena. Quale visita?", exact=True)).to_have_count(1)
    say(chat, "Quella dal cardiologo")
    expect(log.get_by_text("Quella dal cardiologo", exact=True)).to_have_count(1)

    # A reload on either side, and a while without network: nothing is lost, nothing comes twice.
    desk.reload()
    phone.reload()
    chat = chat_of(phone)
    giulia.context.set_offline(True)
    chat.get_by_role("textbox").fill("scritto senza rete")
    chat.get_by_role("textbox").press("Enter")
    answer.fill("scritto mentre lei era senza rete")
    answer.press("Enter")
    expect(log.get_by_text("scritto mentre lei era senza rete", exact=True)).to_have_count(1)
    phone.wait_for_timeout(3000)
    giulia.context.set_offline(False)
    for text in ("scritto senza rete", "scritto mentre lei era senza rete", "Quella dal cardiologo"):
        expect(chat.get_by_text(text, exact=True)).to_have_count(1)
        expect(log.get_by_text(text, exact=True)).to_have_count(1)

    schedule(desk)
    mailbox = letter(elena)
    expect(mailbox.get_by_text("giulia.ferri@").first).to_be_visible()
    expect(mailbox.get_by_role("region", name="File del calendario").first).to_be_visible()

    board.get_by_role("button", name="Giulia Ferri", exact=True).click()
    expect(board.get_by_role("log").get_by_text("Quella dal cardiologo", exact=True)).to_have_count(1)
    say(chat, "Grazie mille")
    expect(board.get_by_role("log").get_by_text("Grazie mille", exact=True)).to_have_count(1)

    desk.get_by_role("button", name="Termina la conversazione").click()
    note = desk.get_by_role("textbox", name="Nota di chiusura")
    note.fill("Voleva spostare la visita cardiologica; prenotata di nuovo e confermata.")
    desk.get_by_role("button", name="Salva la nota e chiudi").click()
    expect(desk.locator("session-list").get_by_text("Giulia Ferri")).to_have_count(0)
    expect(board.locator("tbody").get_by_text("Giulia Ferri")).to_have_count(0)


def letter(person: Visitor) -> Page:
    """The demo's mailbox, looked at until the mail is there: it is sent by a job."""
    mailbox = person.open("/demo/mailbox")
    for _ in range(40):
        if mailbox.get_by_role("article").count():
            break
        mailbox.wait_for_timeout(250)
        mailbox.reload()
    expect(mailbox.get_by_role("article")).to_have_count(1)
    return mailbox


def schedule(desk: Page) -> None:
    """From the script's macro through the wizard's eight steps."""
    desk.get_by_role("tab", name="Copione").click()
    expect(desk.locator(".script-step").first).to_be_visible()
    desk.locator(".script").get_by_role("combobox").select_option(label="Prenotare una visita")
    desk.locator(".script").get_by_role("button", name="Mostra").click()
    desk.get_by_role("button", name=re.compile("Esegui: .*(ianific|renot)")).first.click()
    choose(desk, "who")
    choose(desk, "type")
    choose(desk, "place")
    desk.locator("button[name=slot]").first.click()
    expect(desk.locator("slot-hold")).to_be_visible()
    desk.get_by_role("button", name="Continua").click()
    # A second press while the first is under way is not sent.
    expect(desk.locator("[data-wizard] input[name=reason]")).to_be_visible()
    desk.get_by_role("button", name="Continua").click()
    expect(desk.locator(".error-summary")).to_be_visible()
    desk.locator("[data-wizard] input[name=reason]").fill("Controllo cardiologico")
    brings = desk.locator("input[name=brings][type=checkbox]")
    if brings.count():  # a visit that rests on a referral
        brings.check()
    desk.get_by_role("button", name="Continua").click()
    desk.get_by_role("button", name="Pianifica appuntamento").dblclick()
    expect(desk.locator(".scheduling-status")).to_contain_text("Prenotato", timeout=15_000)
    desk.locator("input[name=mail]").first.check()
    desk.get_by_role("button", name="Fine").click()
    expect(desk.locator(".scheduling-card")).to_be_visible()
