"""The forty invented patients: names, days of birth, fiscal codes that check, addresses, ways to reach them."""

from datetime import date
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from sportello.demo.fiscal_code import fiscal_code
from sportello.demo.hospital import hospital
from sportello.demo.naming import Resource, dice, id_of, reference
from sportello.kit.written import read_yaml

_FISCAL = "http://hl7.it/sid/codiceFiscale"
_RECORD_NUMBER = "http://sanluca.example/sid/cartella"
_RECORD = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "MR"}]}
_POSITION = "http://hl7.org/fhir/StructureDefinition/geolocation"


class _File(Struct, frozen=True):
    """`content/patients.yaml`."""

    birthplaces: dict[str, str]
    abroad: dict[str, str]
    streets: tuple[str, ...]
    patients: tuple[tuple[str, str, str, date, str, str], ...]


class Person(Struct, frozen=True):
    """An invented patient; `key` names them inside the demo, `id` in the record."""

    key: str
    id: str
    family: str
    given: str
    female: bool
    born: date
    stories: tuple[str, ...]
    language: str
    fiscal_code: str
    town: str
    street: str

    @property
    def name(self) -> str:
        return f"{self.given} {self.family}"

    def age(self, on: date) -> int:
        return on.year - self.born.year - ((on.month, on.day) < (self.born.month, self.born.day))


def people() -> list[Person]:
    """All forty, Giulia Ferri first."""
    text = (Path(__file__).parent / "content" / "patients.yaml").read_text()
    told = msgspec.convert(read_yaml(text), _File)
    return [_person(told, *line) for line in told.patients]


def _person(told: _File, family: str, given: str, sex: str, born: date, stories: str, language: str) -> Person:
    chance = dice("person", family, given)
    key = f"{given}.{family}".lower().replace(" ", "").replace("'", "")
    female = sex == "f"
    place = told.abroad.get(language) or chance.choice(list(told.birthplaces.values()))
    return Person(
        key=key,
        id=id_of("patient", key),
        family=family,
        given=given,
        female=female,
        born=born,
        stories=tuple(stories.split()),
        language=language,
        fiscal_code=fiscal_code(family, given, born, female, place),
        town=chance.choices(list(hospital().towns), (5, 3, 2))[0],
        street=f"{chance.choice(told.streets)} {chance.randint(1, 98)}",
    )


def patient(person: Person, number: int, doctor: str) -> Resource:
    """The FHIR Patient; `doctor` is the id of the family doctor's Practitioner."""
    chance = dice("contact", person.key)
    postal_code, latitude, longitude = hospital().towns[person.town]
    telecom: list[dict[str, Any]] = [
        {"system": "phone", "value": f"+39 333 000 {1000 + number}", "use": "mobile", "rank": 1},
        {"system": "email", "value": f"{person.key}@posta.example", "use": "home"},
    ]
    position = [
        {"url": "latitude", "valueDecimal": round(latitude + chance.uniform(-0.02, 0.02), 5)},
        {"url": "longitude", "valueDecimal": round(longitude + chance.uniform(-0.02, 0.02), 5)},
    ]
    return {
        "resourceType": "Patient",
        "id": person.id,
        "active": True,
        "identifier": [
            {"system": _FISCAL, "value": person.fiscal_code, "use": "official"},
            {"system": _RECORD_NUMBER, "value": f"SL-{20_000 + number * 37}", "type": _RECORD},
        ],
        "name": [{"use": "official", "family": person.family, "given": person.given.split(" ")}],
        "telecom": telecom,
        "gender": "female" if person.female else "male",
        "birthDate": person.born.isoformat(),
        "address": [
            {
                "use": "home", "line": [person.street], "city": person.town, "postalCode": postal_code, "country": "IT",
                "extension": [{"url": _POSITION, "extension": position}],
            }
        ],
        "communication": [
            {"language": {"coding": [{"system": "urn:ietf:bcp:47", "code": person.language}]}, "preferred": True}
        ],
        "generalPractitioner": [reference("Practitioner", doctor)],
    }  # fmt: skip
