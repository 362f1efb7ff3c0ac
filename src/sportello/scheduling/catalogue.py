"""What a hospital offers, as forms: the fields of each kind of thing, and what is wrong with what was typed. Pure."""

import re
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Struct

from sportello.kit.i18n import N_
from sportello.kit.public_holidays import UnknownHolidays, holidays_of

REQUIRED = N_("This field is required.")
OUT_OF_RANGE = N_("Write a whole number within the bounds.")
UNKNOWN = N_("This choice is not known.")
TOO_LONG = N_("This text is too long.")
NO_ZONE = N_("There is no such time zone. Write one such as Europe/Rome.")
NO_HOLIDAYS = N_("No public holidays are known of this country or region.")
BOTH = N_("Write latitude and longitude, or neither.")
NOT_DEGREES = N_("Write degrees with a point, such as 44.836.")
NO_COUNTRY = N_("Write the two letters of the country, such as IT.")
NO_ID = N_("Up to 64 letters, digits, points and hyphens.")
ITSELF = N_("A type cannot need itself.")
TWICE = N_("This type is named twice.")
ID = re.compile(r"[A-Za-z0-9.\-]{1,64}")
NEEDS = 3  # prerequisites that the form has room for
CLASSES = ("U", "B", "D", "P")


class Field(Struct, frozen=True):
    """A field of a form; `form` is text, area, number, choice, checks or tick; `choices` names its options."""

    name: str
    label: str
    form: str = "text"
    hint: str = ""
    required: bool = False
    low: int = 0
    high: int = 0
    choices: str = ""
    most: int = 200


class Kind(Struct, frozen=True):
    """A kind of thing: its words, its table, its fields."""

    key: str
    title: str
    one: str
    table: str
    fields: tuple[Field, ...]


_IT, _EN = N_("Name in Italian"), N_("Name in English")
KINDS = {
    kind.key: kind
    for kind in (
        Kind("types", N_("Types of appointment"), N_("Type of appointment"), "service", (
            Field("name_it", _IT, required=True), Field("name_en", _EN),
            Field("specialty", N_("Specialty"), "choice", required=True, choices="specialties"),
            Field("kind", N_("Visit or exam"), "choice", choices="kinds", required=True,
                  hint=N_("Class D may wait 30 days for a visit, 60 for an exam.")),
            Field("minutes", N_("Minutes"), "number", required=True, low=5, high=480),
            Field("channels", N_("How patient and practitioner meet"), "checks", choices="channels", required=True),
            Field("preparation_it", N_("Preparation, in Italian"), "area", most=2000,
                  hint=N_("What the patient does beforehand and brings; without clinical advice of your own.")),
            Field("preparation_en", N_("Preparation, in English"), "area", most=2000),
            Field("referral_required", N_("A referral is needed"), "tick"),
            Field("not_by_phone", N_("Not to be booked by phone"), "tick",
                  hint=N_("Whoever books must say that the preparation was explained in writing or face to face.")),
            Field("self_booking", N_("Patients book it themselves in the portal"), "tick"),
            Field("notice_hours", N_("Notice in hours"), "number", required=True, low=0, high=720,
                  hint=N_("Later than this before the visit, patients neither move nor cancel it themselves.")),
            Field("notice_days", N_("Notice in full working days"), "number", required=True, low=0, high=30,
                  hint=N_("Saturdays count; Sundays and public holidays of the place do not. 0: hours alone.")),
            *(Field(f"limit_{letter}", label, "number", low=1, high=730, hint=N_("Empty: the national plan's."))
              for letter, label in (("U", N_("Limit of class U, in days")), ("B", N_("Limit of class B, in days")),
                                    ("D", N_("Limit of class D, in days")), ("P", N_("Limit of class P, in days")))),
            *(field for number in range(NEEDS) for field in (
                Field(f"needs_{number}", N_("Needs before it"), "choice", choices="services"),
                Field(f"needs_days_{number}", N_("at least so many days earlier"), "number", low=0, high=365),
                Field(f"needs_done_{number}", N_("done, not only booked"), "tick"))),
        )),
        Kind("specialties", N_("Specialties"), N_("Specialty"), "specialty", (
            Field("name_it", _IT, required=True), Field("name_en", _EN),
        )),
        Kind("places", N_("Sites"), N_("Location"), "location", (
            Field("name", N_("Name"), required=True), Field("address", N_("Address")),
            Field("postal_code", N_("Postal code"), most=20), Field("town", N_("Town"), required=True),
            Field("country", N_("Country"), required=True, most=2, hint=N_("Two letters, such as IT.")),
            Field("phone", N_("Telephone"), most=40),
            Field("latitude", N_("Latitude"), hint=N_("In degrees, such as 44.836: distances are told from it.")),
            Field("longitude", N_("Longitude")),
            Field("zone", N_("Time zone"), required=True, hint=N_("Such as Europe/Rome.")),
            Field("holidays", N_("Public holidays of"), most=20,
                  hint=N_("A country or region, such as IT or IT-BZ: closed on them. Empty: none.")),
        )),
        Kind("rooms", N_("Rooms and devices"), N_("Room or device"), "resource", (
            Field("name", N_("Name"), required=True),
            Field("kind", N_("Room or device"), "choice", required=True, choices="resources"),
            Field("location", N_("Location"), "choice", required=True, choices="locations"),
        )),
        Kind("practitioners", N_("Practitioners"), N_("Practitioner"), "practitioner", (
            Field("name", N_("Name with title"), required=True),
            Field("login", N_("Signs in here as"), most=100,
                  hint=N_("The login of a member of staff: they make the link to their own calendar themselves.")),
        )),
        Kind("roles", N_("Who works where"), N_("Practitioner at a place"), "practitioner_role", (
            Field("practitioner", N_("Practitioner, room or device"), "choice", required=True, choices="practitioners",
                  hint=N_("A room or a device chosen here has calendars of its own, without a practitioner.")),
            Field("specialty", N_("Specialty"), "choice", required=True, choices="specialties"),
            Field("location", N_("Location"), "choice", required=True, choices="locations"),
            Field("services", N_("Types of appointment"), "checks", required=True, choices="services",
                  hint=N_("What is taken away leaves the calendars too; what is added joins those whose times are "
                          "long enough.")),
        )),
    )
}  # fmt: skip
Options = Mapping[str, list[tuple[str, str]]]


