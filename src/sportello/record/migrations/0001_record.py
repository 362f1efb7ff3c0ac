"""Sensitive parts opened in an emergency."""

from alembic import op

revision = "record_0001"
down_revision = None
branch_labels = ("record",)
depends_on = ("fhir_0001", "administration_0001")


def upgrade() -> None:
    op.execute(
        """
        create schema if not exists record;
        create table record.opening (
            id       uuid        primary key,
            staff    text        not null,
            patient  text        not null,
            reason   text        not null check (length(reason) between 1 and 500),
            at       timestamptz not null,
            until    timestamptz not null check (until > at)
        );
        comment on table record.opening is 'who opened the sensitive parts of whose record, why, and until when';
        create index opening_of on record.opening (staff, patient, until desc);
        """
    )
