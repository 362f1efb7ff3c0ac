"""A care plan from a template to its review, by keys alone: nothing is out of reach, and the focus is never lost."""

from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from .conftest import Visitor
from .test_keyboard import Keyboard


def test_a_care_plan_is_developed_without_a_pointer(visitor: Callable[..., Visitor]) -> None:
    paolo = visitor("en")
    page, keys = paolo.page, Keyboard(paolo.page)
    paolo.context.request.post(f"{paolo.url}/demo/staff/paolo")
    page.goto(f"{paolo.url}/desk/patients?q=Emily+Carter")
    page.goto(paolo.url + str(page.locator(".record-found a").first.get_attribute("href")) + "?part=plan")
    part = page.locator(".record-part")

    # What is there already becomes a template.
    change(keys, part)
    expect(part.locator(".record-form form")).to_be_visible()
    keys.seen("opening the form")
    title = write(page, keys, "#title", "Annual diabetes review")
    keys.push(part.locator("button[value=template]"), "Tab")
    expect(part.locator(".notice.ok")).to_be_visible()
    keys.seen("keeping the template")
    keys.push(part.locator(".record-form > p a").first, "Shift+Tab")
    expect(part.locator(".record-plans")).to_be_visible()
    keys.seen("going back to the plans")

    # A new plan begins with it.
    reach_either_way(keys, part.locator(".record-plans > .actions a").first)
    keys.press("Enter")
    template = part.locator(".record-templates a", has_text=title)
    expect(template).to_be_visible()
    keys.seen("opening the new plan")
    keys.push(template)
    expect(part.locator("#title")).to_have_value(title)
    keys.seen("choosing the template")
    name = write(page, keys, "#title", "Plan of Emily, from the template")
    keys.reach(part.locator("#review"))
    keys.type("12122027")
    expect(part.locator("#review")).to_have_value("2027-12-12")
    problem = part.locator("[name=problem]")
    if problem.count():
        keys.reach(problem.first)
        if not problem.first.is_checked():
            keys.press(" ")
        expect(problem.first).to_be_checked()
    write(page, keys, "#goal-0-text", "Walk half an hour a day")
    write(page, keys, "#activity-0-text", "Call every month")
    keys.push(part.locator(".record-form .primary[value=keep]"))
    expect(part.locator(".notice.ok")).to_be_visible()
    keys.seen("keeping the plan")
    kept = part.locator(".record-plan", has_text=name)
    expect(kept).to_contain_text("Walk half an hour a day")

    # Its review: what was reached, and when it is looked at again.
    change(keys, kept)
    expect(part.locator("#title")).to_have_value(name)
    keys.seen("opening the plan again")
    keys.reach(part.locator("#review"))
    keys.type("12122028")
    reached = part.locator("#goal-0-reached")
    keys.reach(reached)
    keys.press("ArrowDown")
    expect(reached).not_to_have_value("")
    keys.push(part.locator(".record-form .primary[value=keep]"))
    expect(part.locator(".notice.ok")).to_be_visible()
    keys.seen("keeping the review")
    reach_either_way(keys, part.locator(".record-plan", has_text=name).locator("a[href$='/changes']"))
    keys.press("Enter")
    told = part.locator(".record-changes > li")
    expect(told).to_have_count(2)
    expect(told.first).to_contain_text("2028")
    expect(told.first).to_contain_text("Paolo")
    keys.seen("reading the changes")


def change(keys: Keyboard, within: Locator) -> None:
    target = within.locator(
        ".actions a[href*='/plans/']:not([href$='/new'], [href$='/changes'], [href$='/print'])"
    ).first
    reach_either_way(keys, target)
    keys.press("Enter")


def reach_either_way(keys: Keyboard, target: Locator) -> None:
    """On with Tab from wherever the focus is; the page's end leads to its beginning."""
    keys.reach(target, "Tab", most=150)


def write(page: Page, keys: Keyboard, field: str, text: str) -> str:
    keys.reach(page.locator(field))
    keys.press("Control+a")
    keys.type(text)
    expect(page.locator(field)).to_have_value(text)
    return text
