"""Advice that the patient does not see, then a transfer that is accepted: by keyboard, in both languages, each screen
looked at; a supervisor reads along."""

from collections.abc import Callable
from urllib.parse import unquote_plus

from playwright.sync_api import Page, Response, expect

from .conftest import Visitor
from .looking import Walk, both
from .test_story import chat_of, say

PEOPLE = {
    "it": ("elena", "davide", "Davide Greco", "giulia.ferri", "Giulia Ferri"),
    "en": ("davide", "elena", "Elena Conti", "emily.carter", "Emily Carter"),
}
PERSON = {"it": "Vorrei parlare con una persona", "en": "I would like to talk to a person"}
WHISPER = "Serve quella rossa, xyz."


def test_colleagues_share_a_conversation(visitor: Callable[..., Visitor]) -> None:
    both(visitor, lambda walk: _share(walk, visitor))


def _share(walk: Walk, visitor: Callable[..., Visitor]) -> None:
    login, other, name, patient, patient_name = PEOPLE[walk.language]
    colleague = Walk(visitor(walk.language, reduced_motion="reduce"), walk.language)
    for one, who, presence in ((walk, login, "available"), (colleague, other, "busy")):
        one.enter(who)
        one.page.locator("#presence-button").click()
        one.page.locator(f"#presence-menu [value={presence}]").click()
    page, desk = walk.page, colleague.page
    page.locator("[data-notices]").click()
    expect(page.locator("#notices form")).to_be_visible()
    walk.look("notices")
    page.keyboard.press("Escape")

    walk.enter(patient, "patient")
    phone = walk.person.open("/portal")
    chat = chat_of(phone)
    say(chat, PERSON[walk.language])
    page.bring_to_front()
    expect(page.locator("[data-offer]")).to_contain_text(patient_name)
    page.keyboard.press("Alt+a")
    expect(page.locator("message-composer textarea")).to_be_focused()

    _ask(page, "/consult", name, walk, "colleagues")
    expect(page.locator(".parties")).to_contain_text(name)
    walk.look("asked")
    expect(desk.locator(".invitation")).to_contain_text("Serve?")
    colleague.look("invited")
    desk.keyboard.press("Alt+a")
    expect(desk.locator("message-composer textarea")).to_be_focused()
    desk.keyboard.type(WHISPER)
    desk.keyboard.press("Enter")
    expect(desk.locator("message-composer textarea")).to_have_value("")
    expect(page.get_by_role("log").get_by_text(WHISPER)).to_be_visible()
    colleague.look("advising")
    walk.look("advised")
    _read_along(walk, visitor, patient_name)

    _ask(page, "/transfer", name)
    expect(desk.locator(".invitation")).to_be_visible()
    desk.keyboard.press("Alt+a")
    expect(desk.locator("[data-colleagues]")).to_be_visible()
    expect(page.locator(".session:not([hidden])")).to_have_id("session-home")
    field = desk.locator("message-composer:not([data-yields]) textarea")
    field.fill("Buongiorno, continuo io.")
    field.focus()
    desk.keyboard.press("Enter")
    expect(chat.get_by_text("Buongiorno, continuo io.")).to_be_visible()
    expect(chat.get_by_text(WHISPER)).to_have_count(0)

    _come_back(phone, desk, walk)
    walk.wrong += colleague.wrong
    walk.words |= {f"colleague-{screen}": words for screen, words in colleague.words.items()}


def _ask(page: Page, command: str, name: str, walk: Walk | None = None, screen: str = "") -> None:
    """The Colleagues dialog by keys alone."""
    page.keyboard.press("Control+k")
    with page.expect_response(lambda answer: answer.url.endswith("/desk/palette") and command in _asked(answer)):
        page.keyboard.type(command)
    expect(page.locator(f"#palette [data-run='desk:{command[1:]}'][aria-selected=true]")).to_be_visible()
    page.keyboard.press("Enter")
    dialog = page.locator("#colleagues")
    expect(dialog.locator("input:checked").first).to_be_focused()
    if walk:
        walk.look(screen)
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    for _ in range(8):
        if dialog.get_by_role("radio", name=name).is_checked():
            break
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.type("Serve?")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()


def _asked(answer: Response) -> str:
    return unquote_plus(answer.request.post_data or "")


def _read_along(walk: Walk, visitor: Callable[..., Visitor], patient_name: str) -> None:
    marta = Walk(visitor(walk.language, reduced_motion="reduce"), walk.language)
    marta.enter("marta")
    marta.page.goto(f"{marta.person.url}/desk/board")
    marta.page.locator("tr", has_text=patient_name).get_by_role("button").first.click()
    expect(marta.page.locator(".supervise")).to_be_visible()
    marta.page.locator(".supervise summary").last.click()
    marta.look("supervising")
    marta.page.goto(f"{marta.person.url}/desk/team")
    marta.page.get_by_role("row", name="Davide Greco").get_by_role("button").first.click()
    expect(marta.page.locator("#team-day li").first).to_be_visible()
    marta.look("team")
    walk.wrong += marta.wrong
    walk.words |= marta.words


def _come_back(phone: Page, desk: Page, walk: Walk) -> None:
    """The agent ends and closes; the patient writes again and is with the same agent."""
    desk.locator("form[hx-post$='/ending'] button").click()
    desk.locator(".ended textarea").fill("Fatto.")
    desk.locator(".ended button").click()
    expect(desk.locator(".session:not([hidden])")).to_have_id("session-home")
    chat = chat_of(phone)
    expect(chat.locator(".ended")).to_be_visible()
    walk.look("resting", phone, public=True)
    desk.locator("#presence-button").click()
    desk.locator("#presence-menu [value=available]").click()
    expect(desk.locator("#presence-button .dot.ok")).to_be_visible()
    say(chat, "Ancora una cosa, per favore")
    expect(chat.locator(".ended")).to_be_hidden()
    expect(desk.locator("session-list a[data-session]")).to_have_count(2)
    desk.keyboard.press("Alt+1")
    expect(desk.get_by_role("log").get_by_text("Ancora una cosa, per favore")).to_be_visible()
