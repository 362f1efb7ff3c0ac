"""Scripts are checked before they are kept, and the right one is offered."""

import msgspec
import pytest

from sportello.kit.house import House
from sportello.scripts.intents import Intent, OpenTab
from sportello.scripts.loading import BrokenScript, StepWords, load_scripts
from sportello.scripts.rules import fill, fitting
from sportello.scripts.tests.conftest import GENERAL, IDENTITY, MOVE, script, step


def test_the_script_for_a_topic_wins_over_the_general_one() -> None:
    every = [GENERAL, IDENTITY, MOVE, script("other", step("x"), topics=("reschedule",), rank=500)]
    assert fitting(every, "reschedule") == MOVE
    assert fitting(every, "parking") == GENERAL
    assert fitting(every, None) == GENERAL
    assert fitting([IDENTITY], "reschedule") is None


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        (script("a", step("x", "macro", macro="launch_rocket")), "launch_rocket"),
        (script("a", step("x", "script", script="nowhere")), "nowhere"),
        (script("a", step("x", "script", script="a")), "this one"),
        (script("a", step("x"), step("x")), "two steps"),
        (script("a"), "no steps"),
        (script("A b", step("x")), "slug"),
        (script("a", step("x", text="Ciao {name}")), "{name}"),
        (script("a", msgspec.structs.replace(step("x"), en=StepWords(" "))), "missing in en"),
    ],
)
async def test_a_broken_script_is_refused_by_name_and_nothing_is_kept(house: House, broken: object, why: str) -> None:
    with pytest.raises(BrokenScript, match="script") as refused:
        async with house.db.transaction() as tx:
            await load_scripts(tx, [GENERAL, broken])  # type: ignore[list-item]
    assert why in str(refused.value)
    assert await house.db.fetchval("select count(*) from scripts.script") == 0


def test_places_are_filled_and_foreign_braces_left() -> None:
    assert (
        fill("Ciao {patient} {x} {agent}", {"patient": "Giulia {agent}", "agent": "Elena"})
        == "Ciao Giulia {agent} {x} Elena"
    )


def test_an_intent_travels_as_an_ascii_header() -> None:
    header = Intent(OpenTab("/desk/knowledge/perché", title="È pronto 🙂")).headers()["HX-Trigger"]
    assert header.isascii()
    told = msgspec.json.decode(header)["desk:open-tab"]
    assert (told["title"], told["url"]) == ("È pronto 🙂", "/desk/knowledge/perché")
    assert Intent(said="x").headers() == {}
