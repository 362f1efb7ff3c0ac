"""Every screen in both languages: axe finds nothing, nothing is too wide, nothing is left in English.

Italian is looked at in light and wide, then dark and narrow; English the other way round; so each language, colour and
width is seen with each other one. SPORTELLO_PICTURES names a folder for a picture of each."""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Locator, Page, expect

from .conftest import Visitor
from .test_story import chat_of, say

WIDE, NARROW, SMALLEST = (1366, 768), (390, 800), (320, 640)
LOOKS = {"it": (("light", WIDE), ("dark", NARROW)), "en": (("dark", WIDE), ("light", NARROW))}
PEOPLE = {"it": ("elena", "giulia.ferri", "Giulia Ferri"), "en": ("davide", "emily.carter", "Emily Carter")}
# Alike in both languages on purpose: names of people, places and things, a password, a language by its own name.
SAME = re.compile(
    r"Ospedale|Sportello|San Luca|Borgo Ariano|Pieve Fiorita|Le Robinie|Bassi|Ferri|Carter"
    r"|Conti|Greco|Ricci|Villa|Serra|Fontana|^Dr\.|^(Via|Viale|Piazza) |^\d{5} |@|https?://"
)
_SETTLED = """() => !document.querySelector(".htmx-request, [aria-busy=true], p.busy")"""
_AXE = """async () => {
  const found = await axe.run(document, {resultTypes: ["violations"]});
  const why = (node) => node.any.map((told) => told.message).join("; ").slice(0, 200);
  const where = (node) => `${node.target} ${node.html.slice(0, 160)} ${why(node)}`;
  return found.violations.map((one) => `${one.id}: ${one.nodes.map(where).join(" | ")}`);
}"""
# Words of a language that the layout cuts in two; an address or a code may be.
_CUT = """() => {
  const cut = [];
  const nodes = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  while (nodes.nextNode()) {
    const { currentNode: node } = nodes, { parentElement: around } = node;
    if (!node.data.trim() || !around.checkVisibility() || around.closest("pre, .mono, .detail")) continue;
    // What only a screen reader hears stands in a box of one pixel.
    if (around.closest(".visually-hidden") || around.offsetWidth < 4) continue;
    for (const found of node.data.matchAll(/(?<![\\w@./-])\\p{L}{3,22}(?![\\w@./-])/gu)) {
      range.setStart(node, found.index);
      range.setEnd(node, found.index + found[0].length);
      if (new Set([...range.getClientRects()].map((box) => Math.round(box.top))).size > 1) cut.push(found[0]);
    }
  }
  return cut;
}"""
# What the house says on a page, without what people wrote and what stands in another language on purpose.
_WORDS = """() => {
  const said = new Set();
  const keep = (text) => { const plain = (text ?? "").replace(/\\s+/g, " ").trim(); if (plain) said.add(plain); };
  const language = document.documentElement.lang;
  const read = (node) => {
    if (node.nodeType === Node.TEXT_NODE) return keep(node.data);
    if (node.nodeType !== Node.ELEMENT_NODE || !node.checkVisibility()) return;
    if (node.matches("[dir=auto], bdi, pre, .message, .bubble, .mail, .detail, script, style, template")) return;
    if (node.lang && node.lang !== language) return;
    for (const name of ["aria-label", "title", "placeholder", "alt"]) keep(node.getAttribute(name));
    for (const child of node.shadowRoot?.childNodes ?? []) read(child);
    for (const child of node.childNodes) read(child);
  };
  keep(document.title);
  read(document.body);
  return [...said];
}"""


