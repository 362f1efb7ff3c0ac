"""Foreign resources are kept whole whatever they hold, so no shape may break the showing of a record."""

import copy
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sportello.record.header import header, summary
from sportello.record.items import Reader
from sportello.record.plan import addressed, plans
from sportello.record.ports import Page, Place
from sportello.record.team import pointers as team_pointers
from sportello.record.team import team
from sportello.record.tests.cast import PEOPLE, RECORD, of
from sportello.record.timeline import pointers, timeline

NOW = datetime(2026, 6, 1, tzinfo=UTC)
PLANS = [
    of("CarePlan", "p", status="active", goal=[{"reference": "Goal/g"}], addresses=[{"reference": "Condition/asma"}],
       activity=[{"detail": {"code": {"text": "Dieta"}, "scheduledPeriod": {"start": "2026"}}}],
       careTeam=[{"display": "x"}]),
    of("Goal", "g", lifecycleStatus="active", description={"text": "x"},
       target=[{"dueDate": "2026", "detailString": "x"}]),
    of("CareTeam", "t", status="active", name="Squadra", period={"start": "2020"},
       participant=[{"role": [{"text": "x"}], "member": {"reference": "Practitioner/anna-bianchi"}}]),
]  # fmt: skip
WORDS = ["coding", "code", "text", "value", "unit", "system", "reference", "display", "start", "end", "period", "low",
         "high", "extension", "url", "given", "family", "member", "role", "detail", "status"]  # fmt: skip
junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(["", "2026-02-30", "2026", "x", "Practitioner/anna-bianchi", "%(x)s %", "<b>"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


def spots(value: Any) -> list[tuple[Any, Any]]:
    """Every place inside a resource where something else could stand; what names it is left alone."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found = []
    for key, one in inner:
        if key not in ("resourceType", "id"):
            found += [(value, key), *spots(one)]
    return found


@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_junk_anywhere_in_a_record_never_breaks_its_showing(data: st.DataObject) -> None:
    record = copy.deepcopy([*PEOPLE, *RECORD, *PLANS])
    for _ in range(data.draw(st.integers(1, 3))):
        holder, key = data.draw(st.sampled_from(spots(data.draw(st.sampled_from(record)))))
        holder[key] = data.draw(junk)

    resources = {f"{one['resourceType']}/{one['id']}": one for one in record}
    reader = Reader("it", ZoneInfo("Europe/Rome"), resources)
    patient, clinical = record[0], record[len(PEOPLE) :]
    visits = [one for one in clinical if one["resourceType"] == "Encounter"]
    teams = [one for one in clinical if one["resourceType"] == "CareTeam"]
    places = [Place(NOW, one["resourceType"], one["id"]) for one in clinical]

    assert header(patient, clinical, reader, NOW).id == patient["id"]
    assert summary(patient, "it", NOW.date()).name
    assert timeline(Page(places, [(one, True) for one in clinical], False), reader, NOW).before is None
    assert len(plans(clinical, reader, NOW)) == 1
    assert team(patient, teams, visits, reader, NOW) is not None
    assert pointers(clinical) | addressed(clinical) | team_pointers(patient, teams, visits)
