"""The hospital's server behind TLS with an authority of the hospital's own: believed when given, else refused."""

import html
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from sportello.adapters.remote_fhir.link import Links
from sportello.adapters.remote_fhir.tests.conftest import Connect, Hospital, listening
from sportello.adapters.remote_fhir.wording import TROUBLES
from sportello.kit.house import House
from sportello.record.tests.cast import GIULIA, PEOPLE, RECORD

SignIn = Callable[..., Awaitable[Any]]
_DAY = timedelta(days=1)


class Authority:
    """Issues certificates; `pem` is its own."""

    def __init__(self, name: str) -> None:
        self._key, self._name = ec.generate_private_key(ec.SECP256R1()), _named(name)
        self._made = _certificate(self._name, self._name, self._key.public_key(), self._key, None, _DAY)
        self.pem = self._made.public_bytes(serialization.Encoding.PEM).decode()

    def files(self, folder: Path, host: str = "127.0.0.1", lasting: timedelta = _DAY) -> tuple[str, str]:
        """A server's certificate and key."""
        key = ec.generate_private_key(ec.SECP256R1())
        made = _certificate(_named("server"), self._name, key.public_key(), self._key, host, lasting)
        kept = folder / f"{host}-{lasting.days}.crt", folder / f"{host}-{lasting.days}.key"
        kept[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
        kept[1].write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        return str(kept[0]), str(kept[1])


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _certificate(
    subject: x509.Name, issuer: x509.Name, key: Any, signing: Any, host: str | None, lasting: timedelta
) -> x509.Certificate:
    now = datetime.now(UTC)
    made = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key)
    made = (
        made.serial_number(x509.random_serial_number()).not_valid_before(now - 3 * _DAY).not_valid_after(now + lasting)
    )
    made = made.add_extension(x509.BasicConstraints(ca=host is None, path_length=None), critical=True)
    if host is not None:
        alternative = x509.IPAddress(ip_address(host)) if host[0].isdigit() else x509.DNSName(host)
        made = made.add_extension(x509.SubjectAlternativeName([alternative]), critical=False)
    return made.sign(signing, hashes.SHA256())


@pytest.fixture
def authority() -> Authority:
    return Authority("Ospedale San Luca CA")


async def test_the_record_over_tls_with_the_hospital_s_own_authority(
    hospital: Hospital, house: House, connect: Connect, authority: Authority, tmp_path: Path,
    client: httpx.AsyncClient, sign_in: SignIn,
) -> None:  # fmt: skip
    await hospital.has(*PEOPLE, *RECORD)
    stranger = Authority("Somebody else")
    unsealed = TROUBLES["unsealed"]
    await sign_in(client, "administrator", language="en")
    for files, pem, told in (
        (authority.files(tmp_path), authority.pem, "The server speaks FHIR R4."),
        (authority.files(tmp_path), authority.pem + stranger.pem, "The server speaks FHIR R4."),
        (authority.files(tmp_path), "", unsealed),  # nobody in the world knows it
        (authority.files(tmp_path), stranger.pem, unsealed),
        (authority.files(tmp_path, host="elsewhere.example"), authority.pem, unsealed),
        (authority.files(tmp_path, lasting=-_DAY), authority.pem, unsealed),  # run out
        (authority.files(tmp_path), "-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----", unsealed),
    ):
        async with listening(hospital.door, *files) as address:
            await connect(address=address, authority=pem)
            house.port(Links).renew()
            tested = html.unescape((await client.post("/desk/clinical-record/test")).text)
            assert told in tested
            assert ("Patients can be searched." in tested) == (told != unsealed)


async def test_readers_are_told_in_their_language_and_nothing_is_sent_unsealed(
    hospital: Hospital, house: House, connect: Connect, authority: Authority, tmp_path: Path,
    client: httpx.AsyncClient, sign_in: SignIn,
) -> None:  # fmt: skip
    await hospital.has(*PEOPLE, *RECORD)
    async with listening(hospital.door, *authority.files(tmp_path)) as address:
        await connect(address=address, authority=authority.pem)
        await sign_in(client, "agent", language="it")
        shown = await client.get(f"/desk/patient/{GIULIA}")
        assert "Penicillina" in shown.text
        assert any(path.endswith("/token") for _, path, _ in hospital.door.asked), "the token came by the same way"
        hospital.door.asked.clear()
        await connect(address=address, authority=Authority("Altri").pem)  # as after a change of certificates
        told = html.unescape((await client.get(f"/desk/patient/{GIULIA}")).text)
        assert "Il certificato del server dell'ospedale non è attendibile" in told.replace("’", "'")
        assert "Penicillina" in told, "what was read before stays shown, with its age"
        assert hospital.door.asked == [], "no word of ours, and no token, went to who is not believed"