def read(kind: Kind, form: Mapping[str, str], options: Options) -> tuple[dict[str, Any], dict[str, str]]:
    """What was typed, by field, and what is wrong; a list for fields of which several are ticked."""
    values: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for field in kind.fields:
        text = form.get(field.name, "").strip()
        known = [key for key, _ in options.get(field.choices, [])]
        match field.form:
            case "tick":
                values[field.name] = text == "yes"
            case "checks":
                values[field.name] = [key for key in known if form.get(f"{field.name}:{key}") == "yes"]
                if field.required and not values[field.name]:
                    errors[field.name] = REQUIRED
            case "number":
                values[field.name] = _number(field, text, errors)
            case _:
                values[field.name] = text
                if field.required and not text:
                    errors[field.name] = REQUIRED
                elif len(text) > field.most:
                    errors[field.name] = TOO_LONG
                elif field.form == "choice" and text and text not in known:
                    errors[field.name] = UNKNOWN
    more = {"places": _place, "types": _needs}.get(kind.key)
    return values, errors | (more(values) if more else {})


def _number(field: Field, text: str, errors: dict[str, str]) -> int | None:
    if not text and not field.required:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 5 and field.low <= int(text) <= field.high):
        errors[field.name] = OUT_OF_RANGE if text else REQUIRED
        return None
    return int(text)


def _place(values: dict[str, Any]) -> dict[str, str]:
    errors: dict[str, str] = {}
    try:
        ZoneInfo(values["zone"])
    except (ZoneInfoNotFoundError, ValueError, OSError):
        errors["zone"] = NO_ZONE
    try:
        holidays_of(values["holidays"], 2026)
    except UnknownHolidays:
        errors["holidays"] = NO_HOLIDAYS
    values["country"] = values["country"].upper()
    if not re.fullmatch("[A-Z]{2}", values["country"]):
        errors["country"] = NO_COUNTRY
    for name, most in (("latitude", 90), ("longitude", 180)):
        text = values[name].replace(",", ".")
        try:
            values[name] = float(text) if text else None
        except ValueError:
            values[name] = None
            errors[name] = NOT_DEGREES
        if values[name] is not None and not -most <= values[name] <= most:
            errors[name] = NOT_DEGREES
    if not errors and (values["latitude"] is None) != (values["longitude"] is None):
        errors["longitude"] = BOTH
    return errors


def _needs(values: dict[str, Any]) -> dict[str, str]:
    named = [values[f"needs_{number}"] for number in range(NEEDS)]
    return {f"needs_{number}": TWICE for number, one in enumerate(named) if one and one in named[:number]}


def typed(kind: Kind, row: Mapping[str, Any]) -> dict[str, str]:
    """A thing as its form shows it."""
    said: dict[str, str] = {}
    for field in kind.fields:
        value = row.get(field.name)
        match field.form:
            case "tick":
                said[field.name] = "yes" if value else ""
            case "checks":
                said |= {f"{field.name}:{key}": "yes" for key in value or ()}
            case _:
                said[field.name] = "" if value is None else str(value)
    return said
