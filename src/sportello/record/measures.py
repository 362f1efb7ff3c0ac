"""Results of observations in words: value, unit, what range it should have, and whether it stands out."""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from babel.numbers import get_decimal_symbol, get_group_symbol
from markupsafe import Markup
from msgspec import Struct

from sportello.kit.i18n import translate
from sportello.record.concepts import codes_of, many, mapping, string, text_of
from sportello.record.dates import period, when
from sportello.record.labels import ABNORMAL, CRITICAL, NORMAL, said

_UNITS = {"mm[Hg]": "mmHg", "Cel": "°C", "kg/m2": "kg/m²", "[degF]": "°F", "/min": "/min", "10*3/uL": "10³/µL",
          "10*6/uL": "10⁶/µL", "(score)": ""}  # fmt: skip
_ANNOTATION = re.compile(r"\{[^}]*\}")
_SYSTOLIC, _DIASTOLIC = "8480-6", "8462-4"


class Measure(Struct, frozen=True):
    """One value: `alert` says how it stands out (None when it does not), `critical` its urgency.

    `number` is what can be drawn of it, `course` how it came to be what it is.
    """

    name: str
    value: str
    reference: str | None = None
    alert: str | None = None
    critical: bool = False
    number: float | None = None
    course: Markup | None = None


def measure(observation: Mapping[str, Any], name: str, language: str, zone: ZoneInfo, *, digits: int = 2) -> Measure:
    """The value of an observation under a name, with at most so many digits after the comma."""
    alert = _alert(observation)
    return Measure(
        name,
        value_of(observation, language, zone, digits=digits)
        or _components(observation, language, zone)
        or _absent(observation, language),
        reference=_range(observation, language),
        alert=said(ABNORMAL, alert, language),
        critical=alert in CRITICAL,
        number=_charted(observation),
    )


def value_of(
    observation: Mapping[str, Any], language: str, zone: ZoneInfo, prefix: str = "value", *, digits: int = 2
) -> str | None:
    """The value[x] of an element in words; None when it has none."""
    for field, value in observation.items():
        if field.startswith(prefix) and field != prefix and (shown := _shown(value, language, zone, digits)):
            return shown
    return None


def quantity(value: object, language: str, digits: int = 2) -> str | None:
    """A number as its readers write it, with the unit people use instead of UCUM's."""
    number = value.get("value") if isinstance(value, dict) else None
    if isinstance(number, bool) or not isinstance(number, (int, float)):
        return None
    digits = 0 if float(number).is_integer() else min(digits, 1) if abs(number) >= 100 else digits
    shown = _number(float(number), digits, language)
    assert isinstance(value, dict)
    unit = str(value.get("unit") or value.get("code") or "")
    unit = _ANNOTATION.sub("", _UNITS.get(unit, unit)).replace("[IU]", "IU").rstrip("/ ")
    comparator = value.get("comparator")
    shown = f"{comparator} {shown}" if comparator in ("<", "<=", ">=", ">") else shown
    return f"{shown}{unit}" if unit.startswith(("%", "/")) else f"{shown} {unit}".strip()


def _number(number: float, digits: int, language: str) -> str:
    """With the language's signs and no idle zeros; by hand, for a page shows hundreds and Babel takes 60 us each."""
    group, point = _signs(language)
    whole, _, rest = f"{number:,.{digits}f}".partition(".")
    rest = rest.rstrip("0")
    return whole.replace(",", group) + (point + rest if rest else "")


@cache
def _signs(language: str) -> tuple[str, str]:
    return get_group_symbol(language), get_decimal_symbol(language)


def _shown(value: object, language: str, zone: ZoneInfo, digits: int = 2) -> str | None:
    match value:
        case bool():
            return translate(language, "Yes") if value else translate(language, "No")
        case int() | float():
            return quantity({"value": value}, language)
        case str():
            moment = when(value) if re.match(r"\d{4}-", value) else None
            return moment.shown(language, zone) if moment else string(value)
        case {"coding": _} | {"text": _}:
            return text_of(value, language)
        case {"low": low, "high": high}:
            return f"{quantity(low, language)} – {quantity(high, language)}"
        case {"low": low}:
            return f"≥ {quantity(low, language)}"
        case {"high": high}:
            return f"≤ {quantity(high, language)}"
        case {"numerator": above, "denominator": below}:
            return f"{quantity(above, language)} : {quantity(below, language)}"
        case {"start": _} | {"end": _}:
            start, end = period(value)
            return " – ".join(moment.shown(language, zone) for moment in (start, end) if moment)
        case {"value": _}:
            return quantity(value, language, digits)
    return None


def _components(observation: Mapping[str, Any], language: str, zone: ZoneInfo) -> str | None:
    parts = {
        next(codes_of(part.get("code")), str(place)): part
        for place, part in enumerate(many(observation.get("component")))
    }
    if pressure := _pressure(parts, language):
        return pressure
    shown = [
        f"{text_of(part.get('code'), language) or '?'} {value}"
        for part in parts.values()
        if (value := value_of(part, language, zone))
    ]
    return "; ".join(shown) or None


def _pressure(parts: Mapping[str, dict[str, Any]], language: str) -> str | None:
    """Systolic over diastolic, as everybody writes it."""
    found = [mapping(mapping(parts.get(code)).get("valueQuantity")).get("value") for code in (_SYSTOLIC, _DIASTOLIC)]
    numbers = [number for number in found if isinstance(number, (int, float))]
    if len(numbers) == 2:
        return "/".join(_number(float(number), 0, language) for number in numbers) + " mmHg"
    return None


def _charted(observation: Mapping[str, Any]) -> float | None:
    """The number of which a chart is drawn; of a blood pressure the systolic one."""
    parts = {next(codes_of(part.get("code")), ""): part for part in many(observation.get("component"))}
    value = observation.get("valueQuantity") or mapping(parts.get(_SYSTOLIC)).get("valueQuantity")
    number = mapping(value).get("value")
    return float(number) if isinstance(number, (int, float)) and not isinstance(number, bool) else None


def _alert(observation: Mapping[str, Any]) -> str | None:
    """The code of what stands out: as interpreted by who measured, else by the reference range."""
    codes = list(codes_of(observation.get("interpretation")))
    for code in codes:
        if code in ABNORMAL:
            return code
    if not any(code in NORMAL for code in codes) and (outside := _outside(observation)):
        return outside
    return next((found for part in many(observation.get("component")) if (found := _alert(part))), None)


def _outside(observation: Mapping[str, Any]) -> str | None:
    value = observation.get("valueQuantity")
    ranges = many(observation.get("referenceRange"))
    if not isinstance(value, dict) or not isinstance(number := value.get("value"), (int, float)) or len(ranges) != 1:
        return None
    low, high = (mapping(ranges[0].get(end)).get("value") for end in ("low", "high"))
    if isinstance(low, (int, float)) and number < low:
        return "L"
    return "H" if isinstance(high, (int, float)) and number > high else None


def _range(observation: Mapping[str, Any], language: str) -> str | None:
    for one in many(observation.get("referenceRange")):
        if text := string(one.get("text")):
            return text
        ends = {end: one[end] for end in ("low", "high") if isinstance(one.get(end), dict)}
        if ends:
            return _shown(ends, language, ZoneInfo("UTC"))
    return None


def _absent(observation: Mapping[str, Any], language: str) -> str:
    return text_of(observation.get("dataAbsentReason"), language) or "–"
