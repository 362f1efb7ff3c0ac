"""One typing error is found without the whole table of edits; both ways must agree."""

from hypothesis import given
from hypothesis import strategies as st

from sportello.bots.slips import distance

WORDS = st.text(alphabet="abc", max_size=6)


@given(WORDS, WORDS)
def test_at_most_one_edit_is_what_the_whole_table_says(one: str, other: str) -> None:
    assert min(distance(one, other, 1), 2) == min(distance(one, other, 9), 2)
