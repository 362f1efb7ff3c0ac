"""Every statement on the tables of administration."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sportello.kit.database import Database, Transaction

_STAFF = "id, login, name, email, role, language, password_hash, active"


async def staff_by_login(tx: Transaction, login: str) -> Any:
    return await tx.fetchrow(f"select {_STAFF} from administration.staff where login = $1", login.lower())  # noqa: S608


async def staff_by_id(tx: Transaction, staff: UUID) -> Any:
    return await tx.fetchrow(f"select {_STAFF} from administration.staff where id = $1", staff)  # noqa: S608


async def all_staff(tx: Transaction) -> list[Any]:
    return await tx.fetch(f"select {_STAFF} from administration.staff order by active desc, name")  # noqa: S608


async def insert_staff(
    tx: Transaction, staff: UUID, login: str, name: str, email: str, role: str, language: str, password_hash: str
) -> None:
    await tx.execute(
        """insert into administration.staff (id, login, name, email, role, language, password_hash)
        values ($1, $2, $3, $4, $5, $6, $7)""",
        staff, login.lower(), name, email, role, language, password_hash,
    )  # fmt: skip


async def change_staff(tx: Transaction, staff: UUID, role: str, language: str, active: bool) -> None:
    await tx.execute(
        "update administration.staff set role = $2, language = $3, active = $4 where id = $1",
        staff, role, language, active,
    )  # fmt: skip


async def set_language(tx: Transaction, staff: UUID, language: str) -> None:
    await tx.execute("update administration.staff set language = $2 where id = $1", staff, language)


async def set_password(tx: Transaction, staff: UUID, password_hash: str) -> None:
    await tx.execute("update administration.staff set password_hash = $2 where id = $1", staff, password_hash)


async def permissions_of(tx: Transaction, role: str) -> set[str]:
    rows = await tx.fetch("select permission from administration.role_permission where role = $1", role)
    return {row[0] for row in rows}


async def fill_permissions(tx: Transaction, pairs: list[tuple[str, str]]) -> None:
    """Gives roles their first permissions, unless the role already has some."""
    await tx.execute(
        """insert into administration.role_permission
        select role, permission from unnest($1::text[], $2::text[]) as given (role, permission)
        where not exists (select from administration.role_permission kept where kept.role = given.role)""",
        [role for role, _ in pairs], [permission for _, permission in pairs],
    )  # fmt: skip


async def open_session(tx: Transaction, token_hash: bytes, staff: UUID, csrf: str, now: datetime) -> None:
    await tx.execute(
        """insert into administration.staff_session (token_hash, staff, csrf, created_at, seen_at)
        values ($1, $2, $3, $4, $4)""",
        token_hash, staff, csrf, now,
    )  # fmt: skip


async def session(db: Database, token_hash: bytes, seen_after: datetime, created_after: datetime) -> Any:
    """The live session of a token with its staff member and their permissions, or None."""
    return await db.fetchrow(
        """select s.csrf, s.seen_at, p.id, p.name, p.role, p.language,
            array(select permission from administration.role_permission r where r.role = p.role) as permissions
        from administration.staff_session s join administration.staff p on p.id = s.staff
        where s.token_hash = $1 and p.active and s.seen_at > $2 and s.created_at > $3""",
        token_hash, seen_after, created_after,
    )  # fmt: skip


async def touch_session(db: Database, token_hash: bytes, now: datetime) -> None:
    await db.execute("update administration.staff_session set seen_at = $2 where token_hash = $1", token_hash, now)


async def close_session(tx: Transaction, token_hash: bytes) -> None:
    await tx.execute("delete from administration.staff_session where token_hash = $1", token_hash)


async def close_sessions_of(tx: Transaction, staff: UUID) -> None:
    await tx.execute("delete from administration.staff_session where staff = $1", staff)


async def forget_sessions(tx: Transaction, seen_before: datetime) -> None:
    await tx.execute("delete from administration.staff_session where seen_at < $1", seen_before)


async def insert_token(
    tx: Transaction, token_hash: bytes, kind: str, scopes: list[str], now: datetime, expires: datetime
) -> None:
    await tx.execute(
        """insert into administration.machine_token (token_hash, kind, scopes, created_at, expires_at)
        values ($1, $2, $3, $4, $5)""",
        token_hash, kind, scopes, now, expires,
    )  # fmt: skip


async def token_scopes(db: Database, token_hash: bytes, kind: str, now: datetime) -> list[str] | None:
    found = await db.fetchval(
        "select scopes from administration.machine_token where token_hash = $1 and kind = $2 and expires_at > $3",
        token_hash, kind, now,
    )  # fmt: skip
    return list(found) if found is not None else None


async def lock_audit_head(tx: Transaction) -> tuple[int, bytes]:
    row = await tx.fetchrow("select seq, hash from administration.audit_head for update")
    return row[0], row[1]


async def append_audit(tx: Transaction, row: tuple[Any, ...]) -> None:
    """Adds one event (seq first, hash last) and moves the head to it."""
    await tx.execute(
        """with added as (insert into administration.audit_event
            (seq, at, actor_kind, actor, actor_name, action, patient, entity, detail, previous, hash)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11))
        update administration.audit_head set seq = $1, hash = $11""",
        *row,
    )


async def audit_head(db: Database) -> tuple[int, bytes]:
    row = await db.fetchrow("select seq, hash from administration.audit_head")
    return row[0], row[1]


async def audit_page(db: Database, after: int, limit: int) -> list[Any]:
    return await db.fetch(
        """select seq, at, actor_kind, actor, actor_name, action, patient, entity, detail, previous, hash
        from administration.audit_event where seq > $1 order by seq limit $2""",
        after, limit,
    )  # fmt: skip


async def audit_search(
    tx: Transaction, patient: str | None, actor: str | None, before: int | None, limit: int
) -> list[Any]:
    """Events newest first, of a patient or an actor, before a number."""
    return await tx.fetch(
        """select seq, at, actor_kind, actor, actor_name, action, patient, entity, detail
        from administration.audit_event
        where ($1::text is null or patient = $1) and ($2::text is null or actor_name ilike '%' || $2 || '%')
          and ($3::bigint is null or seq < $3)
        order by seq desc limit $4""",
        patient, actor, before, limit,
    )  # fmt: skip
