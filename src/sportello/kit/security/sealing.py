"""Secrets that must be read again are kept sealed: who has the database, or a copy of it, has none of the hospital's.

Sealed is a compact JWE (RFC 7516: dir, A256GCM) that names its key and its purpose, so that keys can be changed and
what is sealed for one place is no use in another. The keys come from `security.secrets_keys`, or from `secrets.key` in
the data directory, which is made at the first start; the first key seals, all of them open.
"""

import binascii
import hashlib
import os
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import msgspec
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey
from joserfc.registry import HeaderParameter
from msgspec import Struct

from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.settings import Settings, SettingsError

SEALED = "sealed:"
_BYTES = 32
_REGISTRY = jwe.JWERegistry(
    header_registry={"purpose": HeaderParameter("What it is for", "str")}, algorithms=["dir", "A256GCM"]
)


class _Header(Struct):
    kid: str


class KeyMissing(SettingsError):
    """What is kept was sealed with a key that is not in hand, or was altered; the message says where keys come from."""


class Sealing:
    """The keys of one house; `seal` what is to be kept, `opened` what was kept."""

    def __init__(self, settings: Settings) -> None:
        self._given, self._file = settings.security.secrets_keys, settings.data / "secrets.key"
        self._keys: list[OctKey] = []
        self.renewals: list[Renewal] = []

    def keys(self) -> list[OctKey]:
        """Read when first needed; the key file is made when there is none."""
        if not self._keys:
            self._keys = [_key(text) for text in self._given or _from_file(self._file)]
        return self._keys

    def forget(self) -> None:
        """The keys are read again when they are next needed."""
        self._keys = []

    def seal(self, purpose: str, text: str) -> str:
        """Nothing stays nothing: an empty secret is no secret."""
        if not text:
            return ""
        key = self.keys()[0]
        header = {"alg": "dir", "enc": "A256GCM", "kid": key.kid, "purpose": purpose}
        return SEALED + jwe.encrypt_compact(header, text.encode(), key, registry=_REGISTRY)

    def opened(self, purpose: str, kept: str) -> str:
        """The secret; what was kept before secrets were sealed is as it is. Raises KeyMissing."""
        if not kept.startswith(SEALED):
            return kept
        kid = _kid_of(kept)
        key = self._named(kid)
        try:
            found = jwe.decrypt_compact(kept.removeprefix(SEALED), key, registry=_REGISTRY)
        except (JoseError, ValueError) as error:
            raise KeyMissing(f"a secret in the database ({purpose}) was altered and cannot be read") from error
        if found.headers().get("purpose") != purpose or found.plaintext is None:
            raise KeyMissing(f"a secret in the database ({purpose}) was sealed for another place")
        return found.plaintext.decode()

    def renewed(self, purpose: str, kept: str) -> str:
        """The same secret, sealed with the key that is first now; the same text when it is so already."""
        if not kept or (kept.startswith(SEALED) and _kid_of(kept) == self.keys()[0].kid):
            return kept
        return self.seal(purpose, self.opened(purpose, kept))

    def _named(self, kid: str) -> OctKey:
        for _ in range(2):
            for key in self.keys():
                if key.kid == kid:
                    return key
            self.forget()  # another process may have changed the file
        raise KeyMissing(
            f"the key {kid} that secrets in the database are sealed with is missing: put the file {self._file} back, or"
            " name the key in security.secrets_keys (docs/settings.md tells what to do when it is lost)"
        )


Renewal = Callable[[Transaction, Sealing], Awaitable[None]]


def sealing_of(house: House) -> Sealing:
    """The keys of one house."""
    found: Sealing = house.ports.setdefault(Sealing, Sealing(house.settings))
    return found


def keeps_secrets(house: House, renewal: Renewal) -> None:
    """A room says, when it is installed, how all that it keeps sealed is renewed (`Sealing.renewed`)."""
    sealing_of(house).renewals.append(renewal)


async def renew(house: House) -> None:
    """Seals whatever is not sealed with the first key, all or nothing; raises KeyMissing for what cannot be opened."""
    sealing = sealing_of(house)
    sealing.keys()

    async def work(tx: Transaction) -> None:
        for renewal in sealing.renewals:
            await renewal(tx, sealing)

    await house.db.run(work)


def new_key() -> str:
    """256 bits of chance, as they are written in settings and in the key file."""
    return urlsafe_b64encode(secrets.token_bytes(_BYTES)).decode()


def put_first(data: Path, key: str) -> None:
    """The key file with another key on top: from now on it seals, the others still open."""
    file = data / "secrets.key"
    _write(file, [key, *_from_file(file)])


def _key(text: str) -> OctKey:
    raw = _bytes_of(text)
    return OctKey.import_key(raw, {"kid": hashlib.sha256(raw).hexdigest()[:12]})


def _bytes_of(text: str) -> bytes:
    try:
        raw = urlsafe_b64decode(text)
    except (binascii.Error, ValueError):
        raw = b""
    if len(raw) != _BYTES:
        raise SettingsError("setting security.secrets_keys: expected keys as `sportello secrets key` prints them")
    return raw


def _kid_of(kept: str) -> str:
    header = kept.removeprefix(SEALED).partition(".")[0]
    try:
        return msgspec.json.decode(urlsafe_b64decode(header + "=" * (-len(header) % 4)), type=_Header).kid
    except (ValueError, binascii.Error) as error:
        raise KeyMissing("a secret in the database was altered and cannot be read") from error


def _from_file(file: Path) -> Sequence[str]:
    if not file.exists():
        _write(file, [new_key()], replace=False)
    if file.stat().st_mode & 0o077:
        raise SettingsError(f"{file}: other accounts can read it; close it first (chmod 600)")
    found = [line.strip() for line in file.read_text().splitlines() if line.strip()]
    try:
        if not found:
            raise SettingsError("it is empty")
        for line in found:
            _bytes_of(line)
    except SettingsError as error:
        raise SettingsError(f"{file}: not a file of keys; put the right one back from its backup") from error
    return found


def _write(file: Path, keys: Sequence[str], *, replace: bool = True) -> None:
    """Whole or not at all; of two processes that make the first key, one wins and both read its key."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o711)
    part = file.with_name(f"{file.name}.{os.getpid()}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.write("\n".join(keys) + "\n")
        out.flush()
        os.fsync(out.fileno())
    try:
        if replace:
            part.replace(file)
        else:
            os.link(part, file)
    except FileExistsError:
        pass
    finally:
        part.unlink(missing_ok=True)
