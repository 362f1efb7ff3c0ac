# ruff: noqa: S608  tables' names are the catalogue's own
"""Two patients with something in every table that keeps such: Ermengarda, who wants to be forgotten, and Bruno."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

from sportello.administration.actor import Actor
from sportello.administration.testing import staff_member
from sportello.conversations.opening import open_conversation
from sportello.conversations.posting import say
from sportello.fhir.importing import import_bundle
from sportello.kit.house import House
from sportello.kit.ids import uuid7


class Person:
    """Somebody with words that nobody else has."""

    def __init__(self, key: str, given: str, family: str, mark: str) -> None:
        self.id, self.given, self.family, self.mark = key, given, family, mark
        self.name = f"{given} {family}"
        self.fiscal = f"{mark.upper()[:6]}84C52D548X"
        self.phone, self.email = f"+39 0532 {key[-6:]}", f"{mark}@posta.example"
        self.talk = uuid7()
        self.visit = uuid7()

    @property
    def words(self) -> list[str]:
        """What must be found nowhere."""
        return [self.given, self.family, self.fiscal, self.phone, self.email, f"{self.mark} dice"]


ERMENGARDA = ("4711-0001-771177", "Ermengarda", "Quadrifoglia", "zirlante")
BRUNO = ("4711-0002-882288", "Brunoldo", "Trifogliato", "fischiante")


def resources(one: Person) -> dict[str, Any]:
    """Their record: a visit, a sensitive result with words, a document with its file."""
    ref = {"reference": f"Patient/{one.id}", "display": one.name}
    listed = [
        {"resourceType": "Patient", "id": one.id, "name": [{"family": one.family, "given": [one.given]}],
         "identifier": [{"system": "http://hl7.it/sid/codiceFiscale", "value": one.fiscal}],
         "telecom": [{"system": "phone", "value": one.phone}, {"system": "email", "value": one.email}],
         "birthDate": "1984-03-12"},
        {"resourceType": "Encounter", "id": f"e-{one.id}", "status": "finished", "class": {"code": "AMB"},
         "subject": ref, "period": {"start": "2026-03-02T09:00:00+01:00"}},
        {"resourceType": "Observation", "id": f"o-{one.id}", "status": "final", "code": {"text": "Peso"},
         "subject": ref, "valueString": f"{one.mark} dice", "effectiveDateTime": "2026-03-02",
         "meta": {"security": [{"code": "HIV"}]}},
        {"resourceType": "DocumentReference", "id": f"d-{one.id}", "status": "current", "subject": ref,
         "content": [{"attachment": {"url": f"Binary/b-{one.id}"}}]},
        {"resourceType": "Binary", "id": f"b-{one.id}", "contentType": "text/plain", "data": "emlybGFudGU="},
        {"resourceType": "Group", "id": f"g-{one.id}", "type": "person", "actual": True, "member": [{"entity": ref}]},
    ]  # fmt: skip
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": each} for each in listed]}


async def furnish(house: House, one: Person) -> Actor:
    """Fills what the rooms' own functions fill, then by hand the tables that need more than a test can set up."""
    elena = await staff_member(house, "agent")

    async def work(tx: Any) -> None:
        for birth in ("1984-03-11", "1984-03-12"):  # a version of before
            bundle = resources(one)
            bundle["entry"][0]["resource"]["birthDate"] = birth
            await import_bundle(tx, bundle)
        talk = await open_conversation(
            house, tx, patient_id=one.id, visitor_name=one.name, language="it", conversation=one.talk
        )  # fmt: skip
        await house.streams.append(
            tx, talk.stream, "message", {"text": f"{one.mark} dice", "name": one.name}, sender="patient",
            client_id=uuid7(),
        )  # fmt: skip
        await say(house, tx, talk.id, f"Grazie, {one.name}")
        await house.streams.append(tx, f"desk:{elena.id}", "offer", {"conversation": str(talk.id), "name": one.name})

    await house.db.run(work)
    await _by_hand(house, one, elena)
    return elena


