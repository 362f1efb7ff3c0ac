"""Looking at a screen: axe, the page's width, words cut in two, its language, and what was left untranslated.

Italian is looked at in light and wide, then dark and narrow; English the other way round; so each language, colour and
width is seen with each other one. SPORTELLO_PICTURES names a folder for a picture of each."""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Locator, Page

from .conftest import Visitor
from .judging import Judge

WIDE, NARROW, SMALLEST = (1366, 768), (390, 800), (320, 640)
Look = tuple[Literal["light", "dark"], tuple[int, int]]
LOOKS: dict[str, tuple[Look, Look]] = {
    "it": (("light", WIDE), ("dark", NARROW)),
    "en": (("dark", WIDE), ("light", NARROW)),
}
# Alike in both languages on purpose: names of people, places and things, a password, a language by its own name.
SAME = re.compile(
    r"Ospedale|Sportello|Microsoft Teams|San Luca|Borgo Ariano|Pieve Fiorita|Le Robinie|Bassi|Ferri|Carter"
    r"|Conti|Greco|Ricci|Villa|Serra|Fontana|Pavan|^Dr\.|^(Via|Viale|Piazza) |^\d{5} |@|https?://|^system/"
)
_PANEL = ".session:not([hidden]) [role=tabpanel]:not([hidden])"
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
        self.judge = Judge()
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

    def look(self, name: str, page: Page | None = None, *, public: bool = False, turn: Locator | None = None,
             new: str = "") -> None:  # fmt: skip
        """Judges what is shown; `turn` is pressed on a narrow screen, where parts take turns.

        `new` is the part, as a selector, that was not there at an earlier look: its colours are judged. With `turn` it
        is the panel beside the talk.
        """
        page = page or self.page
        new = new or (_PANEL if turn else "body")
        # Before anything is measured the page has to have all its parts.
        self.judge.settle(page)
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
            # Contrast is the scheme's, whatever the width: both are seen wide. The structure is alike in both
            # languages: judged wide in one, and narrow, where parts take turns, in one.
            wide = width == WIDE[0]
            structure = public or wide == (self.language == "it")
            found = self.judge.wrong(page, scheme, structure=structure, colours=new if wide else "")
            self.wrong += [f"{name} ({scheme}, {width}): {one}" for one in found]
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
        if page.evaluate(
            "() => [...document.querySelectorAll('.places')].some((one) => one.scrollWidth > one.clientWidth)"
        ):
            self.wrong.append(f"{name}: the places of the bar go on unseen at {width}")
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


def refuse(walk: Walk, name: str, /, **values: str) -> None:
    """Sends the page's form as it must not be, past the browser's own check."""
    for field, value in values.items():
        walk.page.locator(f"main [name={field}]").fill(value)
    with walk.page.expect_navigation():
        walk.page.locator(f"main form:has([name={next(iter(values))}])").evaluate("form => form.submit()")
    walk.look(name, public=True)
