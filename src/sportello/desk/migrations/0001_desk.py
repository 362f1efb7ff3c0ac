"""An agent's open sessions, so that a crashed or second browser shows the same desk."""

from alembic import op

revision = "desk_0001"
down_revision = None
branch_labels = ("desk",)
depends_on = ("conversations_0001", "administration_0001")


def upgrade() -> None:
    """One row per agent and conversation, and one without a conversation: the Home session.

    `tabs` is a short list the agent arranges, never queried by content.
    """
    op.execute("""
        create schema if not exists desk;
        create table desk.session (
            staff uuid not null references administration.staff (id) on delete cascade,
            conversation uuid references conversations.conversation (id) on delete cascade,
            opened_at timestamptz not null,
            tabs jsonb not null default '[]',
            current_tab text not null default '',
            draft text not null default '' check (length(draft) <= 20000),
            unique nulls not distinct (staff, conversation)
        );
        create index session_of_conversation on desk.session (conversation);
    """)
