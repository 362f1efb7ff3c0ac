"""Where resources come from: files and folders, packed or not, read piece by piece from any place in them."""

import gzip
import hashlib
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import msgspec
from msgspec import Struct

from sportello.fhir.rules import Fault
from sportello.kit.i18n import N_

ENDINGS = (".json", ".ndjson", ".jsonl", ".gz", ".zip")
MOST_WHOLE = 512 * 1024 * 1024  # bytes of one bundle, or of one line
_LINES, _BYTES = 2000, 8 * 1024 * 1024  # of one piece, which is one transaction


class Unreadable(Exception):
    """A file that cannot be read (any further); `fault` says why."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(str(fault))
        self.fault = fault


class Source(Struct, frozen=True):
    """A file, or a member of a packed one; `label` is what people know it by."""

    path: str
    member: str = ""

    @property
    def label(self) -> str:
        return f"{self.path}!{self.member}" if self.member else self.path


class Piece(Struct, frozen=True):
    """Some lines of a file, or a whole bundle: taken in together. `passed` of `size` bytes lie behind its end."""

    first: int
    lines: Sequence[bytes]
    whole: bool
    end: int  # bytes of the unpacked file behind which it goes on
    passed: int
    size: int
    last: bool

    @property
    def size_held(self) -> int:
        """Bytes."""
        return sum(map(len, self.lines))


def sources(places: Iterable[str]) -> Iterator[Source]:
    """The files named, all files of FHIR in the folders named, and what is packed in them; in a stable order."""
    for place in places:
        path = Path(place)
        files = (
            sorted(one for one in path.rglob("*") if one.is_file() and one.name.lower().endswith(ENDINGS))
            if path.is_dir()
            else [path]
        )
        for file in files:
            yield from _within(file)


def _within(file: Path) -> Iterator[Source]:
    if file.suffix.lower() == ".zip":
        with suppress(OSError, zipfile.BadZipFile), zipfile.ZipFile(file) as packed:
            names = sorted(name for name in packed.namelist() if name.lower().endswith(ENDINGS[:4]))
            yield from (Source(str(file), name) for name in names)
            return
    yield Source(str(file))


def digest(path: str) -> str:
    """Tells a file from another of the same name."""
    try:
        with Path(path).open("rb") as handle:
            return hashlib.file_digest(handle, "sha256").hexdigest()
    except OSError as error:
        raise _cannot(error) from error


class Reading:
    """One source, read from `start` (bytes of the unpacked file, before line `line`) onwards."""

    def __init__(self, source: Source, start: int = 0, line: int = 0) -> None:
        self.source, self.position, self.line = source, start, line
        try:
            self._under: IO[bytes] = Path(source.path).open("rb")  # noqa: SIM115  closed by close()
            self.size = Path(source.path).stat().st_size
        except OSError as error:
            raise _cannot(error) from error
        try:
            self._handle = self._opened()
            self._by_line = self._is_by_line()
            self._handle.seek(start)
        except (OSError, EOFError, zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
            self._under.close()
            raise _cannot(error) from error

    def _opened(self) -> Any:
        handle: Any = self._under
        if self.source.member:
            packed = zipfile.ZipFile(self._under)
            self.size = packed.getinfo(self.source.member).file_size
            handle = packed.open(self.source.member)
        if (self.source.member or self.source.path).lower().endswith(".gz"):
            handle = gzip.GzipFile(fileobj=handle)
        return handle

    def _is_by_line(self) -> bool:
        """Whether each line is a resource: by name, or because the first line is whole and more follows."""
        name = (self.source.member or self.source.path).lower().removesuffix(".gz")
        if name.endswith((".ndjson", ".jsonl")):
            return True
        first = self._handle.readline(MOST_WHOLE)
        more = self._handle.read(4096).strip()
        self._handle.seek(0)
        if not more or name.endswith(".json"):
            return False
        try:
            return isinstance(msgspec.json.decode(first), dict)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return False

    def next(self) -> Piece:
        """The next piece; the last one may be empty. Raises Unreadable."""
        try:
            return self._lines() if self._by_line else self._all()
        except (OSError, EOFError, zipfile.BadZipFile, RuntimeError) as error:
            raise _cannot(error) from error

    def _lines(self) -> Piece:
        first, found, held = self.line, list[bytes](), 0
        while len(found) < _LINES and held < _BYTES and (line := self._handle.readline(MOST_WHOLE)):
            found.append(line)
            held += len(line)
            if len(line) == MOST_WHOLE and not line.endswith(b"\n"):
                raise _too_large()
        self.line += len(found)
        self.position += held
        return Piece(first, found, False, self.position, self._passed(), self.size, not (found and self._more()))

    def _more(self) -> bool:
        return len(self._handle.peek(1)) > 0

    def _all(self) -> Piece:
        raw = self._handle.read(MOST_WHOLE + 1)
        if len(raw) > MOST_WHOLE:
            raise _too_large()
        self.position = len(raw)
        return Piece(0, [raw], True, self.position, self.size, self.size, True)

    def _passed(self) -> int:
        """How far the file on disk is read: of what is packed nobody knows the whole length beforehand."""
        packed = not self.source.member and self.source.path.lower().endswith(".gz")
        return min(self.size, self._under.tell() if packed else self.position)

    def close(self) -> None:
        self._handle.close()
        self._under.close()


def _cannot(error: BaseException) -> Unreadable:
    told = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return Unreadable(Fault(N_("the file cannot be read: %(reason)s"), {"reason": told}))


def _too_large() -> Unreadable:
    return Unreadable(Fault(N_("the file is larger than %(most)s MB"), {"most": str(MOST_WHOLE >> 20)}))
