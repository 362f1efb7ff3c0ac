"""The words of letters: what each kind says unless the hospital words it otherwise, its placeholders, its rules. Pure.

Subject and first lines stand on the locked screen of a phone that others may see: no clinical word comes there.
"""

import re
from collections.abc import Iterable, Mapping

from msgspec import Struct

from sportello.kit.i18n import N_, translate

KINDS = {
    "booked": N_("Confirmation"),
    "moved": N_("Change of the time"),
    "cancelled": N_("Cancellation"),
    "reminder": N_("Reminder"),
    "offer": N_("Offer of a time that came free"),
    "link": N_("Link of a virtual visit"),
}
SUBJECTS = {
    "booked": N_("Your appointment is confirmed – %(clinic)s"),
    "moved": N_("Your appointment has a new time – %(clinic)s"),
    "cancelled": N_("Your appointment is cancelled – %(clinic)s"),
    "reminder": N_("Reminder of your appointment – %(clinic)s"),
    "offer": N_("A time came free for you – %(clinic)s"),
    "link": N_("The link for your virtual appointment – %(clinic)s"),
}
OPENINGS = {
    "booked": N_("we confirm your appointment."),
    "moved": N_("your appointment was moved. This is the new time."),
    "cancelled": N_("this appointment was cancelled."),
    "reminder": N_("we remind you of your appointment."),
    "offer": N_("a time that you wait for has come free."),
    "link": N_("this is the link for your virtual appointment."),
}
CLOSINGS = {
    "offer": N_("If it suits you, take it here by %(until)s: %(link)s"),
    "cancelled": "",
}
PLEASE_TELL = N_("If you cannot come, please tell us: others are waiting.")

# What may be put in braces; those of OPEN also in the subject and in the first lines.
OPEN = ("clinic", "phone", "day", "time")
PLACEHOLDERS = {
    "details": N_("when, where, with whom, what for and what to bring, as a table"),
    "clinic": N_("the hospital's name"),
    "phone": N_("the hospital's telephone"),
    "day": N_("the day of the visit"),
    "time": N_("its time"),
    "name": N_("the patient's name"),
    "place": N_("the site with its address"),
    "practitioner": N_("who sees the patient"),
    "type": N_("the type of appointment"),
    "preparation": N_("how to prepare"),
    "link": N_("the address of a virtual visit, or of the offer"),
    "until": N_("until when an offer stands"),
    "portal": N_("the portal's address"),
}
MOST_SUBJECT, MOST_BODY = 120, 5000
_FIRST_LINES = 2
_PLACE = re.compile(r"\{\s*(\w+)\s*\}")
_WORD = re.compile(r"[^\W\d_]{4,}")
# Words that name no illness and no organ though specialties and types of visit carry them.
_HARMLESS = frozenset(
    "visita visite visit visits controllo controlli check prima primo first follow della delle degli dello dopo with"
    " from your esame esami exam exams test tests prelievo generale general medicina medicine adulti adults"
    " children bambini telefonico telefonica telefono phone video online virtual virtuale appuntamento appointment"
    " medical medica medico consulto consultation colloquio servizio service centro ambulatorio clinic".split()
)
_CLINICAL = frozenset(
    "oncologia oncologica oncologico oncology cancer tumore tumor tumour chemioterapia chemotherapy radioterapia"
    " psichiatria psichiatrica psychiatry psicologo psicologia psychology dipendenze addiction infettive hiv aids"
    " cardiologia cardiologica cardiology gravidanza pregnancy ginecologia gynaecology gynecology urologia urology"
    " dialisi dialysis diabete diabetologia diabetes biopsia biopsy ecografia ultrasound risonanza radiografia"
    " mammografia mammography colonscopia colonoscopy diagnosi diagnosis terapia therapy intervento surgery"
    " chirurgia referto referti".split()
)
SUBJECT_MISSING = N_("Write a subject.")
BODY_MISSING = N_("Write the text.")
TOO_LONG = N_("This text is too long.")
ONE_LINE = N_("The subject is one line.")
UNKNOWN = N_("There is no placeholder {%(name)s}.")
UNBALANCED = N_("A brace stands alone: placeholders look like {day}.")
NOT_OPEN = N_("{%(name)s} may not be in the subject or the first lines: phones show them on the locked screen.")
CLINICAL = N_("“%(word)s” is a clinical word: phones show the subject and the first lines on the locked screen.")
NO_TIME = N_("The text must say when: write {details}, or {day} and {time}.")
NO_LINK = N_("The text must hold {link}.")


