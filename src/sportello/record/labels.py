"""Names in plain words for FHIR's codes."""

from collections.abc import Mapping

from babel import Locale

from sportello.kit.i18n import N_, translate

GENDERS = {"male": N_("Male"), "female": N_("Female"), "other": N_("Other"), "unknown": N_("Unknown")}

LANGUAGES = {
    "it": N_("Italian"), "en": N_("English"), "fr": N_("French"), "de": N_("German"), "es": N_("Spanish"),
    "pt": N_("Portuguese"), "ro": N_("Romanian"), "uk": N_("Ukrainian"), "sq": N_("Albanian"), "ar": N_("Arabic"),
    "zh": N_("Chinese"), "ur": N_("Urdu"), "bn": N_("Bengali"), "nl": N_("Dutch"), "pl": N_("Polish"),
    "ru": N_("Russian"),
}  # fmt: skip

IDENTIFIERS = {
    "http://hl7.it/sid/codiceFiscale": N_("Fiscal code"),
    "http://hl7.it/sid/anpr": N_("National registry number"),
    "urn:oid:2.16.840.1.113883.2.9.4.3.2": N_("Fiscal code"),
    "urn:oid:2.16.840.1.113883.2.9.4.3.17": N_("STP code"),
    "urn:oid:2.16.840.1.113883.2.9.4.3.18": N_("ENI code"),
    "MR": N_("Record number"),
    "SS": N_("Social security number"),
    "PPN": N_("Passport"),
    "DL": N_("Driving licence"),
}

# http://terminology.hl7.org/CodeSystem/v3-ActCode, the classes of an encounter
CLASSES = {
    "AMB": N_("Outpatient visit"), "IMP": N_("Hospital stay"), "ACUTE": N_("Hospital stay"),
    "NONAC": N_("Hospital stay"), "EMER": N_("Emergency department"), "HH": N_("Home visit"), "VR": N_("Remote visit"),
    "SS": N_("Day case"), "OBSENC": N_("Observation stay"), "PRENC": N_("Before admission"), "FLD": N_("In the field"),
}  # fmt: skip

STATUSES = {
    "active": N_("Active"), "inactive": N_("Inactive"), "recurrence": N_("Recurring"), "relapse": N_("Relapse"),
    "remission": N_("In remission"), "resolved": N_("Resolved"), "draft": N_("Draft"), "proposed": N_("Proposed"),
    "planned": N_("Planned"), "pending": N_("Pending"), "booked": N_("Booked"), "arrived": N_("Arrived"),
    "checked-in": N_("Checked in"), "triaged": N_("Triaged"), "in-progress": N_("In progress"),
    "onleave": N_("On leave"), "finished": N_("Finished"), "fulfilled": N_("Carried out"), "cancelled": N_("Cancelled"),
    "noshow": N_("Did not come"), "waitlist": N_("On the waiting list"), "registered": N_("Registered"),
    "preliminary": N_("Preliminary"), "partial": N_("Partial"), "final": N_("Final"), "amended": N_("Amended"),
    "corrected": N_("Corrected"), "appended": N_("Completed later"), "preparation": N_("In preparation"),
    "not-done": N_("Not done"), "on-hold": N_("On hold"), "stopped": N_("Stopped"), "completed": N_("Completed"),
    "revoked": N_("Revoked"), "unknown": N_("Status unknown"), "not-started": N_("Not started"),
    "scheduled": N_("Scheduled"), "accepted": N_("Accepted"), "rejected": N_("Rejected"),
    "suspended": N_("Suspended"), "current": N_("Current"), "superseded": N_("Superseded"),
    "available": N_("Available images"), "intended": N_("Intended"), "requested": N_("Requested"),
    "failed": N_("Failed"),
}  # fmt: skip

# What goes without saying is not said: an item in its usual final state carries no status.
USUAL = frozenset({"final", "completed", "finished", "current", "available", "fulfilled"})

ACHIEVEMENTS = {
    "in-progress": N_("In progress"), "improving": N_("Improving"), "worsening": N_("Worsening"),
    "no-change": N_("No change"), "achieved": N_("Achieved"), "sustaining": N_("Sustained"),
    "not-achieved": N_("Not achieved"), "no-progress": N_("No progress"), "not-attainable": N_("Not attainable"),
}  # fmt: skip

CRITICALITIES = {
    "high": N_("High risk"), "low": N_("Low risk"), "unable-to-assess": N_("Risk not assessed"),
}  # fmt: skip

# http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation: what a reader must not miss
ABNORMAL = {
    "H": N_("Above normal"), "HH": N_("Critically high"), "HU": N_("Critically high"), "L": N_("Below normal"),
    "LL": N_("Critically low"), "LU": N_("Critically low"), "A": N_("Abnormal"), "AA": N_("Critically abnormal"),
    "HX": N_("Above the high limit"), "LX": N_("Below the low limit"), "R": N_("Resistant"), "POS": N_("Positive"),
    "DET": N_("Detected"), "CAR": N_("Carrier"), "IE": N_("Insufficient evidence"),
}  # fmt: skip
CRITICAL = frozenset({"HH", "HU", "LL", "LU", "AA"})
NORMAL = frozenset({"N", "NEG", "ND", "S", "EXP", "IND", "NCL"})

# LOINC codes of vital signs, in the order in which they are read, with short names
VITALS = {
    "85354-9": N_("Blood pressure"), "55284-4": N_("Blood pressure"), "8867-4": N_("Pulse"),
    "9279-1": N_("Breathing rate"), "8310-5": N_("Temperature"), "8331-1": N_("Temperature"),
    "59408-5": N_("Oxygen"), "2708-6": N_("Oxygen"), "29463-7": N_("Weight"), "3141-9": N_("Weight"),
    "8302-2": N_("Height"), "39156-5": N_("BMI"), "9843-4": N_("Head circumference"), "72514-3": N_("Pain"),
}  # fmt: skip


def language_named(code: str | None, language: str) -> str | None:
    """A language by its code, in the reader's; those without a message here by CLDR's names."""
    if not code or code in LANGUAGES:
        return said(LANGUAGES, code, language)
    name = Locale(language).languages.get(code)
    return name[:1].upper() + name[1:] if name else code


def said(table: Mapping[str, str], code: str | None, language: str) -> str | None:
    """The name of a code in the reader's language; a code unknown to us is shown as it is."""
    if not code:
        return None
    message = table.get(code)
    return translate(language, message) if message else code
