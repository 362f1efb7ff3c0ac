"""Who asks by the id of a patient that was merged is answered of the one that stands for it (`Patient.link`)."""

from collections.abc import Iterable

from msgspec.structs import replace

from sportello.fhir.door.asking import Asked, Condition
from sportello.fhir.references import local_target
from sportello.fhir.store import merging
from sportello.kit.database import Transaction


async def standing(tx: Transaction, wanted: Asked) -> Asked:
    """The search with the surviving patients beside those that it names."""
    named = {name for one in wanted.conditions for name in _patients(one)}
    found = await merging.survivors(tx, named) if named else {}
    if not found:
        return wanted
    return replace(wanted, conditions=tuple(_widened(one, found) for one in wanted.conditions))


async def of(tx: Transaction, patient: str) -> str:
    """The id of who stands for a patient: mostly themselves."""
    return (await merging.survivors(tx, [patient])).get(patient, patient)


def _patients(one: Condition) -> Iterable[str]:
    if one.parameter.kind == "reference" and not one.modifier and one.chain is None:
        for text in one.alternatives:
            name = local_target(text) or (f"Patient/{text}" if "/" not in text else "")
            if name.startswith("Patient/"):
                yield name.removeprefix("Patient/")


def _widened(one: Condition, found: dict[str, str]) -> Condition:
    more = [f"Patient/{found[name]}" for name in _patients(one) if name in found]
    return replace(one, alternatives=tuple(dict.fromkeys((*one.alternatives, *more)))) if more else one
