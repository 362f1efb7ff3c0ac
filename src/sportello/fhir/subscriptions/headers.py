"""Headers by which other systems know that it is we who tell them: kept sealed, and shown to nobody, not even to whom
they belong: a Subscription reads back with stars, and stars written back mean what was there.
"""

from typing import Any

from sportello.fhir.door.outcomes import Issue, Refusal
from sportello.fhir.store import subscribers
from sportello.kit.database import Transaction
from sportello.kit.security.sealing import Sealing

HIDDEN = subscribers.HIDDEN
_PURPOSE = "fhir.subscriber.headers"


def veiled(resource: dict[str, Any]) -> dict[str, Any]:
    """The Subscription as it is kept and shown: which headers, not what they say."""
    channel = resource.get("channel")
    listed = channel.get("header") if isinstance(channel, dict) else None
    if not isinstance(channel, dict) or not isinstance(listed, list):
        return resource
    names = [str(line).partition(":")[0].strip() for line in listed]
    return resource | {"channel": channel | {"header": [f"{name}: {HIDDEN}" for name in names]}}


def sealed(sealing: Sealing, asked: list[str], before: list[str]) -> list[str]:
    """What is kept of what was asked for; a starred value is the one before. Raises Refusal when there was none."""
    known = {_name(line): line for line in opened(sealing, before)}
    plain = []
    for line in asked:
        starred = line.partition(":")[2].strip() == HIDDEN
        if starred and _name(line) not in known:
            raise Refusal(422, Issue("value", "the header's value is not known here", "Subscription.channel.header"))
        plain.append(known[_name(line)] if starred else line)
    return [sealing.seal(_PURPOSE, line) for line in plain]


def opened(sealing: Sealing, kept: list[str]) -> list[str]:
    """The headers as the other system wants them."""
    return [sealing.opened(_PURPOSE, line) for line in kept]


async def renew(tx: Transaction, sealing: Sealing) -> None:
    """All of them sealed with the first key, and none left readable in a Subscription or its history."""
    for name, kept in await subscribers.headers(tx):
        after = [sealing.renewed(_PURPOSE, line) for line in kept]
        if after != kept:
            await subscribers.reseal(tx, name, after)
    await subscribers.veil(tx)


def _name(line: str) -> str:
    return line.partition(":")[0].strip().lower()
