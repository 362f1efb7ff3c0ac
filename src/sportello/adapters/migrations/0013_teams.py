"""Microsoft Teams: the application that makes meetings, and which meeting a visit has."""

from alembic import op

revision = "adapters_0013"
down_revision = "adapters_0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        create table adapters.teams (
            only_one   boolean primary key default true check (only_one),
            terms      jsonb   not null,
            changed_at timestamptz not null
        );
        comment on column adapters.teams.terms is 'the client secret in it is sealed';
        create table adapters.teams_meeting (
            appointment uuid primary key,
            organiser   text not null,
            meeting     text not null,
            join_url    text not null,
            starts      timestamptz not null,
            ends        timestamptz not null
        );
        """
    )
