"""The timeline: visits with what belongs to them, loose items by day, filters, pages, and what is never shown."""

from datetime import UTC, datetime

import pytest

from sportello.kit.clock import FixedClock
from sportello.kit.house import House
from sportello.record import reading
from sportello.record.tests.cast import ELENA, GIULIA, PAOLO, RECORD, admit, of, result, visit
from sportello.record.timeline import Card, Timeline

NOW = datetime(2026, 6, 1, 10, tzinfo=UTC)


@pytest.fixture(autouse=True)
def june(house: House) -> None:
    house.clock = FixedClock(NOW)


async def shown(house: House, **asked: object) -> Timeline:
    actor = asked.pop("actor", ELENA)
    async with house.db.transaction() as tx:
        return await reading.timeline(house, tx, actor, GIULIA, **asked)  # type: ignore[arg-type]


def card(timeline: Timeline, title: str) -> Card:
    return next(one for one in timeline.cards if one.title == title)


def titles(timeline: Timeline) -> list[str]:
    loose = [item.title for one in timeline.cards if not one.visit for group in one.groups for item in group.items]
    return [one.title for one in timeline.cards if one.visit and one.title] + loose


async def test_cards_stand_newest_first_with_the_future_marked(house: House) -> None:
    await admit(house)
    cards = (await shown(house)).cards
    days = [one.when.at for one in cards if one.when]
    assert days == sorted(days, reverse=True)
    assert [one.future for one in cards] == [True] + [False] * (len(cards) - 1)


async def test_a_visit_folds_in_its_results_prescriptions_and_procedures(house: House) -> None:
    await admit(house)
    check = card(await shown(house), "Controllo diabete")
    assert (check.setting, check.place, check.people) == (
        "Visita ambulatoriale", "Ospedale San Luca", ("Dott.ssa Anna Bianchi",)
    )  # fmt: skip
    inside = {group.category: [item.title for item in group.items] for group in check.groups}
    assert inside == {"results": ["Emocromo", "Potassio"], "vitals": [], "medications": ["Metformina 500 mg"]}


async def test_a_report_holds_its_values_in_its_own_order_and_marks_what_stands_out(house: House) -> None:
    await admit(house)
    check = card(await shown(house), "Controllo diabete")
    results = next(group for group in check.groups if group.category == "results")
    report, potassium = results.items
    assert [(one.name, one.value, one.alert) for one in report.measures] == [
        ("Leucociti", "6,3 10³/µL", None),
        ("Emoglobina", "9,1 g/dL", "Sotto la norma"),
    ]
    assert potassium.measures[0].critical
    assert (check.alerts, check.critical) == (2, True)


async def test_vital_signs_are_one_line_in_the_order_of_reading(house: House) -> None:
    await admit(house)
    check = card(await shown(house), "Controllo diabete")
    vitals = next(group for group in check.groups if group.category == "vitals")
    assert [(one.name, one.value) for one in vitals.line] == [("Pressione", "128/79 mmHg"), ("Peso", "61,5 kg")]


async def test_what_was_entered_in_error_is_never_shown(house: House) -> None:
    await admit(house)
    for actor in (ELENA, PAOLO):
        assert "Errore" not in titles(await shown(house, actor=actor, limit=100))


async def test_sensitive_items_are_shown_only_to_those_who_may_and_missed_by_nobody_else(house: House) -> None:
    await admit(house)
    assert "Condizione riservata" not in titles(await shown(house))
    assert "Condizione riservata" in titles(await shown(house, actor=PAOLO))


async def test_items_of_a_hidden_visit_stand_alone_rather_than_vanish(house: House) -> None:
    secret = visit("psi", "2026-01-10T10:00:00+01:00", "Visita riservata", meta={"security": [{"code": "R"}]})
    await admit(house, secret, of("Immunization", "tetano", "psi", status="completed", vaccineCode={"text": "Tetano"},
                                  occurrenceDateTime="2026-01-10"))  # fmt: skip
    assert titles(await shown(house)) == ["Tetano"]
    assert titles(await shown(house, actor=PAOLO)) == ["Visita riservata"]


