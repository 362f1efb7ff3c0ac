"""Taking in files: how far each one came, in the transaction of its resources, and what of it was refused."""

from alembic import op

revision = "fhir_0009"
down_revision = "fhir_0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        create table fhir.intake (
            id          uuid        primary key,
            places      text[]      not null,
            asked_by    text        not null,
            asked_name  text        not null,
            uploaded    boolean     not null,
            state       text        not null check (state in ('running', 'stopped', 'done')),
            trouble     text        not null default '',
            began_at    timestamptz not null,
            ended_at    timestamptz
        );
        comment on column fhir.intake.uploaded is 'its files were sent by a browser and are removed at the end';
        comment on column fhir.intake.trouble is 'the kind of failure that stopped it; it can go on';
        create index intake_began on fhir.intake (began_at desc);

        create table fhir.intake_file (
            intake      uuid        not null references fhir.intake on delete cascade,
            number      integer     not null,
            path        text        not null,
            member      text        not null,
            digest      text        not null default '',
            size        bigint      not null default 0,
            passed      bigint      not null default 0,
            position    bigint      not null default 0,
            line        bigint      not null default 0,
            done        boolean     not null default false,
            created     bigint      not null default 0,
            updated     bigint      not null default 0,
            unchanged   bigint      not null default 0,
            deleted     bigint      not null default 0,
            refused     bigint      not null default 0,
            open_ends   bigint      not null default 0,
            primary key (intake, number)
        );
        comment on column fhir.intake_file.position is 'bytes of the unpacked file that are in, in whole pieces';
        comment on column fhir.intake_file.digest is 'SHA-256 of the file on disk: changed meanwhile, it begins anew';

        create table fhir.intake_refusal (
            intake      uuid        not null,
            number      integer     not null,
            seq         bigint      generated always as identity,
            place       bigint      not null,
            resource    text        not null,
            element     text        not null,
            reason      text        not null,
            params      jsonb       not null,
            patient     text,
            kept        boolean     not null,
            primary key (intake, number, seq),
            foreign key (intake, number) references fhir.intake_file on delete cascade
        );
        comment on column fhir.intake_refusal.place is 'line, or entry of the bundle, from 0';
        comment on column fhir.intake_refusal.kept is 'it came in; a reference in it was left open';
        create index intake_refusal_patient on fhir.intake_refusal (patient) where patient is not null;
        """
    )
