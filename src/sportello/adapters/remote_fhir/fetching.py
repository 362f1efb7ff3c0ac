"""Errands: what a transaction missed is asked of the server with no connection in hand, and kept as copies.

Whatever goes wrong with one question is kept with it, so that readers are told which part is old or missing.
"""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any

import structlog

from sportello.adapters.remote_fhir import server, store
from sportello.adapters.remote_fhir.hearing import Trouble
from sportello.adapters.remote_fhir.link import Link
from sportello.adapters.remote_fhir.server import Found, Known
from sportello.adapters.remote_fhir.wire import Wire
from sportello.fhir.extraction import index
from sportello.kit.database import Transaction
from sportello.kit.house import House

FEW = 2000  # of a type of which a hospital has few
log = structlog.get_logger("remote_fhir")
Want = tuple[str, str]  # about whom or what (see the migration), and the type


async def fetch(house: House, link: Link, wants: Sequence[Want]) -> None:
    """Asks everything at the same time, as far as the pace lets it, and keeps what came."""
    answers: list[tuple[str, str, Found]] = []
    try:
        async with link.wire() as wire:
            known = await link.known(wire)
            for told in await asyncio.gather(*(_ask(wire, known, *one) for one in _grouped(wants))):
                answers += told
    except Trouble as error:
        answers = [(about, kind, Found([], error.code)) for about, kind in wants]
    troubles = sorted({found.trouble for _, _, found in answers if found.trouble})
    if troubles:
        log.warning("the hospital's server gave trouble", kinds=troubles)
    now = house.clock.now()

    async def work(tx: Transaction) -> None:
        for about, kind, found in sorted(answers, key=lambda one: one[:2]):
            await store.answered(tx, about, kind, found.resources, now, found.trouble)

    await house.db.run(work)


def _grouped(wants: Sequence[Want]) -> Iterable[tuple[str, str, Sequence[str]]]:
    """Questions: about, type, ids; those for single resources of a type become one."""
    single: dict[str, list[str]] = {}
    for about, kind in wants:
        if about.startswith("#"):
            single.setdefault(kind, []).append(about[1:])
        else:
            yield about, kind, ()
    for kind, ids in single.items():
        yield "#", kind, ids


async def _ask(wire: Wire, known: Known, about: str, kind: str, ids: Sequence[str]) -> list[tuple[str, str, Found]]:
    try:
        if not known.has(kind):  # nothing is missing where there is nothing
            found = Found([])
        elif ids:
            found = await server.by_ids(wire, known, kind, ids)
        elif about:
            found = await server.search(wire, known, kind, [("patient", about)])
            found = own(found, about)
        else:
            found = await server.search(wire, known, kind, [], most=FEW)
    except Trouble as error:
        found = Found([], error.code)
    if not ids:
        return [(about, kind, found)]
    by_id = {one["id"]: one for one in found.resources}
    return [
        (f"#{one}", kind, Found([by_id[one]] if one in by_id else [], "" if one in by_id else found.trouble))
        for one in ids
    ]


def own(found: Found, patient: str) -> Found:
    """Without what is plainly another patient's: a server that mixes them up must not put it into this record."""
    kept = [one for one in found.resources if index(one).patient in (None, patient)]
    return found if len(kept) == len(found.resources) else Found(kept, "stranger")


async def find_people(house: House, link: Link, words: Sequence[str]) -> list[str]:
    """Ids of patients who may be meant by the words, their copies kept; raises Trouble."""
    async with link.wire() as wire:
        known = await link.known(wire)
        asked = [server.search(wire, known, "Patient", params, most=200) for params in questions(words)]
        answers = await asyncio.gather(*asked, return_exceptions=True)
    failed = [one for one in answers if isinstance(one, BaseException)]
    if failed and len(failed) == len(answers):
        raise failed[0]
    people: dict[str, Any] = {}
    for one in answers:
        if isinstance(one, Found):
            people |= {each["id"]: each for each in one.resources}
    now = house.clock.now()

    async def work(tx: Transaction) -> None:
        for name, person in sorted(people.items()):
            await store.answered(tx, f"#{name}", "Patient", [person], now)

    await house.db.run(work)
    return list(people)


def questions(words: Sequence[str]) -> list[list[tuple[str, str]]]:
    """Searches whose results together hold whoever has all words; what a server cannot tell is sifted here."""
    dates = [word for word in words if len(word) == 10 and word[4] == word[7] == "-" and word[:4].isdecimal()]
    codes = [word for word in words if word not in dates and any(sign.isdigit() for sign in word)]
    names = [word for word in words if word not in dates and word not in codes]
    if names or dates:
        return [[*(("name", word) for word in names), *(("birthdate", day) for day in dates)]]
    found: list[list[tuple[str, str]]] = []
    for word in codes[:2]:
        plain = word.replace(",", "\\,").replace("|", "\\|")
        found.append([("identifier", ",".join(dict.fromkeys((plain, plain.upper()))))])
        if word.isdecimal():
            ways = (word, f"+{word.removeprefix('00')}") if word.startswith("00") else (word, f"+39{word}")
            found.append([("phone", ",".join(ways))])
    return found
