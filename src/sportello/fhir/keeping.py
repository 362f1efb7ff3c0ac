"""What the resource store holds of a patient: told as resources, erased with every version."""

from collections.abc import Sequence
from typing import Any

import msgspec

from sportello.administration.privacy.holdings import Holding, Subject, Sum, Telling, holdings
from sportello.fhir.plugging import plugs_of
from sportello.fhir.store import erasing
from sportello.fhir.store.finding import Limits, compartment, several
from sportello.kit.database import Transaction
from sportello.kit.house import House

_PAGE = 500
_SHORTEST = 3  # letters: shorter words are no one's name alone


async def _gather(_house: House, tx: Transaction, subject: Subject) -> Subject:
    """Names, numbers and addresses, of every version of the Patient; of a merged one, it is the survivor's data."""
    if not subject.patient:
        return subject
    survivor = await erasing.survivor_of(tx, subject.patient)
    former = await erasing.merged_into(tx, survivor)
    subject = msgspec.structs.replace(subject, patient=survivor, former=tuple(former))
    bodies = [body for one in subject.keys("patient") for body in await erasing.bodies_of(tx, one)]
    return known_by(subject, bodies)


def known_by(subject: Subject, bodies: Sequence[dict[str, Any]]) -> Subject:
    """The subject with the words and addresses of these Patients too."""
    words: list[Any] = list(subject.words)
    addresses: list[Any] = list(subject.addresses)
    for body in bodies:
        for name in _many(body.get("name")):
            words += [name.get("text"), name.get("family"), *_texts(name.get("given"))]
        words += [one.get("value") for one in _many(body.get("identifier"))]
        for place in _many(body.get("address")):
            words += [place.get("text"), *_texts(place.get("line"))]
        addresses += [one.get("value") for one in _many(body.get("telecom"))]
    kept = [tuple(dict.fromkeys(w for w in each if isinstance(w, str) and len(w) >= _SHORTEST))
            for each in (words, addresses)]  # fmt: skip
    return msgspec.structs.replace(subject, words=kept[0], addresses=kept[1])


def _many(value: object) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _texts(value: object) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


async def _counted(_house: House, tx: Transaction, subject: Subject) -> Sequence[Sum]:
    found = [await erasing.counts(tx, one) for one in subject.keys("patient")]
    return [Sum(f"fhir {kind}", n, latest) for counts in found for kind, n, latest in counts]


async def _told(house: House, tx: Transaction, telling: Telling) -> None:
    """The whole compartment and the files that it points to; sensitive parts too, for they are the patient's own."""
    limits = Limits(plugs=plugs_of(house))
    after, files = "", list[str]()
    while True:
        found = await compartment(tx, telling.subject.patient, None, limits, after=after, since=None, limit=_PAGE)
        for one in found[:_PAGE]:
            telling.resources.append(one.body | {"id": one.id})
            files += _binaries(one.body)
        if len(found) <= _PAGE:
            break
        after = f"{found[_PAGE - 1].kind}/{found[_PAGE - 1].id}"
    for one in await several(tx, files, limits):
        telling.resources.append(one.body | {"id": one.id})


def _binaries(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["url"]] if isinstance(value.get("url"), str) and value["url"].startswith("Binary/") else []
        return own + [name for inner in value.values() for name in _binaries(inner)]
    return [name for inner in value for name in _binaries(inner)] if isinstance(value, list) else []


async def _erased(house: House, tx: Transaction, subject: Subject) -> int:
    """The resources; in what is others', the patient is from then on the id alone, which leads nowhere."""
    number = 0
    for patient in subject.keys("patient"):
        number += await erasing.erase(tx, patient, house.clock.now())
        found = await erasing.naming(tx, patient)
        theirs = f"Patient/{patient}"
        await erasing.rewrite(
            tx, [(row["type"], row["id"], row["version"], _without_words(row["body"], theirs)) for row in found]
        )
    return number


def _without_words(value: Any, theirs: str) -> Any:
    if isinstance(value, dict):
        if value.get("reference") == theirs:
            return {"reference": theirs}
        return {
            key: _without_words(inner, theirs) for key, inner in value.items() if key != "text" or "div" not in inner
        }
    return [_without_words(inner, theirs) for inner in value] if isinstance(value, list) else value


def hold(house: House) -> None:
    """Says what this room holds."""
    holdings(house).append(
        Holding(
            "fhir", "record", gather=_gather, told=_told, counted=_counted, erased=_erased,
            covers=("fhir.resource", "fhir.history", "fhir.intake_refusal", "fhir.erased", "fhir.export"),
        )
    )  # fmt: skip
