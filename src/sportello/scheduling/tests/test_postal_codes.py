"""The operator's table of postal codes, in GeoNames's columns, and nearness with it, without it, and abroad."""

import argparse
import gzip
import zipfile
from pathlib import Path

import httpx
import pytest

from sportello.kit.house import House
from sportello.scheduling.commands import import_postal_codes
from sportello.scheduling.drafts import About
from sportello.scheduling.geonames import NotPostalCodes, read
from sportello.scheduling.places import places
from sportello.scheduling.store.slots import Wanted
from sportello.scheduling.tests.test_wizard import SignIn
from sportello.scheduling.tests.wizard_tab import Wizard

TEN = Path(__file__).parent / "files" / "ten_codes.txt"
NOBODY = About("", "it")
ECG = Wanted("heart-check")


async def taken_in(house: House, *files: Path) -> int:
    return await import_postal_codes(house, argparse.Namespace(files=files))


async def first(house: House, typed: str, about: About = NOBODY) -> tuple[str, int | None]:
    async with house.db.transaction() as tx:
        near = (await places(tx, ECG, typed, about))[0]
    return near.location.id, None if near.kilometres is None else round(near.kilometres)


def test_a_code_of_several_places_lies_between_them_and_bad_lines_are_told() -> None:
    found = read(TEN)
    sea = next(one for one in found.codes if one.code == "44022")
    assert (sea.town, round(sea.latitude, 4), round(sea.longitude, 4)) == ("Comacchio", 44.6842, 12.2133)
    assert (len(found.codes), [one.line for one in found.faults]) == (8, [10])


def test_packed_files_say_the_same(tmp_path: Path) -> None:
    (packed := tmp_path / "IT.txt.gz").write_bytes(gzip.compress(TEN.read_bytes()))
    with zipfile.ZipFile(tmp_path / "IT.zip", "w") as archive:
        archive.writestr("readme.txt", "not a table " * 900)
        archive.write(TEN, "IT.txt")
    assert read(packed).codes == read(tmp_path / "IT.zip").codes == read(TEN).codes


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("missing.txt", None), ("missing.zip", None), ("empty.txt", b""), ("words.txt", b"a,b,c\n"),
        ("broken.gz", b"\x1f\x8b\x08 no"), ("broken.zip", b"PK no"), ("latin.txt", b"IT\t\xe0\n"),
    ],
)  # fmt: skip
def test_what_is_no_table_is_refused(tmp_path: Path, name: str, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(NotPostalCodes):
        read(tmp_path / name)


async def test_a_refused_file_changes_nothing_and_a_new_one_replaces_its_countries(
    house: House, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (bad := tmp_path / "bad.txt").write_text("nothing\n")
    assert await taken_in(house, TEN, bad) == 1
    assert "8 " in capsys.readouterr().out
    (few := tmp_path / "few.txt").write_text("IT\t44100\tFerrara\t\t\t\t\t\t\t44.9\t11.7\t\n")
    assert await taken_in(house, few) == 0
    held = await house.db.fetch("select country, code, latitude from scheduling.postal_code order by 1, 2")
    assert [tuple(row) for row in held if row["country"] == "IT"] == [("IT", "44100", 44.9)]
    assert len(held) == 6
    trail = "select count(*) from administration.audit_event where action = 'postal_codes.imported'"
    assert await house.db.fetchval(trail) == 2


async def test_with_a_table_codes_and_towns_of_anywhere_have_a_distance(house: House) -> None:
    await taken_in(house, TEN)
    assert await first(house, "44022") == ("mare", 3)
    assert await first(house, "44100") == ("centro", 0)
    assert await first(house, "comacchio") == ("mare", 3)
    for typed in ("SW1A 1AA", "1012 AB", "90210-1234", "100-0001", "C1425"):
        place, kilometres = await first(house, typed)
        assert (kilometres or 0) > 500, (typed, place)


async def test_fallbacks_in_their_order(house: House) -> None:
    await house.db.execute("delete from scheduling.postal_code")
    lives = About("", "it", postal_code="00100", latitude=44.69, longitude=12.18)
    assert await first(house, "00100", lives) == ("mare", 1)  # the patient's own position
    assert await first(house, "44 022") == ("mare", 0)  # our own site of that code
    assert await first(house, "44023") == ("mare", None)  # the longest common beginning
    assert await first(house, "99999", About("", "it", town="Comacchio")) == ("mare", None)  # the town
    await house.db.execute("update scheduling.location set latitude = null, longitude = null")
    assert await first(house, "44121") == ("centro", None)
    home = '{"name": "", "language": "it", "postal_code": "44 999", "latitude": 44.7, "longitude": 12.1}'
    await house.db.execute(
        "insert into scheduling.wizard (id, mode, patient, about, staff, step, answers, created_at, touched_at)"
        " select gen_random_uuid(), 'schedule', 'p' || n, $1::text::jsonb, 's', 'who', '{}', now(), now()"
        " from generate_series(1, 3) n",
        home,
    )
    await house.db.execute("update scheduling.location set latitude = 44.7, longitude = 12.2 where id = 'mare'")
    assert await first(house, "44999") == ("mare", 8)  # the middle of patients' homes, of three at least


async def test_the_wizard_says_when_it_cannot_tell(client: httpx.AsyncClient, sign_in: SignIn) -> None:
    await sign_in(client, "agent", language="en")
    tab = await Wizard(client).begin()
    await tab.say("who", who="specialty:cardiology")
    await tab.say("type", type="heart-check|virtual")
    assert (await tab.say("place")).status_code == 422  # required for virtual visits too
    await tab.say("place", postal_code="44100", action="search")
    assert "in a straight line" in tab.answer.text
    await tab.say("place", postal_code="99999", action="search")
    assert "most similar postal code" in tab.answer.text
