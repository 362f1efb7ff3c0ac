"""Which addresses a tab may show, and how tabs come and go."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sportello.desk.rules import MOST_TABS, Tab, may_show, with_tab, without_tab


@pytest.mark.parametrize(
    "url",
    [
        "/desk/patient/pat-1",
        "/desk/patient/a.b/timeline?category=lab",
        "/desk/conversations/0190/script",
        "/desk/board",
    ],
)
def test_parts_of_the_desk_are_shown(url: str) -> None:
    assert may_show(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/",
        "//evil.example/desk/x",
        "https://evil.example/desk/x",
        "/desk",
        "/desk/../sign-out",
        "/desk/x/../../y",
        "/desk/x\\y",
        "/desk/x#y",
        "/desk/<script>",
        "/desk/view?url=/desk/view",
        "/desk/sessions/1",
        "/deskx/y",
        "javascript:alert(1)",
        "/desk/" + "x" * 400,
        "/desk/x\n",
    ],
)
def test_anything_else_is_refused(url: str) -> None:
    assert not may_show(url)


def test_the_same_address_opens_no_second_tab() -> None:
    first = Tab(id="a", url="/desk/patient/giulia")
    tabs, shown = with_tab((first,), Tab(id="b", url="/desk/patient/giulia"))
    assert tabs == (first,)
    assert shown is first


def test_closing_the_shown_tab_shows_its_neighbour() -> None:
    tabs = tuple(Tab(id=name, url=f"/desk/{name}") for name in "abc")
    assert without_tab(tabs, "b", "b")[1] == "c"
    assert without_tab(tabs, "c", "c")[1] == "b"
    assert without_tab(tabs, "a", "c")[1] == "c"
    assert without_tab(tabs[:1], "a", "a") == ((), "")


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 20)), max_size=60))
def test_the_shown_tab_is_always_one_of_the_tabs(steps: list[tuple[bool, int]]) -> None:
    tabs: tuple[Tab, ...] = ()
    current = ""
    for opens, number in steps:
        if opens:
            tabs, shown = with_tab(tabs, Tab(id=str(number), url=f"/desk/t/{number}"))
            current = shown.id
        else:
            tabs, current = without_tab(tabs, str(number), current)
        assert len(tabs) <= MOST_TABS
        assert current in {tab.id for tab in tabs} or (not tabs and current == "")
