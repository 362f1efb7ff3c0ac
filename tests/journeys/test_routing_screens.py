"""An administrator changes how work is handed out: a draft, its faults, a trial on a day, in force, and undone."""

import re
from collections.abc import Callable

from playwright.sync_api import expect

from tests.launching.running import Running

from .conftest import Visitor
from .looking import Walk, both


def test_a_plan_is_changed_tried_published_and_undone(visitor: Callable[..., Visitor], demo: Running) -> None:
    both(visitor, _change)


def _change(walk: Walk) -> None:
    walk.enter("sara")
    page, home = walk.page, f"{walk.person.url}/desk/routing"
    page.goto(home)
    page.locator("a[href='/desk/routing/part/queues/0']").click()
    name = page.locator("#f-name-it")
    before = name.input_value()
    name.fill("Informazioni e accoglienza")
    page.locator("#f-offer_seconds").fill("presto")
    name.press("Enter")

    # What cannot be read is explained where it stands; nothing typed is lost.
    expect(page.locator(".error-summary")).to_be_focused()
    expect(page.locator("#f-offer_seconds")).to_have_value("presto")
    expect(name).to_have_value("Informazioni e accoglienza")
    walk.look("refused")
    page.locator(".error-summary a").first.click()
    expect(page.locator("#f-offer_seconds")).to_be_focused()
    page.keyboard.press("Control+a")
    page.keyboard.type("45")
    page.keyboard.press("Enter")

    expect(page).to_have_url(re.compile(r"/desk/routing(#.*|\?.*)?$"))
    draft = page.locator(".routing-draft")
    expect(draft.locator(".routing-changes li")).to_have_count(2)
    walk.look("draft")
    draft.locator("a[href='/desk/routing/simulation']").click()
    expect(page.locator("h1")).to_be_visible()
    walk.look("simulation")
    page.go_back()

    # Without a word on why it is not put in force.
    draft.locator("form[action='/desk/routing/publish'] button").click()
    expect(page.locator("[name=note]")).to_have_attribute("aria-invalid", "true")
    page.locator("[name=note]").fill("Nome più chiaro, più tempo per rispondere.")
    draft.locator("form[action='/desk/routing/publish'] button").click()
    expect(draft).to_have_count(0)
    expect(
        page.get_by_text("Informazioni e accoglienza").first if walk.language == "it" else page.locator("h1")
    ).to_be_visible()

    page.goto(f"{home}/versions")
    walk.look("versions")
    page.locator("form[action$='/again'] button").first.click()
    page.goto(f"{home}/part/queues/0")
    expect(page.locator("#f-name-it")).to_have_value(before)
