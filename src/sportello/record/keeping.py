"""The patient's record in readable words for their own copy, with who looked at it and why."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sportello.administration.actor import Actor
from sportello.administration.privacy.holdings import (
    Chapter,
    Entry,
    Holding,
    Key,
    NotYet,
    Subject,
    Table,
    Telling,
    holdings,
)
from sportello.fhir.keeping import known_by
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.i18n import N_, format_date, format_datetime, translate
from sportello.record import looks, reading
from sportello.record.access import UnknownPatient
from sportello.record.dates import When
from sportello.record.header import PatientHeader
from sportello.record.items import Item
from sportello.record.plan import Plan
from sportello.record.ports import Away, ClinicalRecord
from sportello.record.team import Team
from sportello.record.timeline import Card

_PAGE = 500  # few pages: a server elsewhere is asked about each of them
UNREAD = N_("The hospital's server, where the clinical record is, could not be read. Ask the hospital for it.")
MISSING = N_("Not in this copy, because the hospital's server did not give it")
UNKNOWN = N_("The hospital's server cannot be reached: who the patient is must be known to find what is to be erased.")


async def _told(house: House, tx: Transaction, telling: Telling) -> None:
    """As the patient would see it, all of it; from a server that is away at the moment, later."""
    try:
        await _all(house, tx, telling)
    except Away as error:
        if not telling.last:
            raise NotYet from error
        text = translate(telling.language, UNREAD)
        telling.chapters.append(Chapter(translate(telling.language, N_("Clinical timeline")), [Entry(text=text)]))


async def _all(house: House, tx: Transaction, telling: Telling) -> None:
    language = telling.language
    patient = Actor("patient", telling.subject.patient, "", language)
    try:
        header = await reading.patient_header(house, tx, patient, patient.id)
    except UnknownPatient:
        return
    cards: list[Card] = []
    before: str | None = None
    while True:
        page = await reading.timeline(house, tx, patient, patient.id, before, limit=_PAGE)
        cards += page.cards
        before = page.before
        if before is None:
            break
    plans = await reading.care_plans(house, tx, patient, patient.id)
    team = await reading.care_team(house, tx, patient, patient.id)
    words = _Words(language, house.settings.clinic.tz)
    source = await reading.standing(house, tx, patient, patient.id)
    lacking = (*source.missing, *source.old) if source else ()
    if lacking and not telling.last:
        raise NotYet
    telling.chapters += [
        Chapter(words(N_("Personal data")), list(words.person(header))),
        *([Chapter(words(MISSING), [Entry(text=", ".join(lacking))])] if lacking else []),
        Chapter(words(N_("Clinical timeline")), [words.card(card) for card in cards]),
        Chapter(words(N_("Care plans")), [words.plan(plan) for plan in plans]),
        Chapter(words(N_("Care team")), list(words.team(team))),
        Chapter(words(N_("Who looked at these data")), await _looks(house, tx, patient, words)),
    ]


async def _looks(house: House, tx: Transaction, patient: Actor, words: "_Words") -> list[Entry]:
    found: list[Entry] = []
    before: int | None = None
    while True:
        page = await looks.looks_at(house, tx, patient, before)
        for one in page.looks:
            who = f"{one.who}, {one.role}" if one.role else one.who
            reason = [(words(N_("Reason")), one.reason)] if one.reason else []
            found.append(Entry(f"{words.at(one.at)}  {who}", reason, ", ".join(one.parts)))
        before = page.before
        if before is None:
            return found


class _Words:
    """The record's shapes as entries of the copy, in one language."""

    def __init__(self, language: str, zone: ZoneInfo) -> None:
        self.language, self.zone = language, zone

    def __call__(self, message: str) -> str:
        return translate(self.language, message)

    def at(self, value: datetime) -> str:
        return format_datetime(value, self.language, self.zone)

    def when(self, value: When | None) -> str:
        return format_date(value.at, self.language, self.zone) if value else ""

    def facts(self, *pairs: tuple[str, str | None]) -> list[tuple[str, str]]:
        return [(self(label), value) for label, value in pairs if value]

    def person(self, one: PatientHeader) -> Iterator[Entry]:
        yield Entry(
            one.name,
            [
                *self.facts((N_("Date of birth"), self.when(one.born)), (N_("Gender"), one.gender),
                            (N_("Language"), one.language_label), (N_("Telephone"), one.phone),
                            (N_("E-mail"), one.email), (N_("Address"), one.address),
                            (N_("Family doctor"), one.gp.name if one.gp else None)),
                *((each.label, each.value) for each in one.identifiers),
            ],
        )  # fmt: skip
        for title, listed in (
            (N_("Allergies"), [" ".join(filter(None, (each.text, *each.reactions))) for each in one.allergies]),
            (N_("Alerts"), [each.text for each in one.flags]),
            (N_("Consents"), [self._agreed(each.text, each.given) for each in one.consents]),
        ):
            if listed:
                yield Entry(self(title), text="\n".join(listed))

    def _agreed(self, text: str, given: bool | None) -> str:
        return text if given is None else f"{text}: {self(N_('given') if given else N_('refused'))}"

    def card(self, one: Card) -> Entry:
        items = [item for group in one.groups for item in group.items]
        lines = [self._item(item) for item in items]
        lines += [" ".join(filter(None, (m.name, m.value))) for group in one.groups for m in group.line]
        heading = "  ".join(filter(None, (self.when(one.when), one.title or one.setting)))
        facts = self.facts((N_("Place"), one.place), (N_("Reason"), one.reason), (N_("Status"), one.status),
                           (N_("People"), ", ".join(one.people)))  # fmt: skip
        return Entry(heading, facts, "\n".join(lines))

    def _item(self, one: Item) -> str:
        # A result that is one measure bears its name already.
        named = (((None if m.name == one.title else m.name), m.value) for m in one.measures)
        values = "; ".join(" ".join(filter(None, pair)) for pair in named)
        return " · ".join(filter(None, (one.title, one.detail, values, one.status, one.source)))

    def plan(self, one: Plan) -> Entry:
        parts = (
            (N_("Problems"), one.addresses),
            (N_("Goals"), [each.text for each in one.goals]),
            (N_("Activities"), [each.text for each in one.activities]),
            (N_("Notes"), one.notes),
        )
        lines = [f"{self(label)}: {'; '.join(listed)}" for label, listed in parts if listed]
        facts = self.facts((N_("Status"), one.status), (N_("Begin"), self.when(one.start)),
                           (N_("Ends on"), self.when(one.end)), (N_("Author"), one.author))  # fmt: skip
        return Entry(one.title, facts, "\n".join(filter(None, (one.description, *lines))))

    def team(self, one: Team) -> Iterator[Entry]:
        for each in (*one.members, *one.past):
            yield Entry(each.name, self.facts((N_("Role"), each.role), (N_("Organisation"), each.organisation),
                                              (N_("Telephone"), each.phone), (N_("Since"), self.when(each.since)),
                                              (N_("Until"), self.when(each.until))))  # fmt: skip


