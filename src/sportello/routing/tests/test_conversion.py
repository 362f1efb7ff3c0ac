"""A hospital that had queues, members and places before there were plans finds them in its first plan."""

from collections.abc import Iterator

import msgspec
import psycopg
import pytest

from sportello.kit.database.embedded import EmbeddedPostgres
from sportello.kit.database.kept_cluster import sibling
from sportello.kit.database.migrating import migrate, upgrade
from sportello.kit.ids import uuid7
from sportello.routing.plan.faults import faults
from sportello.routing.plan.parts import Member, Plan

_BEFORE = """
insert into administration.staff (id, login, name, role, password_hash) values
    ('00000000-0000-0000-0000-000000000001', 'elena', 'Elena Conti', 'agent', ''),
    ('00000000-0000-0000-0000-000000000002', 'davide', 'Davide Greco', 'agent', ''),
    ('00000000-0000-0000-0000-000000000003', 'luca', 'Luca Fontana', 'agent', '');
insert into routing.queue (id, name_it, name_en, offer_seconds) values ('cardio', 'Cardiologia', 'Cardiology', 20);
insert into routing.queue_member (queue, staff) values ('cardio', '00000000-0000-0000-0000-000000000001');
insert into routing.capacity (staff, places) values ('00000000-0000-0000-0000-000000000002', 2);
insert into conversations.conversation (id, state, visitor_name, language, channel, created_at, state_since, queue,
    queued_at) values (gen_random_uuid(), 'queued', 'Anna', 'it', 'chat', now(), now(), 'cardio', now());
"""


@pytest.fixture
def empty(postgres: EmbeddedPostgres) -> Iterator[str]:
    """A database without any tables."""
    name = f"t_{uuid7().hex}"
    with psycopg.connect(postgres.dsn, autocommit=True) as connection:
        connection.execute(f"create database {name}")
        yield sibling(postgres.dsn, name)
        connection.execute(f"drop database {name} with (force)")


@pytest.mark.parametrize("used", [True, False])
def test_what_was_kept_becomes_the_first_version(empty: str, used: bool) -> None:
    with psycopg.connect(empty, autocommit=True) as connection:
        for name in ("pg_trgm", "unaccent", "btree_gist"):
            connection.execute(f"create extension {name}")
    upgrade(empty, "routing_0001")
    with psycopg.connect(empty, autocommit=True) as connection:
        if used:
            connection.execute(_BEFORE)
        migrate(empty)
        rows = connection.execute("select plan::text from routing.plan").fetchall()
        waiting = connection.execute("select queue from routing.placement where waiting").fetchall()
    if not used:
        assert rows == []
        return
    plan = msgspec.json.decode(rows[0][0], type=Plan)
    assert faults(plan) == []
    assert [(one.id, one.name.it, one.offer_seconds) for one in plan.queues] == [
        ("general", "Generale", 30), ("cardio", "Cardiologia", 20),
    ]  # fmt: skip
    assert plan.members == (Member("davide", units=2), Member("elena", ("cardio",)))
    assert waiting == [("cardio",)]