class Walk:
    """One person's way through the screens of a language, and everything wrong that was met on it."""

    def __init__(self, person: Visitor, language: str) -> None:
        self.person, self.language, self.page = person, language, person.page
        self.wrong: list[str] = []
        self.words: dict[str, set[str]] = {}

    def enter(self, login: str, kind: str = "staff") -> None:
        """Signs in by the demo's door; the language of an account is set as somebody would."""
        self.person.context.request.post(f"{self.person.url}/demo/{kind}/{login}")
        if kind == "staff":
            self.page.goto(self.person.url + "/desk")
            if self.page.locator("html").get_attribute("lang") != self.language:
                with self.page.expect_navigation():
                    self.page.locator(f"#user-menu [value={self.language}]").evaluate("one => one.click()")

    def open(self, name: str, path: str, **more: Any) -> None:
        self.page.goto(self.person.url + path)
        self.look(name, **more)

    def look(self, name: str, page: Page | None = None, *, public: bool = False, turn: Locator | None = None) -> None:
        """Judges what is shown; `turn` is pressed on a narrow screen, where parts take turns."""
        page = page or self.page
        # Before anything is measured the page has to have all its parts.
        page.wait_for_function(_SETTLED)
        if not page.evaluate("() => 'axe' in window"):
            page.evaluate(AXE_SCRIPT)
        if (told := page.locator("html").get_attribute("lang")) != self.language:
            self.wrong.append(f"{name}: the page says it is in {told}")
        for scheme, (width, height) in LOOKS[self.language]:
            page.emulate_media(color_scheme=scheme)
            page.set_viewport_size({"width": width, "height": height})
            if width == WIDE[0]:
                self.words[name] = set(page.evaluate(_WORDS))
            elif turn and turn.is_visible():
                turn.click()
            self._measure(page, name, width)
            self.wrong += [f"{name} ({scheme}, {width}): {one}" for one in page.evaluate(_AXE)]
            if folder := os.environ.get("SPORTELLO_PICTURES"):
                path = Path(folder) / f"{name}-{self.language}-{scheme}-{width}.png"
                page.screenshot(path=path, full_page=True, animations="disabled")
        if public:
            page.set_viewport_size({"width": SMALLEST[0], "height": SMALLEST[1]})
            self._measure(page, name, SMALLEST[0])
        page.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})

    def _measure(self, page: Page, name: str, width: int) -> None:
        over = page.evaluate("() => document.documentElement.scrollWidth - innerWidth")
        if over > 0:
            self.wrong.append(f"{name}: {over} px too wide at {width}")
        self.wrong += [f"{name}: “{word}” is cut in two at {width}" for word in page.evaluate(_CUT)]


def both(visitor: Callable[..., Visitor], walk: Callable[[Walk], None]) -> None:
    """Walks in both languages; sentences alike in both were forgotten by the translator."""
    walks = []
    for language in LOOKS:
        one = Walk(visitor(language, reduced_motion="reduce"), language)
        walk(one)
        walks.append(one)
    italian, english = walks
    assert italian.words.keys() == english.words.keys()
    wrong = italian.wrong + english.wrong
    for name, words in italian.words.items():
        alike = {text for text in words & english.words[name] if len(text.split()) > 1 and re.search(r"[a-z]{3}", text)}
        wrong += [f"{name}: not translated: {text}" for text in sorted(alike) if not SAME.search(text)]
    assert not wrong, "\n".join(wrong)


def test_what_anybody_sees(visitor: Callable[..., Visitor]) -> None:
    both(visitor, _public)


def _public(walk: Walk) -> None:
    for name, path in {
        "start": "/", "mailbox": "/demo/mailbox", "portal": "/portal", "articles": "/articles",
        "article": "/articles/opening-hours", "no-article": "/articles/none", "no-visit": "/visit/none",
        "missing": "/none",
    }.items():  # fmt: skip
        walk.open(name, path, public=True)
    walk.open("portal-sign-in", "/portal/sign-in", public=True)
    refuse(walk, "portal-sign-in-refused", login="nobody", code="000000")
    walk.open("sign-in", "/sign-in", public=True)
    refuse(walk, "sign-in-refused", login="elena", password="wrong")
    refuse(walk, "sign-in-empty", login="", password="")
    walk.page.goto(walk.person.url + "/portal")
    chat_of(walk.page)
    walk.look("widget-new", public=True)


def refuse(walk: Walk, name: str, /, **values: str) -> None:
    """Sends the page's form as it must not be, past the browser's own check."""
    for field, value in values.items():
        walk.page.locator(f"main [name={field}]").fill(value)
    with walk.page.expect_navigation():
        walk.page.locator(f"main form:has([name={next(iter(values))}])").evaluate("form => form.submit()")
    walk.look(name, public=True)