async def _gather(house: House, tx: Transaction, subject: Subject) -> Subject:
    """Who it is by the record, wherever that is kept."""
    record: ClinicalRecord = house.port(ClinicalRecord)
    try:
        found = await record.patient(tx, subject.patient) if subject.patient else None
    except Away:
        return subject  # see `_blocked`
    return known_by(subject, [dict(found)]) if found else subject


async def _blocked(house: House, tx: Transaction, subject: Subject) -> Sequence[str]:
    """By name and address much is found that is to go: without them it would stay."""
    record: ClinicalRecord = house.port(ClinicalRecord)
    try:
        await record.patient(tx, subject.patient)
    except Away:
        return [UNKNOWN]
    return ()


_BY: Mapping[str, Key] = {"patient": "patient"}
_TABLES = [
    Table("record.opening", _BY, {"reason": "—", "review_note": ""}, at="at"),
    Table("record.obscuring", _BY, {"reason": "—", "lift_reason": ""}, at="at"),
    Table("record.merge", {"survivor": "patient", "former": "patient"}, {"reason": ""}, at="at"),
    Table("record.team_message", _BY, None, N_("What those who care wrote to each other"),
          {"at": N_("Sent on"), "name": N_("By"), "body": N_("Text")}, "at"),
]  # fmt: skip


def hold(house: House) -> None:
    """Openings stay as proof of who opened what, without the words of the reason."""
    holdings(house).append(
        Holding(
            "record", "record", _TABLES, ("record.merge_item", "record.merge_row", "record.team_message_to"),
            told=_told, gather=_gather, blocked=_blocked,
        )
    )  # fmt: skip
