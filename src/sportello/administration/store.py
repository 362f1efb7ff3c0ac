"""Every statement on the tables of administration."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sportello.kit.database import Database, Transaction

_STAFF = "id, login, name, email, role, language, password_hash, password_temporary, active, created_at, signed_in_at"


async def staff_by_login(tx: Transaction, login: str) -> Any:
    return await tx.fetchrow(f"select {_STAFF} from administration.staff where login = $1", login)  # noqa: S608


async def staff_by_id(tx: Transaction, staff: UUID) -> Any:
    return await tx.fetchrow(f"select {_STAFF} from administration.staff where id = $1", staff)  # noqa: S608


async def all_staff(tx: Transaction) -> list[Any]:
    return await tx.fetch(f"select {_STAFF} from administration.staff order by active desc, lower(name)")  # noqa: S608


async def logins(reader: Database | Transaction) -> dict[UUID, str]:
    """Everybody's sign-in name, also of those who left: it never changes."""
    return {row["id"]: row["login"] for row in await reader.fetch("select id, login from administration.staff")}


async def lock_staff(tx: Transaction) -> None:
    """One change of accounts at a time: two administrators cannot both be the last to leave."""
    await tx.execute("lock table administration.staff in share row exclusive mode")


async def others_with(tx: Transaction, staff: UUID, permission: str) -> int:
    """How many other open accounts have a permission."""
    return int(
        await tx.fetchval(
            """select count(*) from administration.staff s
            join administration.role_permission r on r.role = s.role and r.permission = $2
            where s.active and s.id <> $1""",
            staff, permission,
        )
    )  # fmt: skip


async def staff_with(tx: Transaction, permission: str) -> list[UUID]:
    """Active members of staff whose role grants a permission."""
    rows = await tx.fetch(
        """select s.id from administration.staff s join administration.role_permission p on p.role = s.role
        where s.active and p.permission = $1 order by s.id""",
        permission,
    )
    return [row["id"] for row in rows]


async def anybody_with(tx: Transaction, permission: str) -> bool:
    """Whether any open account has a permission."""
    return bool(
        await tx.fetchval(
            """select exists (select from administration.staff s
            join administration.role_permission r on r.role = s.role and r.permission = $1 where s.active)""",
            permission,
        )
    )


async def insert_staff(
    tx: Transaction,
    staff: UUID,
    login: str,
    name: str,
    email: str,
    role: str,
    language: str,
    password_hash: str,
    *,
    temporary: bool = False,
) -> bool:
    """False when the very same account (by id) was there already; a login that is taken raises."""
    done = await tx.fetchval(
        """insert into administration.staff (id, login, name, email, role, language, password_hash, password_temporary)
        values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (id) do nothing returning true""",
        staff, login, name, email, role, language, password_hash, temporary,
    )  # fmt: skip
    return bool(done)


async def change_staff(
    tx: Transaction, staff: UUID, *, name: str, email: str, role: str, language: str, active: bool
) -> None:
    await tx.execute(
        """update administration.staff set name = $2, email = $3, role = $4, language = $5, active = $6
        where id = $1""",
        staff, name, email, role, language, active,
    )  # fmt: skip


async def set_language(tx: Transaction, staff: UUID, language: str) -> None:
    await tx.execute("update administration.staff set language = $2 where id = $1", staff, language)


async def set_password(tx: Transaction, staff: UUID, password_hash: str, *, temporary: bool) -> None:
    await tx.execute(
        "update administration.staff set password_hash = $2, password_temporary = $3 where id = $1",
        staff, password_hash, temporary,
    )  # fmt: skip


async def rehash_password(tx: Transaction, staff: UUID, old: str, new: str) -> None:
    """The same password with today's parameters, unless it was changed meanwhile."""
    await tx.execute(
        "update administration.staff set password_hash = $3 where id = $1 and password_hash = $2", staff, old, new
    )


async def permissions_of(tx: Transaction, role: str) -> set[str]:
    rows = await tx.fetch("select permission from administration.role_permission where role = $1", role)
    return {row[0] for row in rows}


async def all_permissions(tx: Transaction) -> set[tuple[str, str]]:
    return {(row[0], row[1]) for row in await tx.fetch("select role, permission from administration.role_permission")}


async def fill_permissions(tx: Transaction, pairs: list[tuple[str, str]]) -> None:
    """Gives roles their first permissions, unless the role already has some."""
    await tx.execute(
        """insert into administration.role_permission
        select role, permission from unnest($1::text[], $2::text[]) as given (role, permission)
        where not exists (select from administration.role_permission kept where kept.role = given.role)
        on conflict do nothing""",
        [role for role, _ in pairs], [permission for _, permission in pairs],
    )  # fmt: skip


async def set_permissions(tx: Transaction, role: str, permissions: Sequence[str]) -> None:
    await tx.execute("delete from administration.role_permission where role = $1", role)
    await tx.execute(
        "insert into administration.role_permission select $1, unnest($2::text[])", role, list(permissions)
    )


