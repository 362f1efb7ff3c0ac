"""The agent's whole part of the story without a pointer: nothing is out of reach, and the focus is never lost."""

import re
from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from sportello.demo.cast import PASSWORD

from .conftest import Visitor
from .test_story import chat_of, enter, say

# What holds the focus, and why that is not good enough; nothing when somebody at a keyboard sees where they are.
_TROUBLE = """() => {
  const active = document.activeElement;
  if (!active || active === document.body || active === document.documentElement) return "the focus is lost";
  const told = active.outerHTML.slice(0, 160);
  const box = active.getBoundingClientRect();
  if (!box.width || !box.height) return `without a size: ${told}`;
  if (box.bottom < 0 || box.top > innerHeight || box.right < 0 || box.left > innerWidth) return `off screen: ${told}`;
  if (active.getAttribute("role") === "tabpanel" || active.id === "main") return "";
  const ringed = [active, active.closest(".choice"), active.nextElementSibling].some((one) => {
    const look = one && getComputedStyle(one);
    return look && look.outlineStyle !== "none" && parseFloat(look.outlineWidth) >= 1;
  });
  return ringed ? "" : `no ring: ${told}`;
}"""
_HAS_FOCUS = "one => one === document.activeElement"


class Keyboard:
    """One page worked by keys alone; every step ends with a focus that can be seen."""

    def __init__(self, page: Page) -> None:
        self._page = page

    def press(self, *keys: str) -> None:
        for key in keys:
            self._page.keyboard.press(key)

    def type(self, text: str) -> None:
        self._page.keyboard.type(text)

    def reach(self, target: Locator, key: str = "Tab", most: int = 60) -> None:
        """Presses the key until the target has the focus, as a person would."""
        expect(target).to_be_visible()
        for _ in range(most):
            if target.evaluate(_HAS_FOCUS):
                return self.seen(f"at {target}")
            self._page.keyboard.press(key)
        raise AssertionError(f"{key} pressed {most} times does not reach {target}")

    def push(self, target: Locator, key: str = "Tab") -> None:
        """Reaches a button and presses it."""
        self.reach(target, key)
        self._page.keyboard.press("Enter")

    def seen(self, after: str) -> None:
        """The focus may be on its way for a moment while a part is replaced; then it must be somewhere visible."""
        trouble = ""
        for _ in range(20):
            trouble = str(self._page.evaluate(_TROUBLE))
            if not trouble:
                return
            self._page.wait_for_timeout(100)
        raise AssertionError(f"after {after}: {trouble}")


def test_an_agent_serves_a_patient_without_a_pointer(visitor: Callable[..., Visitor]) -> None:
    elena, giulia = visitor("en"), visitor(width=390, height=800)
    desk = elena.page
    keys = Keyboard(desk)
    sign_in(desk, keys, elena.url)
    become_available(desk, keys)
    look_up(desk, keys)

    chat = chat_of(enter(giulia, "Giulia Ferri"))
    say(chat, "Vorrei spostare la mia visita")
    expect(chat.get_by_text("assistente automatico").first).to_be_visible()
    say(chat, "Vorrei parlare con una persona")
    expect(desk.locator("[data-offer]")).to_contain_text("Giulia Ferri")
    keys.press("Alt+a")
    answer(desk, keys, chat)
    walk(desk, keys)
    follow_the_script(desk, keys)
    schedule(desk, keys)
    finish(desk, keys)


def sign_in(desk: Page, keys: Keyboard, url: str) -> None:
    desk.goto(url + "/sign-in")
    keys.seen("opening the sign-in page")
    keys.type("elena")
    keys.press("Tab")
    keys.type(PASSWORD)
    keys.press("Enter")
    expect(desk.locator("desk-app")).to_be_visible()
    expect(desk.locator("line-status[data-state=good]")).to_be_visible()
    keys.press("Tab")
    expect(desk.locator(".skip")).to_be_focused()
    keys.seen("the first Tab")
    # The account is set to Italian; the person's menu changes that.
    keys.push(desk.locator("#user-button"))
    keys.reach(desk.locator("#user-menu").get_by_role("button", name="English"), "ArrowDown")
    keys.press("Enter")
    expect(desk.locator("html[lang=en] desk-app")).to_be_visible()
    expect(desk.locator("line-status[data-state=good]")).to_be_visible()


def become_available(desk: Page, keys: Keyboard) -> None:
    button = desk.locator("#presence-button")
    keys.push(button)
    keys.reach(desk.locator("#presence-menu").get_by_role("button", name="Available"), "ArrowDown")
    keys.press("Enter")
    expect(button).to_contain_text("Available")
    expect(button).to_be_focused()
    keys.seen("choosing a presence")


def look_up(desk: Page, keys: Keyboard) -> None:
    """Help by ?, a patient by Ctrl+K; both give the focus back."""
    keys.press("?")
    helped = desk.locator("#keyboard-help")
    expect(helped).to_be_visible()
    expect(helped.get_by_text("Accept the offer")).to_be_visible()
    keys.seen("?")
    keys.press("Escape")
    expect(helped).to_be_hidden()
    keys.seen("closing the help")

    keys.press("Control+k")
    field = desk.get_by_role("combobox", name="Search sessions, patients")
    expect(field).to_be_focused()
    keys.type("giulia fer")
    expect(desk.get_by_role("option").first).to_contain_text("Giulia Ferri")
    keys.press("Enter")
    tab = desk.get_by_role("tab", name="Giulia Ferri")
    expect(tab).to_be_focused()
    expect(desk.get_by_text("Penicillin").first).to_be_visible()
    keys.press("Alt+w")
    expect(tab).to_have_count(0)
    keys.seen("closing a tab")


