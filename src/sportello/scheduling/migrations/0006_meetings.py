"""Who makes the link of a virtual visit; rooms of our own whose links open in one browser; feeds; notice by days."""

from alembic import op

revision = "scheduling_0006"
down_revision = "scheduling_0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        alter table scheduling.appointment
            add column meeting_maker text not null default '',
            drop constraint appointment_cancel_reason_check,
            add constraint appointment_cancel_reason check (cancel_reason in (
                'pat', 'pat-dec', 'pat-fb', 'pat-lt', 'pat-mt', 'pat-mv', 'pat-preg', 'pat-swl', 'pat-utp', 'prov',
                'prov-pers', 'prov-dch', 'prov-edu', 'prov-hosp', 'prov-labs', 'maint', 'meds-inc', 'other', 'oth-err',
                'oth-fin', 'oth-room', 'oth-weath'));
        comment on column scheduling.appointment.meeting_maker is 'who made its link, and must take it back';

        create table scheduling.meeting_choice (
            service text primary key,
            maker   text not null
        );
        comment on table scheduling.meeting_choice is 'an empty service is the house, for types without a choice';

        alter table scheduling.visit_room
            add column bearer  bytea,
            add column came_at timestamptz,
            add column seen_at timestamptz;
        comment on column scheduling.visit_room.bearer is 'the hash of what the browser carries that came in first';
        create table scheduling.visit_key (
            hash        bytea primary key,
            appointment uuid  not null references scheduling.appointment,
            made_by     text  not null,
            made_at     timestamptz not null,
            expires_at  timestamptz not null,
            bearer      bytea,
            came_at     timestamptz,
            seen_at     timestamptz
        );
        create index visit_key_appointment on scheduling.visit_key (appointment);
        comment on table scheduling.visit_key is 'links for practitioners; each opens in the first browser alone';

        create table scheduling.feed (
            practitioner text  primary key references scheduling.practitioner,
            token_hash   bytea not null unique,
            names        boolean not null default false,
            made_by      text  not null,
            made_at      timestamptz not null,
            read_at      timestamptz
        );
        comment on column scheduling.feed.names is 'whether patients'' names go into calendars elsewhere';

        alter table scheduling.service
            add column notice_days smallint not null default 0 check (notice_days between 0 and 30);
        comment on column scheduling.service.notice_days is
            'whole working days between the notice and the visit, beside notice_hours';
        create table scheduling.terms (
            only_one boolean primary key default true check (only_one),
            saturday boolean not null default true
        );
        comment on column scheduling.terms.saturday is 'whether Saturday is a working day when notice is counted';
        """
    )