async def open_session(tx: Transaction, token_hash: bytes, staff: UUID, now: datetime) -> None:
    await tx.execute(
        """with signed_in as (update administration.staff set signed_in_at = $3 where id = $2)
        insert into administration.staff_session (token_hash, staff, created_at, seen_at) values ($1, $2, $3, $3)""",
        token_hash, staff, now,
    )  # fmt: skip


async def session(db: Database, token_hash: bytes, seen_after: datetime, created_after: datetime) -> Any:
    """The live session of a token with its staff member and their permissions, or None."""
    return await db.fetchrow(
        """select s.seen_at, p.id, p.name, p.role, p.language, p.password_temporary,
            array(select permission from administration.role_permission r where r.role = p.role) as permissions
        from administration.staff_session s join administration.staff p on p.id = s.staff
        where s.token_hash = $1 and p.active and s.seen_at > $2 and s.created_at > $3""",
        token_hash, seen_after, created_after,
    )  # fmt: skip


async def session_owner(tx: Transaction, token_hash: bytes) -> UUID | None:
    """Whose session a token is or was, also when it has expired lately."""
    found: UUID | None = await tx.fetchval(
        "select staff from administration.staff_session where token_hash = $1", token_hash
    )
    return found


async def touch_session(db: Database, token_hash: bytes, now: datetime) -> None:
    await db.execute("update administration.staff_session set seen_at = $2 where token_hash = $1", token_hash, now)


async def close_session(tx: Transaction, token_hash: bytes) -> None:
    await tx.execute("delete from administration.staff_session where token_hash = $1", token_hash)


async def close_sessions_of(tx: Transaction, staff: UUID, but: bytes = b"") -> None:
    await tx.execute("delete from administration.staff_session where staff = $1 and token_hash <> $2", staff, but)


async def forget_sessions(db: Database, seen_before: datetime, created_before: datetime) -> None:
    await db.execute(
        "delete from administration.staff_session where seen_at < $1 or created_at < $2", seen_before, created_before
    )


async def append_audit(tx: Transaction, row: list[Any], content: bytes) -> None:
    """Adds one event (its columns from `at` to `detail`) behind the head and moves the head to it."""
    await tx.execute(
        """with head as (
            update administration.audit_head set seq = seq + 1, hash = sha256(hash || $10::bytea) returning seq, hash
        )
        insert into administration.audit_event
            (seq, at, actor_kind, actor, actor_name, actor_role, action, patient, entity, detail, hash)
        select seq, $1::timestamptz, $2, $3, $4, $5, $6, $7, $8, $9::json, hash from head""",
        *row, content,
    )  # fmt: skip


async def audit_head(db: Database) -> tuple[int, bytes]:
    row = await db.fetchrow("select seq, hash from administration.audit_head")
    return row[0], row[1]


async def audit_beyond_head(db: Database) -> int | None:
    """The first event behind the head: nobody but a stranger writes one."""
    found: int | None = await db.fetchval(
        "select min(seq) from administration.audit_event where seq > (select seq from administration.audit_head)"
    )
    return found


_EVENT = "seq, at, actor_kind, actor, actor_name, actor_role, action, patient, entity, detail"


async def audit_page(db: Database, after: int, last: int, limit: int) -> list[Any]:
    return await db.fetch(
        f"""select {_EVENT}, hash from administration.audit_event
        where seq > $1 and seq <= $2 order by seq limit $3""",  # noqa: S608
        after, last, limit,
    )  # fmt: skip


async def audit_looks(tx: Transaction, spans: list[Any], actions: list[str], before: int | None, limit: int) -> Any:
    """What staff and machines read of patients, each (id, since, until) in their span of time, newest first."""
    return await tx.fetch(
        f"""select {_EVENT} from administration.audit_event e
        where patient = any($1::text[]) and action = any($4) and actor_kind in ('staff', 'machine')
          and exists (select from unnest($1, $2::timestamptz[], $3::timestamptz[]) w(patient, since, until)
                      where w.patient = e.patient and (e.at < w.since or e.at >= w.until) is not true)
          and ($5::bigint is null or seq < $5)
        order by seq desc limit $6""",  # noqa: S608
        *([span[place] for span in spans] for place in range(3)), actions, before, limit,
    )  # fmt: skip


async def audit_search(
    tx: Transaction,
    *,
    patient: str | None,
    actor: str | None,
    since: datetime | None,
    until: datetime | None,
    before: int | None,
    limit: int,
) -> list[Any]:
    """Events newest first: of a patient, of an actor, of a span of time, before a number."""
    return await tx.fetch(
        f"""select {_EVENT} from administration.audit_event
        where ($1::text is null or patient = $1) and ($2::text is null or actor = $2)
          and ($3::timestamptz is null or at >= $3) and ($4::timestamptz is null or at < $4)
          and ($5::bigint is null or seq < $5)
        order by seq desc limit $6""",  # noqa: S608
        patient, actor, since, until, before, limit,
    )  # fmt: skip