def answer(desk: Page, keys: Keyboard, chat: Locator) -> None:
    box = desk.get_by_role("textbox", name="Message to Giulia Ferri")
    expect(box).to_be_focused()
    expect(desk.locator("[data-offer]")).to_have_count(0)
    keys.type("Buongiorno, sono Elena.")
    keys.press("Shift+Enter")
    keys.type("Di che cosa ha bisogno oggi?")
    keys.press("Enter")
    expect(chat.get_by_text("Di che cosa ha bisogno oggi?")).to_have_count(1)
    expect(box).to_be_focused()
    say(chat, "Quella dal cardiologo")
    expect(desk.get_by_role("log").get_by_text("Quella dal cardiologo", exact=True)).to_have_count(1)
    expect(box).to_be_focused()


def walk(desk: Page, keys: Keyboard) -> None:
    """F6 goes round the panes, forwards and back."""
    parts = "topbar|sessions|talk|apps"
    here = f"document.activeElement.closest('.topbar, .sessions, .talk, .apps').className.match(/{parts}/)[0]"
    found = []
    for _ in range(4):
        keys.press("F6")
        keys.seen("F6")
        found.append(desk.evaluate(here))
    assert found == ["apps", "topbar", "sessions", "talk"]
    keys.press("Shift+F6", "Shift+F6", "Shift+F6")
    assert desk.evaluate(here) == "apps"


def follow_the_script(desk: Page, keys: Keyboard) -> None:
    tabs = desk.locator(".session:not([hidden])").get_by_role("tab")
    keys.press("Home")
    expect(tabs.first).to_be_focused()
    keys.press("End")
    expect(tabs.last).to_be_focused()
    keys.reach(tabs.filter(has_text="Script"), "ArrowLeft")
    script = desk.locator(".script")
    expect(script.locator(".script-step").first).to_be_visible()
    expect(tabs.filter(has_text="Script")).to_be_focused()

    mark = script.get_by_role("button", name=re.compile("Mark as done")).first
    title = str(mark.get_attribute("aria-label")).partition(": ")[2]
    keys.push(mark)
    undo = script.get_by_role("button", name=f"Not done: {title}")
    expect(undo).to_be_focused()
    keys.seen("marking a step done")

    keys.reach(script.get_by_role("combobox"), "Shift+Tab")
    keys.type("Book a")
    keys.press("Tab", "Enter")
    expect(script.get_by_role("heading", name="Book a visit")).to_be_visible()
    keys.seen("choosing a script")
    keys.push(script.get_by_role("button", name="Run: Schedule appointment"))


def schedule(desk: Page, keys: Keyboard) -> None:
    """The wizard's eight steps."""
    wizard = desk.locator("[data-wizard]")

    def choose(group: str) -> None:
        keys.reach(wizard.locator(f"input[name={group}]").first)
        keys.press("Space", "Enter")

    expect(wizard).to_be_visible()
    keys.seen("running the macro")
    for group in ("who", "type", "place"):
        choose(group)
        expect(wizard.locator(f"input[name={group}]")).to_have_count(0)
        keys.seen(f"choosing {group}")
    first = wizard.locator("button[name=slot]").first
    keys.reach(first)
    keys.press("ArrowRight", "ArrowLeft", "Enter")
    expect(wizard.locator("slot-hold")).to_be_visible()
    keys.seen("keeping a time")
    keys.push(wizard.get_by_role("button", name="Continue"))
    reason = wizard.locator("input[name=reason]")
    expect(reason).to_be_visible()
    keys.push(wizard.get_by_role("button", name="Continue"))
    expect(wizard.locator(".error-summary")).to_be_focused()
    keys.seen("a refused step")
    keys.reach(reason)
    keys.type("Heart check-up")
    brings = wizard.locator("input[name=brings][type=checkbox]")
    if brings.count():  # a visit that rests on a referral
        keys.reach(brings)
        keys.press("Space")
    keys.push(wizard.get_by_role("button", name="Continue"))
    expect(wizard.locator(".scheduling-review")).to_contain_text("Heart check-up")
    keys.seen("coming to the review")
    keys.push(wizard.get_by_role("button", name="Schedule appointment"))
    expect(wizard.locator(".scheduling-status")).to_contain_text("Booked", timeout=20_000)
    keys.seen("scheduling")
    keys.reach(wizard.locator("input[name=mail]").first)
    keys.push(wizard.get_by_role("button", name="Done"))
    expect(wizard.get_by_role("heading", level=3, name="The appointment is scheduled")).to_be_focused()
    expect(wizard.locator(".scheduling-card")).to_be_visible()


def finish(desk: Page, keys: Keyboard) -> None:
    """The end, the note, and the session closes."""
    keys.push(desk.get_by_role("button", name="End the conversation"), "Shift+Tab")
    note = desk.get_by_role("textbox", name="Wrap-up note")
    expect(note).to_be_focused()
    keys.seen("ending the conversation")
    keys.push(desk.get_by_role("button", name="Save the note and close"))
    expect(desk.locator(".field.wrong")).to_be_visible()
    expect(note).to_be_focused()
    keys.type("Wanted to move the heart visit; booked again and confirmed.")
    keys.push(desk.get_by_role("button", name="Save the note and close"))
    expect(desk.get_by_role("heading", level=1, name="Home")).to_be_visible()
    expect(desk.locator("session-list").get_by_text("Giulia Ferri")).to_have_count(0)
    keys.seen("closing the session")
