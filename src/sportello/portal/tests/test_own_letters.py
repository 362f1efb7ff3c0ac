"""What patients say of the letters to them, and their visits for their own calendars; nobody else's."""

import httpx

from sportello.kit.house import House
from sportello.portal.tests.test_own_visits import NOW, Phone, book, clock, giulia, house, visit  # noqa: F401  fixtures
from sportello.scheduling.tests.calendar_files import read_calendar


async def test_wishes_are_kept_and_hold_for_letters(house: House, giulia: Phone) -> None:  # noqa: F811
    page = await giulia.get("/portal/letters")
    assert "giulia.ferri@example.org" in page.text
    assert 'name="reminders" value="yes" checked' in page.text
    await giulia.send("/portal/letters", language="en")
    assert 'name="reminders" value="yes" checked' not in giulia.page
    await giulia.get("/portal")
    await book(giulia)
    kept = await house.db.fetchrow("select kind, language, recipient from outreach.message")
    assert tuple(kept) == ("booked", "en", "giulia.ferri@example.org")
    trail = await house.db.fetch("select action, patient from administration.audit_event")
    assert ("letter.wishes", "giulia") in [tuple(row) for row in trail]


async def test_a_visit_for_ones_own_calendar(house: House, giulia: Phone, client: httpx.AsyncClient) -> None:  # noqa: F811
    await book(giulia)
    one = await visit(house)
    address = f"/portal/appointments/{one['id']}/calendar"
    assert address in (await giulia.get("/portal")).text
    answer = await giulia.get(address)
    assert answer.headers["content-type"].startswith("text/calendar; method=REQUEST")
    assert "attachment" in answer.headers["content-disposition"]
    event = read_calendar(answer.text).vevent
    assert event.dtstart.value.isoformat() == "2026-11-27T09:30:00+01:00"
    assert "cardiolog" not in answer.text.lower()
    marco = Phone(client)
    await marco.enter("marco.riva", "135790")
    assert (await marco.get(address)).status_code == 404


async def test_working_days_of_notice_hold_in_the_portal(house: House, giulia: Phone) -> None:  # noqa: F811
    await book(giulia)
    one = await visit(house)
    assert "Sposta" in (await giulia.get("/portal")).text
    await house.db.execute("update scheduling.service set notice_hours = 0, notice_days = 4")
    page = (await giulia.get("/portal")).text
    assert f"/portal/appointments/{one['id']}/cancellation" not in page
    refused = await giulia.send(f"/portal/appointments/{one['id']}/cancellation")
    assert refused.status_code == 409
    assert (await visit(house))["status"] == "booked"
    assert one["starts"] > NOW
