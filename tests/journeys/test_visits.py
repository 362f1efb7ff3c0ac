"""A visit's whole life in both languages: booked, moved and cancelled by staff, and by the patient in the portal."""

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
    one_life,
    onward,
    own_choices,
    reason,
    record_of,
    to_review,
    visit_of,
)


def test_staff_book_from_the_care_team_move_and_cancel(visitor: Callable[..., Visitor]) -> None:
    both(visitor, _staff)


def _staff(walk: Walk) -> None:
    login, patient, name = PEOPLE[walk.language]
    walk.enter(login)
    page = walk.page
    record_of(walk, name)
    page.locator(".tabs a[href*='part=team']").click()
    page.locator("a[data-opens-tab][href*='practitioner=']").first.click()
    shown = page.locator("[data-wizard]:visible")
    expect(shown.locator("input[name=who]:checked")).to_have_count(1)
    before = len(invitations(walk, patient))
    to_review(shown)
    shown.locator("button[value=schedule]").click()
    done(shown, mail="yes")
    booked = invitations(walk, patient, before + 1)[-1]
    walk.look("team-booked")

    shown.locator(".actions a.button").click()
    card_of(page, booked).locator("button:not([name])").click()
    expect(page.locator(".scheduling-now")).to_be_visible()
    walk.look("move-time")
    shown.locator("button[value=widen]").click()
    expect(shown.locator(".notice.plain").first).to_be_visible()
    hold(shown, 3)
    onward(shown)
    expect(shown.locator("[name=details]")).to_be_visible()
    onward(shown)
    expect(shown.locator(".scheduling-review")).to_be_visible()
    walk.look("move-review")
    shown.locator("button[value=schedule]").click()
    expect(shown.locator("input[name=mail]").first).to_be_visible()
    walk.look("move-confirm")
    done(shown, mail="yes")
    walk.look("moved")
    moved = invitations(walk, patient, before + 2)[-1]

    shown.locator(".actions a.button").click()
    card_of(page, moved).locator("a[href$='/cancellation']").click()
    page.locator("input[name=why][value=pat]").check()
    page.locator("input[name=mail][value=yes]").check()
    page.locator(".scheduling-step button.danger").click()
    expect(page.locator(".scheduling-card.over, .notice.ok").first).to_be_visible()
    walk.look("cancelled")
    ended = invitations(walk, patient, before + 3)[-1]
    one_life(booked, moved, ended)


def test_a_patient_books_moves_and_cancels_in_the_portal(visitor: Callable[..., Visitor]) -> None:
    both(visitor, _own)


def _own(walk: Walk) -> None:
    patient = PEOPLE[walk.language][1]
    walk.enter(patient, "patient")
    page = walk.page
    before = len(invitations(walk, patient))
    shown = page.locator("main")
    own_choices(walk)
    walk.look("own-time", public=True)
    shown.locator("button[name=slot]").first.click()
    expect(shown.locator(".scheduling-hold")).to_be_visible()
    onward(shown)
    onward(shown)
    reason(shown)
    walk.look("own-review", public=True)
    shown.locator("button[value=schedule]").click()
    expect(shown.locator("input[name=mail]").first).to_be_visible()
    walk.look("own-confirm", public=True)
    done(shown, mail="yes")
    walk.look("own-booked", public=True)
    booked = invitations(walk, patient, before + 1)[-1]

    visit = visit_of(walk, booked)
    visit.locator("button:not([formaction])").click()
    walk.look("own-move-time", public=True)
    later(shown)
    shown.locator("button[name=slot]").nth(2).click()
    onward(shown)
    onward(shown)
    shown.locator("button[value=schedule]").click()
    done(shown, mail="yes")
    moved = invitations(walk, patient, before + 2)[-1]

    visit_of(walk, moved).locator("a[href$='/cancellation']").click()
    walk.look("own-cancellation", public=True)
    shown.locator("form .danger").click()
    expect(shown.locator(".notice.ok")).to_be_visible()
    walk.look("own-cancelled", public=True)
    one_life(booked, moved, invitations(walk, patient, before + 3)[-1])
