"""The screens on which care plans and care teams are developed, judged like every other screen."""

from collections.abc import Callable

from playwright.sync_api import expect

from .conftest import Visitor
from .looking import Walk, both

PEOPLE = {"it": "Giulia Ferri", "en": "Emily Carter"}


def test_what_a_care_coordinator_sees(visitor: Callable[..., Visitor]) -> None:
    both(visitor, _coordinator)


def _coordinator(walk: Walk) -> None:
    walk.enter("paolo")
    page = walk.page
    page.goto(walk.person.url + "/desk/patients?q=" + PEOPLE[walk.language].replace(" ", "+"))
    patient = page.locator(".record-found a").first.get_attribute("href")
    walk.open("care-plans", f"{patient}?part=plan")
    page.locator(".record-plan a[href*='/plans/']").first.click()
    expect(page.locator(".record-form form")).to_be_visible()
    walk.look("care-plan-form")
    address = page.locator(".record-form form").get_attribute("action")
    page.locator("[name=title]").fill(" ")
    page.locator(".record-form .primary[value=keep]").click()
    expect(page.locator(".record-form .error-summary")).to_be_visible()
    walk.look("care-plan-refused")
    walk.open("care-plan-changes", f"{address}/changes")
    walk.open("care-plan-print", f"{address}/print")
    walk.open("care-plan-new", f"{patient}/plans/new")
    walk.open("care-team", f"{patient}?part=team")
    walk.open("care-team-form", f"{patient}/team/members")
    walk.open("care-team-messages", f"{patient}/team/messages")
    walk.open("contacts", f"{patient}?part=contacts")
    walk.open("merge", f"{patient}/merge")
    walk.open("merges", "/desk/merges")


def test_what_an_administrator_sets_of_records(visitor: Callable[..., Visitor]) -> None:
    both(visitor, _set)


def _set(walk: Walk) -> None:
    walk.enter("sara")
    for name in ("sensitivity", "parts", "practitioners"):
        walk.open(name, f"/desk/{name}")


def test_what_a_supervisor_judges(visitor: Callable[..., Visitor]) -> None:
    both(visitor, _judged)


def _judged(walk: Walk) -> None:
    walk.enter({"it": "elena", "en": "davide"}[walk.language])
    page = walk.page
    page.goto(walk.person.url + "/desk/patients?q=" + PEOPLE[walk.language].replace(" ", "+"))
    page.locator(".record-found a").first.click()
    glass = page.locator(".record-glass")
    glass.locator("summary").click()
    glass.locator("[name=reason]").fill("Bleeding, the ward asks whether she takes anticoagulants")
    glass.locator("button[type=submit], button").last.click()
    expect(page.locator(".record-glass.open")).to_be_visible()
    walk.enter("marta")
    walk.open("openings", "/desk/openings")
    page.locator(".record-openings [value=questioned]").first.click()
    expect(page.locator(".notice.ok")).to_be_visible()
    walk.open("openings-all", "/desk/openings?all=yes")
