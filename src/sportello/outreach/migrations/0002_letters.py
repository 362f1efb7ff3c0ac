"""Letters that the hospital words itself, reminders, quiet hours, returned mail, wishes of patients, work for staff."""

from alembic import op

revision = "outreach_0002"
down_revision = "outreach_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        alter table outreach.message
            drop constraint message_kind_check,
            drop constraint message_status_check,
            drop constraint message_appointment_sequence_kind_key,
            add column patient       text        not null default '',
            add column part          text        not null default '',
            add column details       jsonb       not null default '{}',
            add column not_after     timestamptz,
            add column envelope      text        unique,
            add column sending_until timestamptz,
            add column delayed_at    timestamptz,
            add column returned_at   timestamptz,
            add constraint message_kind check
                (kind in ('booked', 'moved', 'cancelled', 'reminder', 'offer', 'link')),
            add constraint message_status check
                (status in ('waiting', 'sending', 'sent', 'failed', 'returned', 'obsolete', 'unsure')),
            add constraint message_once unique (appointment, sequence, kind, part);
        update outreach.message m set patient = a.patient from scheduling.appointment a where a.id = m.appointment;
        create index message_patient on outreach.message (patient, created_at desc);
        comment on column outreach.message.part is 'of reminders the time before, of offers which: each is sent once';
        comment on column outreach.message.envelope is 'in the address to which mail that cannot be delivered returns';
        comment on column outreach.message.status is
            'obsolete: changed before it was sent; unsure: the process died while sending what must not come twice';

        create table outreach.template (
            number   bigint generated always as identity primary key,
            kind     text   not null check (kind in ('booked', 'moved', 'cancelled', 'reminder', 'offer', 'link')),
            service  text   not null default '',
            channel  text   not null default '' check (channel in ('', 'in_person', 'virtual')),
            texts    jsonb,
            by       text   not null,
            by_name  text   not null,
            at       timestamptz not null
        );
        create index template_latest on outreach.template (kind, service, channel, number desc);
        comment on table outreach.template is 'the latest of a kind, service and channel counts; no texts: withdrawn';

        create table outreach.terms (
            only_one  boolean primary key default true check (only_one),
            quiet_from  time not null default '21:00',
            quiet_until time not null default '08:00',
            quiet_all   boolean not null default false,
            reminders   text[] not null default '{2d}',
            changed_by  text not null,
            changed_at  timestamptz not null
        );
        create table outreach.reminder_rule (
            service   text primary key,
            reminders text[] not null
        );
        comment on table outreach.reminder_rule is 'types of appointment whose reminders are not those of the house';

        create table outreach.preference (
            patient    text primary key,
            reminders  boolean not null default true,
            language   text not null default '' check (language in ('', 'it', 'en')),
            changed_by text not null,
            changed_at timestamptz not null
        );

        create table outreach.task (
            id          uuid primary key,
            kind        text not null check (kind in ('refused', 'returned', 'link', 'no_show')),
            appointment uuid not null,
            patient     text not null,
            message     uuid references outreach.message,
            at          timestamptz not null,
            done_at     timestamptz,
            done_by     text
        );
        create unique index task_open on outreach.task (kind, appointment) where done_at is null;
        create index task_waiting on outreach.task (at) where done_at is null;
        comment on table outreach.task is 'what a person must see to, since no machine can';
        """
    )
