"""Many invented patients with the demo's own records: its forty people under other names and days of birth."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec

from sportello.demo.fiscal_code import fiscal_code
from sportello.demo.naming import dice, id_of
from sportello.demo.people import Person, patient, people
from sportello.demo.records import record_bundle

_PLACES = "A944 D548 H501 F205".split()
_TODAY = date(2026, 11, 1)


def crowd(number: int) -> Iterator[Person]:
    """So many people, the same at every call: names crossed, days of birth, fiscal codes, towns of their own."""
    cast = people()
    for n in range(number):
        one, other = cast[n % len(cast)], cast[(n // len(cast)) % len(cast)]
        chance = dice("crowd", n)
        born = _TODAY - timedelta(days=chance.randint(200, 36_000))
        key = f"{one.given}.{other.family}.{n}".lower().replace(" ", "").replace("'", "")
        yield msgspec.structs.replace(
            one, key=key, id=id_of("patient", key), family=other.family, born=born,
            fiscal_code=fiscal_code(other.family, one.given, born, one.female, chance.choice(_PLACES)),
        )  # fmt: skip


def patients(number: int) -> Iterator[dict[str, Any]]:
    """Their FHIR Patients alone."""
    for n, one in enumerate(crowd(number)):
        yield patient(one, n, "doctor")


def written(folder: Path, resources: int) -> tuple[int, int]:
    """NDJSON files as a bulk export leaves them, a file a type, of about so many resources: their number and bytes."""
    encode = msgspec.json.Encoder().encode
    files: dict[str, Any] = {}
    count = size = 0
    for n, person in enumerate(crowd(1_000_000)):
        if count >= resources:
            break
        for entry in record_bundle(person, n, _TODAY)["entry"]:
            one = entry["resource"]
            kind = one["resourceType"]
            if kind not in files:
                files[kind] = (folder / f"{kind}.ndjson").open("wb")
            line = encode(one) + b"\n"
            files[kind].write(line)
            count, size = count + 1, size + len(line)
    for file in files.values():
        file.close()
    return count, size
