"""Identifiers are ordered, unique, and a stranger's text never breaks them."""

import time

from hypothesis import given
from hypothesis import strategies as st

from sportello.kit.ids import as_uuid, new_code, uuid7


def test_uuids_are_version_7_unique_and_ordered_by_time() -> None:
    many = [uuid7() for _ in range(10_000)]
    assert len(set(many)) == 10_000
    assert {u.version for u in many} == {7}
    early = uuid7()
    time.sleep(0.003)
    assert early < uuid7()


@given(st.text(max_size=60))
def test_no_text_breaks_the_reading_of_an_id(text: str) -> None:
    found = as_uuid(text)
    assert found is None or str(found) == text.lower()


def test_codes_have_the_asked_length() -> None:
    assert {len(new_code(8)) for _ in range(100)} == {8}
