"""The map that rooms put their places on."""

import pytest

from sportello.web.site_map import PATIENT, WORK, Place, SiteMap


def test_a_place_leads_where_its_session_allows() -> None:
    place = Place("x", "X", "open", ("/desk/x?p={patient}&c={conversation}", "/desk/p/{patient}"))
    assert place.url("giulia", "7") == "/desk/x?p=giulia&c=7"
    assert place.url("giulia") == "/desk/p/giulia"
    assert place.url() is None


def test_any_of_the_permissions_opens_it() -> None:
    place = Place("x", "X", "open", ("/desk/x",), permissions=("a", "b"))
    assert place.open_to({"b", "c"})
    assert not place.open_to({"c"})
    assert Place("y", "Y", "open", ("/desk/y",)).open_to(())


def test_places_stand_by_group_and_each_key_once() -> None:
    known = SiteMap()
    known.add(
        Place("own", "Own", "open", ("/desk/own",), "Another group"),
        Place("patient", "Patient", "person", ("/desk/p",), PATIENT),
        Place("work", "Work", "queue", ("/desk/work",), WORK),
    )
    assert [place.key for place in known.all()] == ["work", "patient", "own"]
    with pytest.raises(AssertionError):
        known.add(Place("work", "Work", "queue", ("/desk/work",)))
