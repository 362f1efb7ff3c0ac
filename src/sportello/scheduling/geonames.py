"""Reads postal codes as GeoNames publishes them: twelve columns between tabs, plain, zipped or gzipped, any country."""

import gzip
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import fmean
from typing import IO

from msgspec import Struct

from sportello.kit.i18n import N_
from sportello.scheduling.calendar import PostalCode

COLUMNS = 12
_COUNTRY, _CODE, _PLACE, _LATITUDE, _LONGITUDE = 0, 1, 2, 9, 10
_MOST = 2_000_000_000  # bytes of an unpacked file: the whole world is a tenth of it

NO_SUCH = N_("The file cannot be read.")
NOT_PACKED = N_("The file says that it is packed, and cannot be unpacked.")
NO_TABLE = N_("There is no table of postal codes in the file.")
TOO_LARGE = N_("Unpacked, the file is larger than any table of postal codes.")


class NotPostalCodes(ValueError):
    """The file is no such table; the message id says why."""


class Fault(Struct, frozen=True):
    """A line that was left out."""

    line: int
    text: str


class Read(Struct, frozen=True):
    """Postal codes, each once with the middle of its places, and the lines that said nothing useful."""

    codes: list[PostalCode]
    lines: int
    faults: list[Fault]


def normal(code: str) -> str:
    """As a postal code is kept and looked for: capitals, without spaces and signs."""
    return "".join(char for char in code.upper() if char.isalnum())


def read(file: Path) -> Read:
    """The codes of a file; NotPostalCodes when it is none."""
    try:
        with _opened(file) as stream:
            return _codes(line.decode("utf-8-sig" if number == 0 else "utf-8") for number, line in enumerate(stream))
    except (OSError, UnicodeDecodeError) as error:
        raise NotPostalCodes(NO_SUCH) from error
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError) as error:
        raise NotPostalCodes(NOT_PACKED) from error


@contextmanager
def _opened(file: Path) -> Iterator[IO[bytes]]:
    if zipfile.is_zipfile(file):
        with zipfile.ZipFile(file) as packed:
            tables = [one for one in packed.infolist() if one.filename.lower().endswith((".txt", ".tsv", ".csv"))]
            inside = [one for one in tables if "readme" not in one.filename.lower()]
            if not inside:
                raise NotPostalCodes(NO_TABLE)
            largest = max(inside, key=lambda one: one.file_size)
            if largest.file_size > _MOST:
                raise NotPostalCodes(TOO_LARGE)
            with packed.open(largest) as stream:
                yield stream
    elif file.suffix == ".gz":
        try:
            with gzip.open(file) as packed_stream:
                packed_stream.peek(1)
                yield packed_stream  # type: ignore[misc]  # a GzipFile reads as any binary file does
        except gzip.BadGzipFile as error:
            raise NotPostalCodes(NOT_PACKED) from error
    elif file.suffix == ".zip":
        raise NotPostalCodes(NOT_PACKED if file.is_file() else NO_SUCH)
    else:
        with file.open("rb") as plain:
            yield plain


def _codes(lines: Iterable[str]) -> Read:
    """Several places may share a code: it lies in their middle and bears the name of the first."""
    found: dict[tuple[str, str], list[tuple[str, float, float]]] = {}
    faults, count = [], 0
    for count, line in enumerate(lines, 1):
        if not line.strip():
            continue
        row = _row(line.rstrip("\r\n").split("\t"))
        if row is None:
            faults.append(Fault(count, line.strip()[:80]))
            continue
        country, code, place, latitude, longitude = row
        found.setdefault((country, code), []).append((place, latitude, longitude))
    if not found:
        raise NotPostalCodes(NO_TABLE)
    codes = [
        PostalCode(
            code, places[0][0], fmean(one[1] for one in places), fmean(one[2] for one in places), country
        )
        for (country, code), places in found.items()
    ]  # fmt: skip
    return Read(codes, count, faults)


def _row(cells: list[str]) -> tuple[str, str, str, float, float] | None:
    if len(cells) < COLUMNS - 1:  # the last one, accuracy, may be missing
        return None
    country, code = cells[_COUNTRY].strip().upper(), normal(cells[_CODE])
    try:
        latitude, longitude = float(cells[_LATITUDE]), float(cells[_LONGITUDE])
    except ValueError:
        return None
    good = len(country) == 2 and country.isascii() and country.isalpha() and 0 < len(code) <= 20
    if not good or not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        return None
    return country, code, cells[_PLACE].strip()[:200].replace("\x00", ""), latitude, longitude
