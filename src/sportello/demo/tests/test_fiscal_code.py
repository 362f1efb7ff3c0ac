"""Fiscal codes by known examples, odd names and chance."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as some

from sportello.demo.fiscal_code import check_letter, family_part, fiscal_code, given_part, is_fiscal_code


@pytest.mark.parametrize(
    ("family", "given_name", "born", "female", "place", "expected"),
    [
        ("Rossi", "Mario", date(1980, 1, 1), False, "H501", "RSSMRA80A01H501U"),
        ("Moretti", "Matteo", date(1991, 4, 8), False, "F205", "MRTMTT91D08F205J"),
        ("Miller", "Samantha", date(1982, 9, 25), True, "Z404", "MLLSNT82P65Z404U"),
    ],
)
def test_well_known_examples(family, given_name, born, female, place, expected):
    assert fiscal_code(family, given_name, born, female, place) == expected


def test_short_accented_and_joined_names():
    assert family_part("Fo") == "FOX"
    assert family_part("D'Alì") == "DLA"
    assert family_part("Re") == "REX"
    assert given_part("Gianfranco") == "GFR"
    assert given_part("Noè") == "NOE"
    assert given_part("Maria Luisa") == "MLS"


@given(
    some.text(min_size=1, max_size=20),
    some.text(min_size=1, max_size=20),
    some.dates(date(1900, 1, 1), date(2030, 1, 1)),
    some.booleans(),
    some.from_regex(r"[A-Z][0-9]{3}", fullmatch=True),
)
def test_every_code_checks(family, given_name, born, female, place):
    code = fiscal_code(family, given_name, born, female, place)
    assert is_fiscal_code(code)
    assert int(code[9:11]) == born.day + (40 if female else 0)


@given(some.integers(0, 14), some.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"))
def test_one_wrong_character_of_the_same_kind_is_noticed(place, other):
    """Digits at odd places and letters have distinct weights, so a single slip of its kind changes the check letter."""
    right = "RSSMRA80A01H501U"
    if other == right[place] or other.isdigit() != right[place].isdigit():
        return
    wrong = right[:place] + other + right[place + 1 :]
    assert check_letter(wrong[:15]) != right[15]