def test_what_a_patient_sees(visitor: Callable[..., Visitor]) -> None:
    both(visitor, _patient)


def _patient(walk: Walk) -> None:
    walk.enter(PEOPLE[walk.language][1], "patient")
    walk.open("portal-signed-in", "/portal", public=True)
    chat = chat_of(walk.page)
    say(chat, {"it": "A che ora aprite?", "en": "What are your opening hours?"}[walk.language])
    expect(chat.locator("a[href*=opening-hours]")).to_be_visible()
    walk.look("widget-talk", public=True)
    chat.locator(".foot button").click()
    expect(chat.locator(".ended")).to_be_visible()
    walk.look("widget-ended", public=True)


def test_what_an_agent_sees(visitor: Callable[..., Visitor]) -> None:
    both(visitor, _agent)


def _agent(walk: Walk) -> None:
    login, patient, name = PEOPLE[walk.language]
    walk.enter(login)
    page = walk.page
    walk.look("desk-home")
    walk.open("forbidden", "/desk/staff")
    page.goto(walk.person.url + "/desk")
    page.locator("#presence-button").click()
    walk.look("presence-menu")
    page.locator("#presence-menu [value=available]").click()

    walk.enter(patient, "patient")
    phone = walk.person.open("/portal")
    chat = chat_of(phone)
    say(chat, {"it": "Vorrei parlare con una persona", "en": "I would like to talk to a person"}[walk.language])
    expect(page.locator("[data-offer]")).to_contain_text(name)
    page.bring_to_front()
    walk.look("offer")
    page.keyboard.press("Alt+a")
    expect(page.locator("message-composer textarea")).to_be_focused()
    _session(walk)
    _wizard(walk)
    expect(phone.locator("html")).to_have_attribute("lang", walk.language)
    _over(walk)


def _session(walk: Walk) -> None:
    page = walk.page
    panel, shown = page.locator(".session:not([hidden])"), page.locator("[role=tabpanel]:visible")
    apps = panel.locator("[data-pane-choice=apps]")
    expect(shown.locator(".record")).to_be_visible()
    walk.look("session-talk")
    walk.look("patient-timeline", turn=apps)
    for part in ("plan", "team"):
        shown.locator(f".tabs a[href*='part={part}']").click()
        expect(shown.locator(f".tabs a[href*='part={part}'][aria-current]")).to_be_visible()
        walk.look(f"patient-{part}", turn=apps)
    panel.locator("[role=tab][data-url$='/script']").click()
    expect(shown.locator(".script")).to_be_visible()
    walk.look("script", turn=apps)
    for kind, found in {
        "appointments": ".scheduling",
        "patients": "form[role=search]",
        "knowledge": ".knowledge-search",
        "work": ".work",
    }.items():
        open_tab(page, kind)
        expect(shown.locator(found)).to_be_visible()
        walk.look(f"tab-{kind}", turn=apps)
    page.locator(".session:not([hidden]) [role=tab][data-url*='/desk/knowledge']").click()
    shown.locator(".knowledge-rows a").first.click()
    expect(shown.locator(".knowledge-article")).to_be_visible()
    walk.look("tab-article", turn=apps)
    page.keyboard.press("Control+k")
    expect(page.locator("#palette [role=option]").first).to_be_visible()
    walk.look("palette")
    page.keyboard.press("Escape")
    page.locator("#user-button").click()
    walk.look("user-menu")
    page.locator("[data-opens=keyboard-help]").click()
    walk.look("keyboard-help")
    page.keyboard.press("Escape")


def open_tab(page: Page, kind: str) -> None:
    session = page.locator(".session:not([hidden])")
    if (choice := session.locator("[data-pane-choice=apps]")).is_visible():
        choice.click()
    session.locator(".open-button").click()
    session.locator(f"[data-tab-kind={kind}]").click()


