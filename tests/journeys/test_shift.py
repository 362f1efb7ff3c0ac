"""A shift at the desk: six patients by keyboard alone, the network lost within a word, the server restarted."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.launching.running import Running, copied, running

from .conftest import Visitor
from .cutting import Wire, wire
from .test_keyboard import Keyboard
from .test_story import chat_of, say

WISH = "Vorrei parlare con una persona"


@pytest.fixture(scope="module")
def line(demo: Running) -> Iterator[Wire]:
    """What the agent's browser goes through."""
    with wire(demo.url) as made:
        yield made


def agent(person: Visitor, url: str, login: str = "elena", presence: str = "Disponibile", language: str = "it") -> Page:
    """The desk of somebody who takes work, in their language; an empty presence leaves it as it is."""
    person.context.request.post(f"{url}/demo/staff/{login}")
    person.page.goto(f"{url}/desk")
    page = person.page
    if page.locator("html").get_attribute("lang") != language:
        with page.expect_navigation():
            page.locator(f"#user-menu [value={language}]").evaluate("one => one.click()")
    expect(page.locator("line-status[data-state=good]")).to_be_visible()
    if presence and presence not in page.locator("#presence-button").inner_text():
        page.locator("#presence-button").click()
        page.locator("#presence-menu [value=available]").click()
        expect(page.locator("#presence-button")).to_contain_text(presence)
    return page


def patient(visitor: Callable[..., Visitor], words: str = WISH) -> Locator:
    """Somebody unknown who asks for a person."""
    page = visitor(width=390, height=700).open("/portal")
    chat = chat_of(page)
    say(chat, words)
    return chat


def sessions(desk: Page) -> Locator:
    return desk.locator("session-list a[data-session]:not([data-session=home])")


def test_six_patients_by_keyboard_alone(visitor: Callable[..., Visitor], demo: Running) -> None:
    desk = agent(visitor(), demo.url)
    keys = Keyboard(desk)
    chats = []
    for number in range(1, 6):
        chats.append(patient(visitor))
        expect(desk.locator("[data-offer]")).to_be_visible()
        keys.press("Alt+a")
        expect(sessions(desk)).to_have_count(number)
        expect(desk.locator(".session:not([hidden]) message-composer textarea")).to_be_focused()
    # All places are taken: the sixth waits, and is taken by hand.
    chats.append(patient(visitor))
    keys.press("Alt+0")
    take = desk.locator(".work form[hx-post$='/take'] button")
    expect(take).to_have_count(1)
    keys.push(take)
    expect(sessions(desk)).to_have_count(6)

    for number in range(1, 7):
        keys.press(f"Alt+{number}")
        expect(sessions(desk).nth(number - 1)).to_have_attribute("aria-current", "page")
        expect(desk.locator(".session:not([hidden]) message-composer textarea")).to_be_focused()
        keys.type(f"Buongiorno, Lei è la persona {number}.")
        keys.press("Enter")
    for number, chat in enumerate(chats, 1):
        expect(chat.get_by_text(f"Buongiorno, Lei è la persona {number}.", exact=True)).to_have_count(1)
        expect(chat.get_by_text(re.compile("Lei è la persona"))).to_have_count(1)

    # Two write again: counted, timed, and Alt+N goes to whoever waits longest, wherever it stands in the list.
    desk.keyboard.press("Alt+0")
    say(chats[4], "Sono ancora qui")
    expect(sessions(desk).nth(4).locator(".count")).to_have_text("1")
    say(chats[1], "Anch'io")
    expect(sessions(desk).nth(1).locator(".count")).to_have_text("1")
    expect(sessions(desk).nth(1).locator("time.wait")).to_be_visible()
    order = sessions(desk).evaluate_all("links => links.map((one) => one.dataset.session)")
    keys.press("Alt+n")
    expect(sessions(desk).nth(4)).to_have_attribute("aria-current", "page")
    expect(sessions(desk).nth(4).locator(".count")).to_have_count(0)
    keys.type("Eccomi.")
    keys.press("Enter")
    expect(chats[4].get_by_text("Eccomi.", exact=True)).to_have_count(1)
    # Places on the keyboard have not moved.
    assert sessions(desk).evaluate_all("links => links.map((one) => one.dataset.session)") == order
    keys.press("Control+k")
    keys.type("termina la conv")
    keys.press("Enter")
    note = desk.get_by_role("textbox", name="Nota di chiusura")
    expect(note).to_be_focused()
    keys.type("Rassicurata.")
    keys.push(desk.get_by_role("button", name="Salva la nota e chiudi"))
    expect(sessions(desk)).to_have_count(5)
    keys.seen("closing a session")


