"""Which bot speaks first, and on which terms: what the administrator sets, in force within seconds everywhere."""

from typing import Annotated, Any, Literal

import msgspec
import structlog
from msgspec import Meta, Struct

from sportello.adapters.outside_bots import store
from sportello.administration import audit
from sportello.administration.actor import Actor
from sportello.kit.database import Transaction
from sportello.kit.house import House
from sportello.kit.security.sealing import KeyMissing, Sealing, sealing_of

log = structlog.get_logger("bots")
Kind = Literal["embedded", "health_bot", "copilot_studio", "generic", "connector"]
Seconds = Annotated[int, Meta(ge=1, le=120)]
Minutes = Annotated[int, Meta(ge=0, le=1440)]
REMEMBERED = 3.0  # seconds
SECRET_FIELDS = ("secret", "app_secret")
_WAY = frozenset({"kind", "base_url", "token_endpoint", *SECRET_FIELDS})
DEFAULT_RULES = """escalate event handoff.initiate
escalate tags Escalate
escalate type handoff
end type endOfConversation
end tags EndConversation
error text Exception caught*
error text The bot encountered an error or bug*
error text To continue to run this bot, please fix*
error text *Traceback (most recent call last)*
error text *Object reference not set to an instance*
error text Something went wrong, we need to start over*
error text *Exception: *
error text TypeError: *
error text ReferenceError: *
error text KeyError: *
error text ValueError: *
error text *Error: Request failed with status code*
error text *Internal Server Error*
error text *502 Bad Gateway*
error text *503 Service *Unavailable*
error text *504 Gateway *
error text {"error":*
error text <!doctype html*
error text <html*
error text Sorry, something went wrong*error*code*"""


class Connection(Struct, frozen=True):
    """The bot and its terms. Seconds: `hold` until a holding line, `patience` until a person takes over. Minutes of the
    patient's silence until a reminder, and from it until the end; 0 is never."""

    kind: Kind = "embedded"
    base_url: str = "https://europe.directline.botframework.com/v3/directline"
    secret: str = ""
    token_endpoint: str = ""
    app_secret: str = ""
    scenario: str = ""
    arguments: str = ""
    visible: Literal["all", "bridged"] = "all"
    rules: str = DEFAULT_RULES
    link_hosts: str = ""
    hold: Seconds = 6
    patience: Seconds = 20
    remind_minutes: Minutes = 10
    close_minutes: Minutes = 10
    fallback: Literal["assistant", "person"] = "assistant"
    socket: bool = True

    @property
    def employed(self) -> bool:
        return self.kind != "embedded"


class _Remembered:
    def __init__(self) -> None:
        self.connection = Connection()
        self.until = -1.0


async def connection_of(house: House, reader: store.Reader | None = None) -> Connection:
    """The terms in force, at most REMEMBERED seconds old; `reader` is the transaction of whoever is in one."""
    known: _Remembered = house.ports.setdefault(_Remembered, _Remembered())
    now = house.clock.now().timestamp()
    if not 0 <= known.until - now <= REMEMBERED:
        known.connection = _read(house, await store.connection(reader or house.db))
        known.until = now + REMEMBERED
    return known.connection


async def change(house: House, tx: Transaction, by: Actor, after: Connection) -> bool:
    """From now on these terms, for conversations that open. On record, with what was changed, without secrets.

    True when the bot, or the way to it, is another: what was wrong with the former says nothing of it.
    """
    before = _read(house, await store.connection(tx))
    changed = [name for name in Connection.__struct_fields__ if getattr(before, name) != getattr(after, name)]
    if not changed:
        return False
    sealing = sealing_of(house)
    sealed = {name: sealing.seal(_purpose(name), getattr(after, name)) for name in SECRET_FIELDS}
    await store.keep_connection(tx, msgspec.to_builtins(after) | sealed, house.clock.now())
    await audit.record(house, tx, by, "bot.settings", detail={"changed": sorted(changed), "kind": after.kind})
    tx.after_commit(lambda: house.ports.pop(_Remembered, None))
    return not _WAY.isdisjoint(changed)


async def renew(tx: Transaction, sealing: Sealing) -> None:
    """The secrets sealed with the first of the keys that seal."""
    kept = await store.connection(tx)
    if kept:
        after = kept | {name: sealing.renewed(_purpose(name), kept.get(name, "")) for name in SECRET_FIELDS}
        if after != kept:
            await store.reseal(tx, after)


def _read(house: House, kept: Any) -> Connection:
    """A secret that cannot be opened is none: the bot refuses us, its administrator is told, and people answer."""
    if not kept:
        return Connection()
    opened = {}
    for name in SECRET_FIELDS:
        try:
            opened[name] = sealing_of(house).opened(_purpose(name), kept.get(name, ""))
        except KeyMissing as error:
            log.error("a secret of the hospital's own bot cannot be read", field=name, why=str(error))
            opened[name] = ""
    return msgspec.convert(kept | opened, Connection)


def _purpose(name: str) -> str:
    return f"adapters.bot_connection.{name}"
