"""Colleagues mentioned in notes."""

from alembic import op

revision = "conversations_0004"
down_revision = "conversations_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        create table conversations.mention (
            message      uuid        not null,
            staff        uuid        not null references administration.staff (id),
            conversation uuid        not null references conversations.conversation (id) on delete cascade,
            by_name      text        not null,
            at           timestamptz not null,
            seen_at      timestamptz,
            primary key (message, staff)
        );
        comment on table conversations.mention is
            'who was called into a conversation by a note, and may therefore read it; seen_at: opened or put aside';
        create index mention_staff on conversations.mention (staff, at) where seen_at is null;
        create index mention_conversation on conversations.mention (conversation, staff);
        """
    )
