"""In both languages: a freed time that reaches whoever waits for one, and a series that moves as one."""

import re
from collections.abc import Callable

from playwright.sync_api import expect

from .conftest import Visitor
from .looking import Walk, both
from .test_every_screen import PEOPLE
from .visits import (
    card_of,
    done,
    hold,
    invitations,
    later,
    onward,
    own_choices,
    patient_id,
    reason,
    record_of,
    to_review,
    visit_of,
)

OTHERS = {"it": ("emily.carter", "Emily Carter"), "en": ("giulia.ferri", "Giulia Ferri")}
SERIES = {"it": ("mario.bassi", "Mario Bassi"), "en": ("francesca.zanella", "Francesca Zanella")}


def test_a_freed_time_reaches_who_waits(visitor: Callable[..., Visitor]) -> None:
    both(visitor, _waiting)


def _waiting(walk: Walk) -> None:
    """One has the time, another waits for one; the first cancels, staff offers it, the other answers the letter."""
    (has, _), (waits, name) = OTHERS[walk.language], PEOPLE[walk.language][1:]
    page, shown = walk.page, walk.page.locator("main")
    walk.enter("sara")
    page.goto(walk.person.url + "/desk/outreach/terms")
    for field in ("quiet_from", "quiet_until"):
        page.locator(f"[name={field}]").fill("00:00")  # a test runs at any hour
    page.locator("main .button.primary").click()
    before = len(invitations(walk, has))
    walk.enter(has, "patient")
    own_choices(walk)
    hold(shown, 0)
    onward(shown)
    reason(shown)
    shown.locator("button[value=schedule]").click()
    done(shown, mail="yes")
    taken = invitations(walk, has, before + 1)[-1]

    walk.enter(waits, "patient")
    own_choices(walk)
    shown.locator("summary").last.click()
    shown.locator("[name=wait_reason]").fill("…")
    walk.look("own-wait", public=True)
    shown.locator("button[value=wait]").click()
    expect(shown.locator(".notice.ok")).to_be_visible()
    walk.look("own-waits", public=True)
    page.goto(walk.person.url + "/portal")
    walk.look("portal-waiting", public=True)

    walk.enter(has, "patient")
    visit_of(walk, taken, look=False).locator("a[href$='/cancellation']").click()
    shown.locator("form .danger").click()
    walk.enter("marta")
    page.goto(walk.person.url + "/desk/scheduling/waiting")
    walk.look("freed")
    page.get_by_role("button", name=name).first.click()
    expect(page.locator(".notice.ok")).to_be_visible()
    walk.look("offered")

    page.goto(walk.person.url + "/demo/mailbox")
    letter = page.locator("article.mail").filter(has_text=f"{waits}@").filter(has_text="/offer/").first
    for _ in range(60):
        if letter.is_visible():
            break
        page.wait_for_timeout(250)
        page.reload()
    link = re.search(r"/offer/\S+", letter.locator(".body").inner_text())
    assert link
    anywhere = walk.person.context.browser
    assert anywhere
    phone = anywhere.new_context(locale={"it": "it-IT", "en": "en-GB"}[walk.language]).new_page()
    phone.goto(walk.person.url + link[0])
    walk.look("offer-link", phone, public=True)
    phone.locator("button[formaction$='/yes']").click()
    expect(phone.locator(".notice.ok")).to_be_visible()
    walk.look("offer-accepted", phone, public=True)
    phone.context.close()
    walk.enter(waits, "patient")
    visit_of(walk, taken, look=False)


def test_a_series_is_booked_and_a_delegate_sees_to_it(visitor: Callable[..., Visitor]) -> None:
    both(visitor, _series)


def _series(walk: Walk) -> None:
    (patient, name), (delegate, other) = SERIES[walk.language], PEOPLE[walk.language][1:]
    walk.enter("marta")
    page, shown = walk.page, walk.page.locator("[data-wizard]:visible")
    record_of(walk, name)
    whose = patient_id(page)
    page.goto(walk.person.url + f"/desk/scheduling/wizard?patient={whose}")
    shown.locator("input[name=who][value^=specialty]").last.check()
    to_review(shown)
    shown.locator(".scheduling-wait summary").click()
    shown.locator("[name=count]").fill("3")
    before = len(invitations(walk, patient))
    shown.locator("button[value=series]").click()
    expect(shown.locator("[name=visit_3]")).to_be_visible()
    shown.locator("button[value=schedule]").click()
    done(shown, mail="yes")
    walk.look("series-booked")
    told = invitations(walk, patient, before + 3)[before:]  # a letter for each, in any order
    first = min(told, key=lambda event: event.dtstart.value)
    shown.locator(".actions a.button").click()
    walk.look("series-ahead")
    card_of(page, first).locator("button:not([name])").click()
    for _ in range(2):  # to weeks in which nobody has booked yet
        later(shown)
    hold(shown, 1)
    onward(shown)
    expect(shown.locator("[name=details]")).to_be_visible()
    onward(shown)
    shown.locator("[name=rest][type=checkbox]").check()
    walk.look("series-move-review")
    shown.locator("button[value=schedule]").click()
    done(shown, mail="yes")
    walk.look("series-moved")

    page.goto(walk.person.url + f"/desk/scheduling/patient/{whose}/delegates?q={other.split()[1]}")
    page.locator("main [name=delegate]").first.check()
    page.locator("main [name=relation]").select_option(index=1)
    page.locator("main [name=proof]").fill("…")
    page.locator("main [name=consent]").first.check()
    page.locator("main form.scheduling-step .button.primary").click()
    expect(page.locator(".notice.ok")).to_be_visible()
    walk.look("delegate-noted")
    walk.enter(delegate, "patient")
    page.goto(walk.person.url + "/portal")
    theirs = page.locator("section[aria-labelledby=visits-of-1] li.visit")
    expect(theirs).not_to_have_count(0)
    walk.look("portal-delegate", public=True)
