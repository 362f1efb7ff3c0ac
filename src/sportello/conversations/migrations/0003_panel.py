"""Attachments, redaction, quick replies, requests for a transcript."""

from alembic import op

revision = "conversations_0003"
down_revision = "conversations_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        create table conversations.safekeeping (
            one         boolean     primary key default true check (one),
            value       jsonb       not null,
            changed_at  timestamptz not null
        );
        comment on table conversations.safekeeping is
            'one row: what files may be sent, how long they are kept, what is masked';

        create table conversations.redaction (
            conversation uuid        not null references conversations.conversation (id) on delete cascade,
            seq          bigint      not null,
            by           uuid        not null references administration.staff (id),
            by_name      text        not null,
            why          text        not null check (why <> ''),
            at           timestamptz not null,
            primary key (conversation, seq)
        );
        comment on table conversations.redaction is
            'the words are gone from the stream; who removed them, when and why stays';

        create table conversations.file (
            id           uuid        primary key,
            conversation uuid        not null references conversations.conversation (id) on delete cascade,
            sender       text        not null,
            name         text        not null check (length(name) between 1 and 200),
            type         text        not null,
            size         integer     not null check (size > 0),
            content      bytea,
            thumbnail    bytea,
            scanned_by   text        not null default '',
            sent_at      timestamptz not null,
            removed_at   timestamptz,
            check ((content is null) = (removed_at is not null))
        );
        alter table conversations.file alter content set storage external;
        create index file_conversation on conversations.file (conversation);
        create index file_kept on conversations.file (sent_at) where removed_at is null;

        create table conversations.quick_reply (
            id          uuid        primary key,
            staff       uuid        references administration.staff (id),
            shortcut    text        not null check (shortcut ~ '^[a-z0-9-]{1,30}$'),
            tags        text[]      not null default '{}',
            texts       jsonb       not null,
            changed_at  timestamptz not null,
            changed_by  text        not null
        );
        comment on column conversations.quick_reply.staff is 'whose it is; null: everybody''s';
        create unique index quick_reply_shortcut on conversations.quick_reply
            (coalesce(staff, '00000000-0000-0000-0000-000000000000'), shortcut);

        create table conversations.mailing (
            id           uuid        primary key,
            conversation uuid        not null references conversations.conversation (id) on delete cascade,
            recipient    text        not null,
            by_name      text        not null,
            asked_at     timestamptz not null,
            status       text        not null default 'waiting' check (status in ('waiting', 'sent', 'failed')),
            tries        integer     not null default 0,
            sent_at      timestamptz
        );
        comment on table conversations.mailing is 'transcripts to be sent to the patient, who asked for them';

        insert into administration.role_permission (role, permission)
        select r.role, p.permission from (select distinct role from administration.role_permission) r
        join (values ('supervisor', 'conversation.redact'), ('supervisor', 'reply.share'),
                     ('administrator', 'reply.share')) p (role, permission) using (role)
        on conflict do nothing;
        """
    )
