"""What those see who answer for letters, virtual visits and calendars elsewhere; and what waits for a person."""

from collections.abc import Callable

from .conftest import Visitor
from .looking import Walk, both

AGENTS = {"it": ("elena", "giulia"), "en": ("davide", "emily")}


def test_what_those_who_answer_for_letters_see(visitor: Callable[..., Visitor]) -> None:
    both(visitor, _letters)


def _letters(walk: Walk) -> None:
    walk.enter("sara")
    for name, url in {
        "letters": "outreach/templates", "letter-booked": "outreach/templates/booked",
        "letter-offer": "outreach/templates/offer?service=&channel=virtual", "letter-terms": "outreach/terms",
        "teams": "teams", "virtual-visits": "scheduling/virtual", "notice": "scheduling/notice",
        "feeds": "scheduling/feeds",
    }.items():  # fmt: skip
        walk.open(name, f"/desk/{url}")
    page = walk.page
    page.locator("main form button.small").first.click()
    walk.look("feed-made")
    page.goto(f"{walk.person.url}/desk/outreach/templates/booked")
    page.locator("[name=subject_en]").fill("Your heart {x}")
    with page.expect_navigation():
        page.locator("button[value=keep]").click()
    walk.look("letter-refused")
    walk.enter(AGENTS[walk.language][0])
    walk.open("to-settle", "/desk/outreach/tasks")
