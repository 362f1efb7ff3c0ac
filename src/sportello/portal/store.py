"""Every SQL statement of the portal."""

from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from msgspec import Struct

from sportello.kit.database import Transaction


class Reader(Protocol):
    """The database or a transaction: something to read from."""

    async def fetchrow(self, sql: str, *args: object) -> Any: ...


class Account(Struct, frozen=True):
    """A patient's way in; `code_hash` is argon2id."""

    login: str
    code_hash: str
    patient_id: str
    language: str


class Session(Struct, frozen=True):
    """A patient signed in."""

    login: str
    patient_id: str
    language: str


class Chat(Struct, frozen=True):
    """What a chat token opens."""

    conversation: UUID
    patient_id: str | None


async def put_account(
    tx: Transaction, login: str, code_hash: str, patient_id: str, language: str, now: datetime
) -> bool:
    """True when the account is new; an existing one is left as it is."""
    done = await tx.execute(
        "insert into portal.account (login, code_hash, patient_id, language, created_at) values ($1, $2, $3, $4, $5)"
        " on conflict (login) do nothing",
        login, code_hash, patient_id, language, now,
    )  # fmt: skip
    return done.endswith("1")


async def account(db: Reader, login: str) -> Account | None:
    row = await db.fetchrow("select login, code_hash, patient_id, language from portal.account where login = $1", login)
    return Account(**row) if row else None


async def add_session(
    tx: Transaction, token_hash: bytes, account: Account, now: datetime, expires_at: datetime
) -> None:
    """Also sweeps a few sessions that have ended, so that the table stays as small as its use."""
    await tx.execute(
        "delete from portal.session where token_hash in"
        " (select token_hash from portal.session where expires_at < $1 limit 20)",
        now,
    )
    await tx.execute(
        "insert into portal.session (token_hash, login, patient_id, created_at, expires_at)"
        " values ($1, $2, $3, $4, $5)",
        token_hash, account.login, account.patient_id, now, expires_at,
    )  # fmt: skip


async def session(db: Reader, token_hash: bytes, now: datetime) -> Session | None:
    row = await db.fetchrow(
        "select s.login, s.patient_id, a.language from portal.session s join portal.account a using (login)"
        " where s.token_hash = $1 and s.expires_at > $2",
        token_hash, now,
    )  # fmt: skip
    return Session(**row) if row else None


async def end_session(tx: Transaction, token_hash: bytes) -> None:
    await tx.execute("delete from portal.session where token_hash = $1", token_hash)


async def chat_by_key(tx: Transaction, key_hash: bytes) -> Chat | None:
    row = await tx.fetchrow("select conversation, patient_id from portal.chat where key_hash = $1 for update", key_hash)
    return Chat(**row) if row else None


async def chat_by_token(db: Reader, token_hash: bytes, now: datetime) -> Chat | None:
    row = await db.fetchrow(
        "select conversation, patient_id from portal.chat where token_hash = $1 and expires_at > $2", token_hash, now
    )
    return Chat(**row) if row else None


async def add_chat(
    tx: Transaction, key_hash: bytes, token_hash: bytes, chat: Chat, now: datetime, expires_at: datetime
) -> None:
    await tx.execute(
        "insert into portal.chat (key_hash, token_hash, conversation, patient_id, created_at, expires_at)"
        " values ($1, $2, $3, $4, $5, $6)",
        key_hash, token_hash, chat.conversation, chat.patient_id, now, expires_at,
    )  # fmt: skip


async def renew_chat(tx: Transaction, key_hash: bytes, token_hash: bytes, expires_at: datetime) -> None:
    """A new token for the same browser; the one before opens nothing more."""
    await tx.execute(
        "update portal.chat set token_hash = $2, expires_at = $3 where key_hash = $1", key_hash, token_hash, expires_at
    )


async def lock_key(tx: Transaction, key: int) -> None:
    """Two requests with the same key wait for each other until the end of the transaction."""
    await tx.execute("select pg_advisory_xact_lock($1)", key)


async def drop_chat(tx: Transaction, key_hash: bytes) -> None:
    await tx.execute("delete from portal.chat where key_hash = $1", key_hash)


async def name_chat(tx: Transaction, key_hash: bytes, patient_id: str) -> None:
    await tx.execute("update portal.chat set patient_id = $2 where key_hash = $1", key_hash, patient_id)


async def move_patient(tx: Transaction, former: str, survivor: str) -> tuple[list[str], list[str]]:
    """A record was merged: its accounts, sessions and chats are the survivor's; the logins and chats' keys in hex."""
    accounts = await tx.fetch(
        "update portal.account set patient_id = $2 where patient_id = $1 returning login", former, survivor
    )
    await tx.execute("update portal.session set patient_id = $2 where patient_id = $1", former, survivor)
    chats = await tx.fetch(
        "update portal.chat set patient_id = $2 where patient_id = $1 returning encode(key_hash, 'hex') as key",
        former, survivor,
    )  # fmt: skip
    return [row["login"] for row in accounts], [row["key"] for row in chats]


async def give_back(tx: Transaction, logins: list[str], chats: list[str], survivor: str, former: str) -> None:
    """Undone: the same accounts with their sessions of now, and the same chats."""
    for table, column in (("account", "login"), ("session", "login"), ("chat", "encode(key_hash, 'hex')")):
        await tx.execute(
            f"update portal.{table} set patient_id = $3 where {column} = any($1::text[]) and patient_id = $2",  # noqa: S608
            chats if table == "chat" else logins, survivor, former,
        )  # fmt: skip