async def test_items_of_a_missing_or_foreign_visit_are_not_lost(house: House) -> None:
    await admit(house, result("hb", "Emoglobina", 13, "nowhere"))
    assert titles(await shown(house)) == ["Emoglobina"]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"categories": ["immunizations"]}, ["Vaccino antinfluenzale"]),
        ({"categories": ["medications"]}, ["Controllo diabete"]),
        ({"text": "METFORMINA"}, ["Controllo diabete"]),
        ({"text": "elettro"}, ["Accesso per dolore"]),
        ({"text": "nothing like this"}, []),
        ({"since": datetime(2026, 1, 1, tzinfo=UTC), "until": NOW}, ["Controllo diabete"]),
        ({"categories": ["no such category"], "text": "asma"}, ["Asma"]),
    ],
)
async def test_filters(house: House, asked: dict[str, object], expected: list[str]) -> None:
    await admit(house)
    assert titles(await shown(house, **asked)) == expected


async def test_a_word_found_inside_a_visit_shows_only_what_has_it(house: House) -> None:
    await admit(house)
    check = card(await shown(house, text="metformina"), "Controllo diabete")
    assert [group.category for group in check.groups] == ["medications"]


async def test_pages_follow_each_other_without_gap_or_repetition(house: House) -> None:
    many = [visit(f"v{n}", f"20{n:02}-05-05T10:00:00Z", f"Visita {n}") for n in range(10, 24)]
    same = [
        of("Procedure", f"p{n}", status="completed", code={"text": f"P{n}"}, performedDateTime="2024-01-01")
        for n in range(7)
    ]
    undated = [of("Condition", "senza-data", code={"text": "Senza data"})]
    await admit(house, *many, *same, *undated)
    whole = titles(await shown(house, limit=100))
    assert len(whole) == len(many) + len(same) + 1
    collected: list[str] = []
    before: str | None = None
    for _ in range(20):
        page = await shown(house, before=before, limit=3)
        collected += titles(page)
        if not (before := page.before):
            break
    assert sorted(collected) == sorted(whole)
    assert collected[-1] == "Senza data"


@pytest.mark.parametrize("cursor", ["", "x", "!!!", "MjAyNi0wMS0wMXxhfGI", "A" * 500, "wqvCu3w="])
async def test_an_invented_cursor_means_the_beginning_or_a_place(house: House, cursor: str) -> None:
    await admit(house)
    assert isinstance(await shown(house, before=cursor), Timeline)


async def test_every_item_keeps_its_status_and_source_when_they_say_something(house: House) -> None:
    await admit(house, of("Procedure", "x", status="not-done", code={"text": "Rx"}, performedDateTime="2026-01-01",
                          performer=[{"actor": {"reference": "PractitionerRole/bianchi-mmg"}}]))  # fmt: skip
    item = (await shown(house)).cards[0].groups[0].items[0]
    assert (item.status, item.ended, item.source) == ("Non eseguito", True, "Dott.ssa Anna Bianchi, Ospedale San Luca")


async def test_a_page_does_not_end_amid_a_day_unless_the_day_fills_it(house: House) -> None:
    def on(day: str, n: int) -> list[dict[str, object]]:
        return [of("Procedure", f"{day}-{k}", status="completed", code={"text": f"{day} {k}"}, performedDateTime=day)
                for k in range(n)]  # fmt: skip

    await admit(house, *on("2026-05-02", 2), *on("2026-05-01", 3), *on("2026-04-01", 9))
    sizes = []
    before: str | None = None
    for _ in range(6):
        page = await shown(house, before=before, limit=4)
        sizes.append(len(titles(page)))
        if not (before := page.before):
            break
    assert sizes == [2, 3, 4, 4, 1]


async def test_a_result_of_another_day_than_its_visit_says_so(house: House) -> None:
    late = result("coltura", "Urinocoltura", 1, "controllo", at="2026-03-05T10:00:00+01:00")
    await admit(house, RECORD[0], late)
    timeline = await shown(house)
    html = house.pages.fragment(
        "it", "record/cards.html", timeline=timeline, zone=house.settings.clinic.tz, after=None, patient_id=GIULIA
    )
    assert "5 mar 2026" in html
