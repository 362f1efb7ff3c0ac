"""Who keeps the calendars, and on which terms the other system is asked: what the administrator sets."""

import re
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from sportello.adapters.remote_booking import store
from sportello.adapters.remote_booking.choosing import Strategy
from sportello.adapters.remote_fhir import terms as fhir
from sportello.administration import audit
from sportello.administration.actor import Actor
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_
from sportello.scheduling import elsewhere, elsewhere_watching

SCOPES = "system/Schedule.rs system/Slot.rus system/Appointment.cruds system/Patient.rs"
KINDS = ("HealthcareService", "Practitioner", "Location")
LINE = N_("Write each line as in: Practitioner/bassi = 4711. This one cannot be read: %(line)s")
TWICE = N_("The same id is on two lines: %(line)s")
SYSTEM = N_("Write the address of a system of numbers, such as http://hl7.it/sid/codiceFiscale or urn:oid:1.2.3.")
_SYSTEM = re.compile(r"(https?://|urn:)[^\s|,]+")
_LINE = re.compile(rf"({'|'.join(KINDS)})/([A-Za-z0-9.-]{{1,64}})\s*=\s*(\S{{1,100}})")


class Terms(Struct, frozen=True):
    """`shares` takes address and signing in from the clinical record's server; `codes` are lines: our id = theirs.

    `patients` is the system of the number by which patients are found there; empty: they have the same ids in both.
    `writes`: it writes to patients itself of what is changed there by hand; `minutes`: between two looks at that.
    """

    kept: Literal["here", "elsewhere"] = "here"
    shares: bool = False
    address: Annotated[str, Meta(max_length=1000)] = ""
    auth: Literal["signed", "none"] = "signed"
    client: Annotated[str, Meta(max_length=300)] = ""
    scopes: Annotated[str, Meta(max_length=4000)] = SCOPES
    token_address: Annotated[str, Meta(max_length=1000)] = ""
    authority: Annotated[str, Meta(max_length=50_000)] = ""
    strategy: Strategy = "auto"
    seconds: Annotated[int, Meta(ge=1, le=60)] = 8
    ceiling: Annotated[int, Meta(ge=1, le=1000)] = 30
    codes: Annotated[str, Meta(max_length=100_000)] = ""
    writes: bool = False
    minutes: Annotated[int, Meta(ge=1, le=60)] = 1
    patients: Annotated[str, Meta(max_length=300)] = ""

    @property
    def elsewhere(self) -> bool:
        return self.kept == "elsewhere"


async def terms_of(house: House, reader: store.Reader) -> Terms:
    """Those in force."""
    kept = await store.terms(reader)
    return msgspec.convert(kept, Terms) if kept else Terms()


async def server_of(house: House, terms: Terms, tx: Transaction | None = None) -> fhir.Terms:
    """The server and how to sign in there, as the FHIR client takes them."""
    if terms.shares:
        return await fhir.terms_of(house, tx)
    return fhir.Terms(
        kind="remote", address=terms.address, auth=terms.auth, client=terms.client, scopes=terms.scopes,
        token_address=terms.token_address, authority=terms.authority, seconds=terms.seconds, ceiling=terms.ceiling,
    )  # fmt: skip


async def change(house: House, tx: Transaction, by: Actor, after: Terms) -> None:
    """From now on these, on record; calendars change hands with them."""
    before = await terms_of(house, tx)
    changed = [name for name in Terms.__struct_fields__ if getattr(before, name) != getattr(after, name)]
    if not changed:
        return
    await store.keep_terms(tx, msgspec.to_builtins(after), house.clock.now())
    if {"shares", "address"} & set(changed):
        await store.forget_patients(tx)
    if before.elsewhere != after.elsewhere:
        await elsewhere.turn(house, tx, on=after.elsewhere)
    elif after.elsewhere and before.minutes != after.minutes:
        await elsewhere_watching.promise(house, tx)
    await audit.record(house, tx, by, "booking.settings", detail={"changed": sorted(changed), "kept": after.kept})


async def faults(house: House, terms: Terms) -> dict[str, tuple[str, dict[str, str]]]:
    """What is wrong, by field, as message ids with their values: a server that cannot be asked is not chosen."""
    wrong: dict[str, tuple[str, dict[str, str]]] = {}
    if terms.elsewhere:
        server = await server_of(house, terms)
        found = fhir.faults(msgspec.structs.replace(server, kind="remote"))
        wrong = {("shares" if terms.shares else name): (text, {}) for name, text in found.items()}
    if terms.patients and not _SYSTEM.fullmatch(terms.patients):
        wrong["patients"] = (SYSTEM, {})
    seen: set[str] = set()
    for line in filter(None, map(str.strip, terms.codes.splitlines())):
        told = _LINE.fullmatch(line)
        if told is None:
            return wrong | {"codes": (LINE, {"line": line[:80]})}
        if (ours := f"{told[1]}/{told[2]}") in seen:
            return wrong | {"codes": (TWICE, {"line": line[:80]})}
        seen.add(ours)
    return wrong


def codes_of(terms: Terms) -> dict[str, str]:
    """Their ids by ours, such as `Practitioner/bassi`; what is not named has the same id there."""
    found = (_LINE.fullmatch(line.strip()) for line in terms.codes.splitlines())
    return {f"{told[1]}/{told[2]}": told[3] for told in found if told}