def _wizard(walk: Walk) -> None:
    page = walk.page
    shown = page.locator("[data-wizard]")
    apps = page.locator(".session:not([hidden]) [data-pane-choice=apps]")
    open_tab(page, "wizard")

    def at(step: str, sign: str) -> None:
        expect(shown.locator(sign).first).to_be_visible()
        walk.look(f"wizard-{step}", turn=apps)

    def go(action: str = "next") -> None:
        shown.locator(f"button[name=action][value={action}]").first.click()

    at("who", "input[name=who]")
    go()
    at("who-refused", ".error-summary")
    shown.locator("input[name=who][value^=specialty]").first.check()
    go()
    at("type", "input[name=type]")
    shown.locator("input[name=type][value$='|virtual']").first.check()
    go()
    at("place", "input[name=place]")
    shown.locator("input[name=place]").first.check()
    go()
    at("time", "button[name=slot]")
    shown.locator("button[name=slot]").first.click()
    at("time-held", "slot-hold")
    go()
    at("reason", "input[name=reason]")
    shown.locator("input[name=reason]").fill("…")
    go()
    at("review", ".scheduling-review")
    go("schedule")
    expect(shown.locator(".scheduling-status .badge.ok")).to_be_visible(timeout=20_000)
    at("confirm", "input[name=mail]")
    go("done")
    at("done", ".scheduling-card")
    link = str(shown.locator(".scheduling-status a").get_attribute("href"))
    shown.locator(".actions a").click()
    expect(page.locator("[role=tabpanel]:visible .scheduling-card").first).to_be_visible()
    walk.look("appointments", turn=apps)
    page.locator("[role=tabpanel]:visible .scheduling-card a.button").first.click()
    expect(page.locator("input[name=why]:visible").first).to_be_visible()
    walk.look("cancellation", turn=apps)

    visit = walk.person.open()
    visit.goto(walk.person.url + "/visit/" + link.rpartition("/")[2])
    walk.look("visit", visit, public=True)
    visit.goto(walk.person.url + "/portal")
    walk.look("portal-with-visit", visit, public=True)
    visit.goto(walk.person.url + "/demo/mailbox")
    walk.look("mailbox-with-mail", visit, public=True)
    visit.close()


def _over(walk: Walk) -> None:
    page = walk.page
    page.bring_to_front()
    page.reload()
    page.locator("form[hx-post$='/ending'] button").click()
    note = page.locator("[name=note]")
    expect(note).to_be_visible()
    walk.look("wrap-up")
    page.locator("form[hx-post$='/closing'] button").click()
    expect(page.locator(".field.wrong")).to_be_visible()
    walk.look("wrap-up-refused")
    note.fill("…")
    page.locator("form[hx-post$='/closing'] button").click()
    expect(page.locator("#session-home")).to_be_visible()
    page.locator("#presence-button").click()
    page.locator("#presence-menu [value=offline]").click()
    expect(page.locator("#presence-menu [value=offline][aria-current]")).to_be_attached()


def test_what_a_supervisor_sees(visitor: Callable[..., Visitor]) -> None:
    both(visitor, _supervisor)


def _supervisor(walk: Walk) -> None:
    walk.enter(PEOPLE[walk.language][1], "patient")
    phone = walk.person.open("/portal")
    say(chat_of(phone), {"it": "A che ora aprite?", "en": "What are your opening hours?"}[walk.language])
    walk.enter("marta")
    walk.page.bring_to_front()
    walk.page.goto(walk.person.url + "/desk/board")
    name = PEOPLE[walk.language][2]
    expect(walk.page.get_by_role("button", name=name).first).to_be_visible()
    walk.look("board")
    walk.page.get_by_role("button", name=name).first.click()
    expect(walk.page.get_by_role("log")).to_be_visible()
    walk.look("read-along")
    walk.open("knowledge", "/desk/knowledge")
    walk.open("alone", "/desk/view?url=/desk/patients")


def test_what_an_administrator_sees(visitor: Callable[..., Visitor]) -> None:
    both(visitor, _administrator)


def _administrator(walk: Walk) -> None:
    walk.enter("sara")
    for name in ("staff", "roles", "audit", "jobs"):
        walk.open(name, f"/desk/{name}")
    walk.open("password", "/desk/password")
    refuse(walk, "password-refused", old_password="wrong", new_password="short")
    walk.page.goto(walk.person.url + "/desk/staff")
    refuse(walk, "staff-refused", name="", login="elena", password="x")
    walk.page.goto(walk.person.url + "/desk/staff")
    walk.page.locator("main table a").first.click()
    walk.look("account")
