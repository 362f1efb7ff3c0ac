"""What is sensitive in this hospital: security labels, types of resources, categories and codes, as set on a screen."""

from collections.abc import Collection, Iterable, Sequence

from sportello.fhir.extraction import indexed_token, tokens_of, type_token
from sportello.fhir.labels import SENSITIVE
from sportello.fhir.r4 import TYPES
from sportello.kit.database import Database, Transaction
from sportello.kit.i18n import N_
from sportello.record.ports import Resource
from sportello.record.store import sensitive
from sportello.record.store.sensitive import Mark

KINDS = {
    "label": N_("Security label"), "type": N_("Type of resource"), "category": N_("Category"), "code": N_("Code"),
}  # fmt: skip
# Without these nothing could be found or named any more.
_NEVER = frozenset({"Patient", "Practitioner", "PractitionerRole", "Organization", "Location", "HealthcareService"})
_FIELDS = {
    "label": ("security",),
    "category": ("category",),
    # Of a visit also why and what for: its reason would tell as much as the problem itself.
    "code": ("code", "vaccineCode", "medicationCodeableConcept", "type", "reasonCode", "serviceType", "specialty"),
}
# http://terminology.hl7.org/CodeSystem/v3-Confidentiality and v3-ActCode, in words of the house
LABELS = {
    "R": N_("Restricted, also items obscured one by one"), "V": N_("Very restricted"), "HIV": N_("HIV and AIDS"),
    "ETH": N_("Substance abuse"), "ETHUD": N_("Alcohol use"), "OPIOIDUD": N_("Opioid use"), "SUD": N_("Substance use"),
    "GDIS": N_("Genetic disease"), "SICKLE": N_("Sickle cell disease"), "MST": N_("Military sexual trauma"),
    "PREGNANT": N_("Pregnancy"), "SPI": N_("Particularly sensitive data"), "PSY": N_("Psychiatry"),
    "BH": N_("Behavioural health"), "MH": N_("Mental health"), "PSYTHPN": N_("Notes of psychotherapy"),
    "COGN": N_("Cognitive disability"), "DVD": N_("Developmental disability"), "EMOTDIS": N_("Emotional disturbance"),
    "SCA": N_("Sickle cell anaemia"), "SDV": N_("Abuse and domestic violence"), "VIO": N_("Violence"),
    "SEX": N_("Sexuality and reproductive health"), "STD": N_("Sexually transmitted diseases"), "TBOO": N_("Taboo"),
}  # fmt: skip
NO_CODE, NO_TYPE = N_("Write a code without spaces or bars."), N_("This is no type of FHIR R4 that can be hidden.")
NO_KIND, NO_SYSTEM = N_("This choice is not known."), N_("A code system is an address without spaces, such as a URL.")
LONGEST = 100


class ScreenSensitivity:
    """The door's `SensitiveParts`, from what administrators set."""

    async def tokens(self, reader: Database | Transaction) -> Sequence[str]:
        return tokens(await sensitive.marks(reader))


def tokens(marks: Iterable[Mark]) -> list[str]:
    """How the index writes them."""
    return [token for mark in marks for token in _tokens(mark)]


def _tokens(mark: Mark) -> Iterable[str]:
    if mark.kind == "type":
        return [type_token(mark.code)]
    return [indexed_token(field, mark.code, mark.system or "*") for field in _FIELDS[mark.kind]]


def is_sensitive(resource: Resource, hidden: Collection[str]) -> bool:
    """Whether somebody without the right would not be shown it."""
    return not {*tokens_of(resource), type_token(resource["resourceType"])}.isdisjoint(hidden)


def faults(mark: Mark) -> dict[str, str]:
    """What is wrong with one as typed, by field, as message ids."""
    found = {}
    if mark.kind not in KINDS:
        found["kind"] = NO_KIND
    if mark.kind == "type" and (mark.code not in TYPES or mark.code in _NEVER):
        found["code"] = NO_TYPE
    elif not mark.code or len(mark.code) > LONGEST or "|" in mark.code or any(one.isspace() for one in mark.code):
        found["code"] = NO_CODE
    if len(mark.system) > 2 * LONGEST or "|" in mark.system or any(one.isspace() for one in mark.system):
        found["system"] = NO_SYSTEM
    if len(mark.words) > 2 * LONGEST:
        found["words"] = N_("This text is too long.")
    return found


async def back_to_default(tx: Transaction) -> None:
    """The labels of `fhir/labels.py`, nothing else."""
    await sensitive.replace_marks(tx, sorted(SENSITIVE))
