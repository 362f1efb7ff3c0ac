"""Every statement on the tokens of the machine doors, of which only hashes are kept."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sportello.kit.database import Database, Transaction


async def insert(
    tx: Transaction,
    token: UUID,
    token_hash: bytes,
    kind: str,
    name: str,
    scopes: list[str],
    now: datetime,
    expires: datetime,
    holder: UUID | None,
    staff: UUID | None,
) -> None:
    await tx.execute(
        """insert into administration.machine_token
            (id, token_hash, kind, name, scopes, created_at, expires_at, holder, staff)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)""",
        token, token_hash, kind, name, scopes, now, expires, holder, staff,
    )  # fmt: skip


async def standing(db: Database | Transaction, kind: str, now: datetime) -> list[Any]:
    return await db.fetch(
        """select t.id, t.name, t.scopes, t.created_at, t.expires_at, coalesce(p.name, '') as person
        from administration.machine_token t left join administration.staff p on p.id = t.staff
        where t.kind = $1 and t.expires_at > $2 and t.revoked_at is null and t.holder is null
          and (p.id is null or p.active) order by t.created_at desc""",
        kind, now,
    )  # fmt: skip


async def revoke(tx: Transaction, token: UUID | None, holder: UUID | None, now: datetime) -> list[UUID]:
    rows = await tx.fetch(
        """update administration.machine_token set revoked_at = $3
        where (id = $1 or holder = $2) and revoked_at is null and expires_at > $3 returning id""",
        token, holder, now,
    )  # fmt: skip
    return [row["id"] for row in rows]


async def live(db: Database, token_hash: bytes, now: datetime) -> Any:
    return await db.fetchrow(
        """select coalesce(t.holder, t.id) as id, t.kind, t.name, t.scopes,
            p.id as staff, p.name as staff_name, p.role, p.language,
            array(select permission from administration.role_permission r where r.role = p.role) as permissions
        from administration.machine_token t left join administration.staff p on p.id = t.staff
        where t.token_hash = $1 and t.expires_at > $2 and t.revoked_at is null and (t.staff is null or p.active)""",
        token_hash, now,
    )  # fmt: skip