class Text(Struct, frozen=True):
    """A letter's subject and body in one language, with places in braces."""

    subject: str
    body: str


def default(kind: str, language: str) -> Text:
    """What Sportello says when the hospital has said nothing."""
    subject = translate(language, SUBJECTS[kind], clinic="{clinic}")
    closing = CLOSINGS.get(kind, PLEASE_TELL)
    said = translate(language, closing, until="{until}", link="{link}") if "%(" in closing else closing
    lines = [
        translate(language, "Good day,"), "", translate(language, OPENINGS[kind]), "", "{details}", "",
        *([said if "{" in said else translate(language, said)] if said else []),
        translate(language, "Telephone: %(phone)s", phone="{phone}"), "",
        "{clinic}", translate(language, "This message was sent automatically."),
    ]  # fmt: skip
    return Text(subject, "\n".join(lines))


def clinical_words(names: Iterable[str]) -> frozenset[str]:
    """The words of specialties' and services' names that tell what ails somebody, and a list of our own."""
    return (_CLINICAL | {word for name in names for word in _words(name)}) - _HARMLESS


def faults(kind: str, text: Text, clinical: frozenset[str], language: str) -> dict[str, str]:
    """What is wrong with a text, by field, in the reader's language."""
    found: dict[str, str] = {}
    if not text.subject:
        found["subject"] = translate(language, SUBJECT_MISSING)
    elif len(text.subject) > MOST_SUBJECT:
        found["subject"] = translate(language, TOO_LONG)
    elif "\n" in text.subject or "\r" in text.subject:
        found["subject"] = translate(language, ONE_LINE)
    if not text.body:
        found["body"] = translate(language, BODY_MISSING)
    elif len(text.body) > MOST_BODY:
        found["body"] = translate(language, TOO_LONG)
    for field, said in (("subject", text.subject), ("body", text.body)):
        if field not in found and (fault := _places(said, language)):
            found[field] = fault
    for field, said in (("subject", text.subject), ("body", _shown_first(text.body))):
        if field not in found and (fault := _seen_by_others(said, clinical, language)):
            found[field] = fault
    places = set(_PLACE.findall(text.body))
    if "body" not in found and "details" not in places and not {"day", "time"} <= places:
        found["body"] = translate(language, NO_TIME)
    if "body" not in found and kind == "offer" and "link" not in places:
        found["body"] = translate(language, NO_LINK)
    return found


def _places(said: str, language: str) -> str:
    for name in _PLACE.findall(said):
        if name not in PLACEHOLDERS:
            return translate(language, UNKNOWN, name=name)
    rest = _PLACE.sub("", said)
    return translate(language, UNBALANCED) if "{" in rest or "}" in rest else ""


def _seen_by_others(said: str, clinical: frozenset[str], language: str) -> str:
    for name in _PLACE.findall(said):
        if name not in OPEN:
            return translate(language, NOT_OPEN, name=name)
    hit = next((word for word in _words(_PLACE.sub(" ", said)) if word in clinical), "")
    return translate(language, CLINICAL, word=hit) if hit else ""


def _shown_first(body: str) -> str:
    """The first lines with words, up to the table."""
    lines = [line for line in body.partition("{details}")[0].splitlines() if line.strip()]
    return "\n".join(lines[:_FIRST_LINES])


def _words(text: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(text)]


def filled(text: str, values: Mapping[str, str]) -> str:
    """A text with its places filled; a line whose places are all empty is left out. {details} stays for the writer."""
    lines = []
    for line in text.splitlines():
        names = [name for name in _PLACE.findall(line) if name != "details"]
        if names and not any(values.get(name) for name in names):
            continue
        lines.append(_PLACE.sub(lambda m: m[0] if m[1] == "details" else values.get(m[1], ""), line))
    return "\n".join(lines)
