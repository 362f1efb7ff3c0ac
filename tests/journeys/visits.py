"""What journeys of visits do again and again: the wizard's steps, and reading the mails back, whose calendar files are
read by a library that did not write them."""

from datetime import UTC, datetime
from typing import Any

import vobject
from playwright.sync_api import Locator, Page, expect

from .looking import Walk


def record_of(walk: Walk, name: str) -> None:
    """A patient's record, found by name."""
    page = walk.page
    page.goto(walk.person.url + "/desk/view?url=/desk/patients")
    page.locator("#alone [name=q]").fill(name.split()[1])
    page.keyboard.press("Enter")
    page.locator("#alone").get_by_role("link", name=name).or_(page.locator("#alone").get_by_text(name)).first.click()
    expect(page.locator("article.record:visible")).to_be_visible()


def card_of(page: Page, event: Any) -> Locator:
    """A visit among those of a patient at the desk, by its number in the calendar file."""
    told = event.uid.value.partition("@")[0]
    return page.locator("article.scheduling-card").filter(has=page.locator(f"input[name=appointment][value='{told}']"))


def onward(shown: Locator) -> None:
    shown.locator("button[name=action][value=next]").first.click()


def later(shown: Locator) -> None:
    """Times that are far enough to be changed by the patient."""
    expect(shown.locator("slot-picker")).to_be_visible()
    day = shown.locator("input[name=day]")
    far = datetime.fromisoformat(day.input_value()).toordinal() + 14
    day.fill(datetime.fromordinal(far).date().isoformat())
    shown.locator("button[value=search]").click()
    expect(shown.locator(f"input[name=day][value='{datetime.fromordinal(far).date()}']")).to_be_visible()


def hold(shown: Locator, number: int) -> None:
    shown.locator("button[name=slot]").nth(number).click()
    expect(shown.locator(".scheduling-hold").first).to_be_visible()


def reason(shown: Locator) -> None:
    shown.locator("input[name=reason]").fill("…")
    if (brings := shown.locator("input[name=brings][type=checkbox]")).count():
        brings.check()
    elif (number := shown.locator("input[name=referral]")).count():
        number.fill("0800A4000000001")
    onward(shown)


def to_review(shown: Locator) -> None:
    """From the first step, which has its answer, to the last look."""
    onward(shown)
    for step in ("type", "place"):
        shown.locator(f"input[name={step}]").first.check()
        onward(shown)
    later(shown)
    hold(shown, 0)
    onward(shown)
    reason(shown)
    expect(shown.locator(".scheduling-review")).to_be_visible()


def own_choices(walk: Walk) -> None:
    """The patient's first three steps, up to times that are far enough."""
    walk.page.goto(walk.person.url + "/portal")
    walk.page.locator("form[action='/portal/wizard'] .button.primary").click()
    for step in ("who", "type", "place"):
        walk.page.locator(f"input[name={step}]").last.check()
        onward(walk.page.locator("main"))
    later(walk.page.locator("main"))


def done(shown: Locator, *, mail: str) -> None:
    expect(shown.locator(".scheduling-status .badge.ok")).to_be_visible(timeout=20_000)
    shown.locator(f"input[name=mail][value={mail}]").check()
    shown.locator("button[value=done]").click()
    expect(shown.locator("button[value=done]")).to_have_count(0)
    expect(shown.locator(".scheduling-card")).to_be_visible()


def visit_of(walk: Walk, event: Any, *, look: bool = True) -> Locator:
    """A visit among the patient's own, by its instant."""
    walk.page.goto(walk.person.url + "/portal")
    at = event.dtstart.value.astimezone(UTC)
    found = walk.page.locator("li.visit").filter(has=walk.page.locator(f"time[datetime^='{at:%Y-%m-%dT%H:%M}']"))
    found = found.filter(has=walk.page.locator("a[href$='/cancellation']"))
    expect(found).to_be_visible()
    if look:
        walk.look(f"own-visits-{event.sequence.value}", public=True)
    return found


def invitations(walk: Walk, patient: str, wanted: int = 0) -> list[Any]:
    """The calendar files that the mail server took for a patient, oldest first; waits until there are so many."""
    mails = walk.person.open()
    for _ in range(60):
        mails.goto(walk.person.url + "/demo/mailbox")
        links = mails.locator("article.mail").filter(has_text=f"{patient}@").locator("a[href$='.ics']")
        if links.count() >= wanted:
            break
        mails.wait_for_timeout(250)
    assert links.count() >= wanted, (patient, links.count(), wanted)
    events = []
    for link in reversed(links.all()):
        answer = walk.person.context.request.get(walk.person.url + str(link.get_attribute("href")))
        calendar = vobject.readOne(answer.text())
        event = calendar.vevent
        event.told = calendar.method.value
        events.append(event)
    mails.close()
    return events


def patient_id(page: Page) -> str:
    """The patient whose record is shown."""
    told = page.locator("[href*='/desk/patient/']").first.get_attribute("href") or ""
    return told.split("/desk/patient/")[1].split("/")[0].split("?")[0]


def one_life(booked: Any, moved: Any, ended: Any) -> None:
    """One event in the patient's calendar: made, moved, taken out (RFC 5546)."""
    assert len({one.uid.value for one in (booked, moved, ended)}) == 1
    assert [one.told for one in (booked, moved, ended)] == ["REQUEST", "REQUEST", "CANCEL"]
    assert booked.sequence.value < moved.sequence.value < ended.sequence.value
    assert booked.dtstart.value != moved.dtstart.value == ended.dtstart.value
