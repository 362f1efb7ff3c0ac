"""Messages among staff about a patient, who has read them, and which account is which practitioner's."""

from alembic import op

revision = "record_0005"
down_revision = "record_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        create table record.colleague (
            practitioner text primary key,
            staff        uuid not null
        );
        comment on table record.colleague is 'whose account a practitioner of the record signs in with';
        create index colleague_staff on record.colleague (staff);

        create table record.team_message (
            id          uuid        primary key,
            patient     text        not null,
            staff       uuid        not null,
            name        text        not null,
            body        text        not null check (length(body) between 1 and 4000),
            at          timestamptz not null
        );
        comment on table record.team_message is 'internal: never shown to the patient, nor part of the record as FHIR';
        create index team_message_patient on record.team_message (patient, at desc, id);

        create table record.team_message_to (
            message     uuid        not null references record.team_message on delete cascade,
            staff       uuid        not null,
            name        text        not null,
            read_at     timestamptz,
            primary key (message, staff)
        );
        create index team_message_unread on record.team_message_to (staff) where read_at is null;
        """
    )