def test_a_minute_without_network_in_the_middle_of_a_word(visitor: Callable[..., Visitor], line: Wire) -> None:
    person = visitor()
    person.context.clock.install()
    desk = agent(person, line.url, "davide")
    chat = patient(visitor)
    expect(desk.locator("[data-offer]")).to_be_visible(timeout=20_000)
    desk.keyboard.press("Alt+a")
    box = desk.locator(".session:not([hidden]) message-composer textarea")
    expect(box).to_be_focused()
    log = desk.locator(".session:not([hidden])").get_by_role("log")
    desk.keyboard.type("Un attimo, contr")
    line.cut()
    desk.keyboard.type("ollo subito")
    expect(desk.locator("line-status[data-state=lost]")).to_be_visible()
    desk.keyboard.press("Enter")
    desk.keyboard.type("e poi le dico se c'è po")
    say(chat, "Aspetto volentieri")
    person.context.clock.fast_forward("01:00")
    desk.keyboard.type("sto giovedì")
    expect(box).to_have_value("e poi le dico se c'è posto giovedì")
    line.mend()
    person.context.clock.fast_forward("00:20")
    expect(desk.locator("line-status[data-state=good]")).to_be_visible(timeout=20_000)
    for words in ("Un attimo, controllo subito", "Aspetto volentieri"):
        expect(log.get_by_text(words, exact=True)).to_have_count(1)
        expect(chat.get_by_text(words, exact=True)).to_have_count(1)
    expect(box).to_have_value("e poi le dico se c'è posto giovedì")
    expect(box).to_be_focused()
    desk.keyboard.press("Enter")
    expect(chat.get_by_text("e poi le dico se c'è posto giovedì", exact=True)).to_have_count(1)


def test_the_server_is_restarted_under_the_desk(
    visitor: Callable[..., Visitor], tmp_path_factory: pytest.TempPathFactory
) -> None:
    hospital = copied(tmp_path_factory)
    first = Running(hospital)
    with wire(first.url) as through:
        desk = agent(visitor(), through.url, "luca")
        home = desk.get_by_role("tab", name="Il mio lavoro")
        expect(home).to_be_visible()
        person = visitor(width=390, height=700)
        phone = person.context.new_page()
        phone.goto(through.url + "/portal")
        chat = chat_of(phone)
        say(chat, WISH)
        expect(desk.locator("[data-offer]")).to_be_visible(timeout=20_000)
        desk.keyboard.press("Alt+a")
        box = desk.locator(".session:not([hidden]) message-composer textarea")
        expect(box).to_be_focused()
        desk.keyboard.type("Resto in linea")
        first.kill()
        through.cut()
        expect(desk.locator("line-status[data-state=lost]")).to_be_visible()
        desk.keyboard.press("Enter")
        desk.keyboard.type("anche dopo il riavvio")
        with running(hospital) as second:
            through.mend(second.url)
            expect(desk.locator("line-status[data-state=good]")).to_be_visible(timeout=30_000)
            expect(chat.get_by_text("Resto in linea", exact=True)).to_have_count(1, timeout=30_000)
            expect(box).to_have_value("anche dopo il riavvio")
            desk.keyboard.press("Enter")
            expect(chat.get_by_text("anche dopo il riavvio", exact=True)).to_have_count(1)
            say(chat, "La sento")
            expect(desk.get_by_role("log").get_by_text("La sento", exact=True)).to_have_count(1)
            expect(sessions(desk)).to_have_count(1)
            # Whoever loads the page anew finds everything in its place.
            desk.reload()
            expect(desk.get_by_role("log").get_by_text("Resto in linea", exact=True)).to_have_count(1)
            expect(desk.locator(".session:not([hidden])").get_by_role("tab").first).to_be_visible()
