"""What is offered, who waits, who books for whom, and a wizard that ends in a series or on the waiting list."""

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from .conftest import Visitor
from .looking import Walk, both

PATIENTS = {"it": ("Ferri", "Carter"), "en": ("Carter", "Ferri")}


def test_what_those_who_keep_calendars_see(visitor: Callable[..., Visitor]) -> None:
    both(visitor, _keeping)


def _keeping(walk: Walk) -> None:
    walk.enter("marta")
    name, other = PATIENTS[walk.language]
    page = walk.page
    patient = _found(walk, name)
    walk.open("offer-types", "/desk/scheduling/catalogue/types")
    page.locator("main td a").first.click()
    walk.look("offer-type")
    page.locator("[name=minutes]").fill("1")
    page.locator("main form.scheduling-step .button.primary").click()
    walk.look("offer-type-refused")
    walk.open("offer-sites", "/desk/scheduling/catalogue/places")
    walk.open("offer-new-site", "/desk/scheduling/catalogue/places/new")
    walk.open("offer-roles", "/desk/scheduling/catalogue/roles")
    walk.open("delegates-search", f"/desk/scheduling/patient/{patient}/delegates?q={other}")
    _wizard(walk, patient)
    walk.open("waiting", "/desk/scheduling/waiting")


def _found(walk: Walk, name: str) -> str:
    """A patient's id, as the page behind a free time of next week finds it."""
    week = (datetime.now(ZoneInfo("Europe/Rome")) + timedelta(days=7)).date()
    walk.page.goto(f"{walk.person.url}/desk/scheduling/calendar?view=week&day={week}")
    walk.page.locator("a.free").first.click()
    walk.page.locator("[name=q]").fill(name)
    walk.page.keyboard.press("Enter")
    return walk.page.locator("form input[name=patient]").first.get_attribute("value") or ""


def _wizard(walk: Walk, patient: str) -> None:
    """Up to a series at the review, then back to the times and on the waiting list."""
    page = walk.page
    page.goto(f"{walk.person.url}/desk/scheduling/wizard?patient={patient}")
    onward = page.locator(".scheduling-step .button.primary[value=next]")
    for name in ("who", "type", "place"):
        page.locator(f".scheduling-step input[name={name}]").first.check()
        with page.expect_response("**/wizard/**"):
            onward.click()
    page.locator("button[name=slot]").first.wait_for()
    with page.expect_response("**/wizard/**"):
        page.locator("button[value=between]").click()
    page.locator("[name=overbook]").wait_for()
    page.locator(".scheduling-wait summary").click()
    walk.look("wizard-time")
    page.locator("button[name=slot]").last.click()
    page.locator("slot-hold").wait_for()
    onward.click()
    page.locator("[name=reason]").fill("Controllo")
    if page.locator("[name=brings][type=checkbox]").count():
        page.locator("[name=brings][type=checkbox]").check()
    onward.click()
    page.locator(".scheduling-wait summary").click()
    page.locator("[name=count]").fill("3")
    page.locator("button[value=series]").click()
    page.locator("[name=visit_3], .error-summary").first.wait_for()
    walk.look("wizard-series")
    page.locator("button[value=back]").click()
    page.locator(".scheduling-step [name=details]").wait_for()
    page.locator("button[value=back]").click()
    page.locator("slot-picker").wait_for()
    page.locator(".scheduling-wait summary").click()
    page.locator("[name=wait_reason]").fill("Controllo")
    page.locator("button[value=wait]").click()
    page.locator(".notice.ok").wait_for()
    walk.look("wizard-waits")