async def _by_hand(house: House, one: Person, elena: Actor) -> None:
    now, staff, said = house.clock.now(), UUID(elena.id), f"{one.mark} dice"
    later = now + timedelta(days=1)
    memory = {"words": said, "name": one.name}
    rows: dict[str, dict[str, Any]] = {
        "conversations.file": {"id": uuid7(), "conversation": one.talk, "sender": "patient", "name": f"{one.mark}.pdf",
                               "type": "application/pdf", "size": 8, "content": said.encode(), "sent_at": now},
        "conversations.mailing": {"id": uuid7(), "conversation": one.talk, "recipient": one.email, "by_name": "Elena",
                                  "asked_at": now, "status": "sent"},
        "conversations.redaction": {"conversation": one.talk, "seq": 1, "by": staff, "by_name": "Elena",
                                    "why": f"{one.name} lo chiede", "at": now},
        "conversations.invitation": {"id": uuid7(), "conversation": one.talk, "kind": "consult", "asked": staff,
                                     "asked_name": "Elena", "by": staff, "by_name": "Elena", "note": said,
                                     "asked_at": now, "expires_at": now, "outcome": "lapsed", "ended_at": now},
        "scheduling.appointment": {"id": one.visit, "status": "fulfilled", "patient": one.id, "reason": said,
                                   "details": one.name, "confirm_to": one.email, "created_by": elena.id,
                                   "starts": now - timedelta(days=9), "ends": now - timedelta(days=9, minutes=-30),
                                   "created_at": now, "changed_at": now},
        "scheduling.appointment_change": {"appointment": one.visit, "at": now, "by": elena.id, "what": "booked",
                                          "status": "booked", "note": said},
        "scheduling.wizard": {"id": uuid7(), "mode": "schedule", "state": "done", "patient": one.id, "about": memory,
                              "staff": elena.id, "step": "done", "answers": memory, "created_at": now,
                              "touched_at": now},
        "outreach.message": {"id": uuid7(), "appointment": one.visit, "patient": one.id, "sequence": 0,
                             "kind": "booked", "recipient": one.email, "language": "it", "status": "sent",
                             "details": memory, "created_at": now},
        "routing.callback": {"id": uuid7(), "queue": "general", "name": one.name, "phone": one.phone,
                             "wished": said, "language": "it", "patient_id": one.id, "asked_at": now, "due_at": later},
        "adapters.bot_session": {"conversation": one.talk, "state": "closed", "memory": memory, "guard": memory,
                                 "cursor": 0, "opened_at": now},
        "adapters.bot_trace": {"at": now, "conversation": one.talk, "way": "out", "what": "say", "shown": said},
        "portal.account": {"login": one.mark, "code_hash": "x", "patient_id": one.id, "created_at": now},
        "portal.session": {"token_hash": one.mark.encode(), "login": one.mark, "patient_id": one.id,
                           "created_at": now, "expires_at": later},
        "portal.chat": {"key_hash": one.mark.encode(), "token_hash": one.mark.encode(), "conversation": one.talk,
                        "patient_id": one.id, "created_at": now, "expires_at": later},
        "desk.session": {"staff": staff, "conversation": one.talk, "opened_at": now, "draft": f"Gentile {one.name}"},
        "record.opening": {"id": uuid7(), "staff": elena.id, "patient": one.id, "reason": f"{one.name} sviene",
                           "at": now, "until": later},
        "demo.mail": {"received_at": now, "sender": "a@b.example", "recipients": [one.email],
                      "subject": one.name, "body": said, "raw": said.encode()},
    }  # fmt: skip
    for table, row in rows.items():
        places = ", ".join(f"${n}" for n in range(1, len(row) + 1))
        await house.db.execute(f"insert into {table} ({', '.join(row)}) values ({places})", *row.values())
    await house.db.execute(
        "insert into bots.session (conversation, memory, cursor, turns, opened_at, last_at)"
        " values ($1, $2, 0, 0, $3, $3) on conflict (conversation) do update set memory = excluded.memory",
        one.talk, memory, now,
    )  # fmt: skip
    await house.db.execute(
        """update conversations.conversation set state = 'closed', closed_at = $2, summary = $3, context = $4,
        wrap_up_note = $3 where id = $1""",
        one.talk, now, said, memory,
    )  # fmt: skip


async def tables(house: House) -> list[str]:
    """Every table of every room."""
    rows = await house.db.fetch(
        """select table_schema || '.' || table_name as name from information_schema.tables
        where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema', 'public')
        order by 1"""
    )
    return [row["name"] for row in rows]


async def where_found(house: House, words: list[str]) -> list[str]:
    """Every table and row in which one of the words stands, in whatever column."""
    found = []
    for table in await tables(house):
        rows = await house.db.fetch(
            f"select t::text as row from {table} t where exists"
            " (select from unnest($1::text[]) w where position(lower(w) in lower(t::text)) > 0)",
            words,
        )
        found += [f"{table}: {row['row'][:300]}" for row in rows]
    return found


async def rows_of(house: House, one: Person) -> dict[str, list[str]]:
    """All rows that have to do with somebody."""
    keys = [*one.words, one.id, str(one.talk), str(one.visit), one.mark]
    found = {}
    for table in await tables(house):
        rows = await house.db.fetch(
            f"select t::text as row from {table} t where exists"
            " (select from unnest($1::text[]) w where position(lower(w) in lower(t::text)) > 0) order by 1",
            keys,
        )
        found[table] = [row["row"] for row in rows]
    return found


def told(value: object) -> str:
    return json.dumps(value, default=str)
