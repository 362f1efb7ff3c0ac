"""Exports of everything at one instant: what was asked and counted; the resources themselves are not copied."""

from alembic import op

revision = "fhir_0004"
down_revision = "fhir_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        create table fhir.export (
            id          uuid        primary key,
            asked_by    text        not null,
            request     text        not null,
            at          timestamptz not null,
            since       timestamptz,
            types       text[]      not null,
            of_patients boolean     not null,
            patients    text[],
            hidden      text[]      not null,
            asked_at    timestamptz not null,
            expires_at  timestamptz not null,
            counts      jsonb
        );
        comment on column fhir.export.at is 'the instant whose state is exported: every change before it is committed';
        comment on column fhir.export.of_patients is 'only what belongs to a patient';
        comment on column fhir.export.patients is 'only what belongs to one of these; null: to anybody';
        comment on column fhir.export.counts is 'resources by type; null until they are counted';

        create index history_type_id_replaced on fhir.history (type, id, replaced);
        """
    )
