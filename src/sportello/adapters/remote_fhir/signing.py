"""Our side of SMART Backend Services: the keys that sign, the set that others read, the word that gets a token."""

from datetime import datetime, timedelta
from typing import Any

import msgspec
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey

from sportello.adapters.remote_fhir import store
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.ids import uuid7
from sportello.kit.security.sealing import Sealing, sealing_of

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LASTING = timedelta(minutes=4)  # five at most: http://hl7.org/fhir/smart-app-launch/client-confidential-asymmetric.html
_PURPOSE = "adapters.remote_key.private"
_PUBLISHED = timedelta(days=2)  # for which a replaced key can still be read


async def make_keys(house: House) -> None:
    """New keys sign from now on: one of each kind that servers must know (ES384, RS384)."""
    made: list[ECKey | RSAKey] = [ECKey.generate_key("P-384", {"kid": f"ec-{uuid7()}", "alg": "ES384", "use": "sig"}),
            RSAKey.generate_key(2048, {"kid": f"rsa-{uuid7()}", "alg": "RS384", "use": "sig"})]  # fmt: skip
    now = house.clock.now()
    whole = msgspec.json.encode({"keys": [key.as_dict(private=True) for key in made]}).decode()
    private = sealing_of(house).seal(_PURPOSE, whole)
    await house.db.run(lambda tx: store.add_key(tx, str(uuid7()), private, now, now - _PUBLISHED))


async def private_keys(house: House) -> list[Any]:
    """Sets of private keys, those that sign first; made when there are none yet."""
    if not (known := await store.keys(house.db)):
        await make_keys(house)
        known = await store.keys(house.db)
    sealing = sealing_of(house)
    return [msgspec.json.decode(sealing.opened(_PURPOSE, kept)) for _, kept in known]


async def renew(tx: Transaction, sealing: Sealing) -> None:
    """Every key sealed with the first of those that seal."""
    for kid, kept in await store.keys(tx):
        if (after := sealing.renewed(_PURPOSE, kept)) != kept:
            await store.seal_key(tx, kid, after)


async def published(house: House) -> dict[str, Any]:
    """The public halves, as the hospital's server reads them."""
    keys = [key for one in await private_keys(house) for key in KeySet.import_key_set(one).keys]
    return {"keys": [key.as_dict(private=False) for key in keys]}


def word(keys: Any, algorithm: str, client: str, audience: str, now: datetime) -> str:
    """A word good once and for minutes (RFC 7523), signed with the key of an algorithm."""
    key = next(one for one in KeySet.import_key_set(keys).keys if one.alg == algorithm)
    claims = {"iss": client, "sub": client, "aud": audience, "jti": str(uuid7()), "iat": int(now.timestamp()),
              "exp": int((now + LASTING).timestamp())}  # fmt: skip
    return jwt.encode({"alg": algorithm, "kid": key.kid, "typ": "JWT"}, claims, key, algorithms=[algorithm])
