"""What the operator may set, from `sportello.toml` and the environment, checked at start with the key named.

Order: defaults, then the file (`<data>/sportello.toml` or `--config`), then `SPORTELLO_<SECTION>_<KEY>`.
"""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from msgspec import Meta, Struct

Port = Annotated[int, Meta(ge=0, le=65535)]
Seconds = Annotated[int, Meta(ge=1, le=86_400 * 30)]


class SettingsError(Exception):
    """A setting that cannot be used; the message names its key and what is expected."""


class Server(Struct, frozen=True, forbid_unknown_fields=True):
    """Where the doors open; `public_url` is the address that people and mails use."""

    host: str = "127.0.0.1"
    port: Port = 8080
    public_url: str = ""


class Clinic(Struct, frozen=True, forbid_unknown_fields=True):
    """The hospital: its name, its IANA zone, its languages (the first is the default), its emergency number."""

    name: str = "Sportello"
    zone: str = "Europe/Rome"
    languages: tuple[str, ...] = ("it", "en")
    emergency_number: str = "112"
    phone: str = ""

    @property
    def tz(self) -> ZoneInfo:
        return ZoneInfo(self.zone)


class DatabaseSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """`url` of a real cluster; empty means the embedded one. `bin` is a folder with other PostgreSQL programs."""

    url: str = ""
    bin: str = ""
    connections: Annotated[int, Meta(ge=2, le=200)] = 12


class Mail(Struct, frozen=True, forbid_unknown_fields=True):
    """The SMTP server for confirmations; the demo points it at its own catcher.

    `returns` is the mailbox for mail that cannot be delivered, which must take `name+anything@` too (RFC 5233).
    """

    host: str = ""
    port: Port = 25
    username: str = ""
    password: str = ""
    sender: str = "sportello@localhost"
    returns: str = ""
    starttls: bool = False


class Bus(Struct, frozen=True, forbid_unknown_fields=True):
    """`url` of a NATS server when several processes serve; empty means one process."""

    url: str = ""


class Clamav(Struct, frozen=True, forbid_unknown_fields=True):
    """Where ClamAV's daemon looks for malware in files; without a host files are not scanned."""

    host: str = ""
    port: Port = 3310


class Security(Struct, frozen=True, forbid_unknown_fields=True):
    """Sessions and doors; `widget_origins` are other sites that may carry the chat widget.

    `inner_hosts` are hosts within the hospital's network that may be told of changes (FHIR subscriptions).
    `secrets_keys` seal what is kept secret in the database, the first of them; without any a file does.
    """

    session_idle_seconds: Seconds = 8 * 3600
    session_seconds: Seconds = 16 * 3600
    widget_origins: tuple[str, ...] = ()
    inner_hosts: tuple[str, ...] = ()
    secrets_keys: tuple[str, ...] = ()


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """All settings; sections are the TOML's tables."""

    server: Server = Server()
    clinic: Clinic = Clinic()
    database: DatabaseSettings = DatabaseSettings()
    mail: Mail = Mail()
    bus: Bus = Bus()
    clamav: Clamav = Clamav()
    security: Security = Security()
    demo: bool = False
    data: Path = Path("data")


def load(
    data: Path, environment: Mapping[str, str] = os.environ, file: Path | None = None, **overrides: Any
) -> Settings:
    """Settings for a data directory; `overrides` are dotted keys from the command line (`server_port=...`)."""
    values: dict[str, Any] = {}
    file = file or data / "sportello.toml"
    if file.exists():
        try:
            values = tomllib.loads(file.read_text())
        except tomllib.TOMLDecodeError as error:
            raise SettingsError(f"{file}: not valid TOML: {error}") from error
    _apply(values, _from_environment(environment))
    _apply(values, {tuple(key.split("_", 1)): value for key, value in overrides.items() if value is not None})
    values.pop("data", None)
    _separate(values)
    try:
        settings = msgspec.structs.replace(msgspec.convert(values, Settings, strict=False), data=data)
    except msgspec.ValidationError as error:
        raise SettingsError(_explain(str(error))) from error
    return _checked(settings)


def _from_environment(environment: Mapping[str, str]) -> dict[tuple[str, ...], Any]:
    known = {name: field for field in msgspec.structs.fields(Settings) for name in [field.name]}
    found: dict[tuple[str, ...], Any] = {}
    for name, value in environment.items():
        if not name.startswith("SPORTELLO_") or name in _OWN_VARIABLES:
            continue
        section, _, key = name.removeprefix("SPORTELLO_").lower().partition("_")
        if section not in known:
            raise SettingsError(f"{name}: there is no setting of this name")
        found[(section, key) if key else (section,)] = value
    return found


_LISTS = {"languages", "widget_origins", "inner_hosts", "secrets_keys"}
_OWN_VARIABLES = {f"SPORTELLO_{name}" for name in ("TEST_DATA", "KILLS", "CHROMIUM", "PICTURES", "DATA")}


def _apply(values: dict[str, Any], changes: Mapping[tuple[str, ...], Any]) -> None:
    for path, value in changes.items():
        place = values
        for part in path[:-1]:
            place = place.setdefault(part, {})
            if not isinstance(place, dict):
                raise SettingsError(f"{'.'.join(path)}: {part} is a section, not a value")
        place[path[-1]] = value


def _separate(values: dict[str, Any]) -> None:
    """Lists that were written as one text with commas, wherever they stand."""
    for section in filter(lambda one: isinstance(one, dict), values.values()):
        for key in _LISTS & section.keys():
            if isinstance(section[key], str):
                section[key] = [part.strip() for part in section[key].split(",") if part.strip()]


def _explain(message: str) -> str:
    text, _, path = message.partition(" - at `")
    key = path.rstrip("`").removeprefix("$.").removeprefix("$")
    return f"setting {key}: {text}" if key else f"settings: {text}"


def _checked(settings: Settings) -> Settings:
    try:
        ZoneInfo(settings.clinic.zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise SettingsError(f"setting clinic.zone: {settings.clinic.zone!r} is not an IANA time zone") from error
    if not settings.clinic.languages or set(settings.clinic.languages) - {"it", "en"}:
        raise SettingsError("setting clinic.languages: expected one or both of 'it' and 'en'")
    url = settings.database.url
    if url and not url.startswith(("postgresql://", "postgres://")):
        raise SettingsError("setting database.url: expected postgresql://user@host:port/name")
    if settings.server.public_url and not settings.server.public_url.startswith(("http://", "https://")):
        raise SettingsError("setting server.public_url: expected an http or https address")
    return settings
