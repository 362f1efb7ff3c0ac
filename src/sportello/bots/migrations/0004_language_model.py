"""An optional language model: on which terms it is asked, what it chose in a turn, and that it was asked at all."""

from alembic import op

revision = "bots_0004"
down_revision = "bots_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        -- One row; without it nothing is asked of any model.
        create table bots.language_model (
            one        boolean     primary key default true check (one),
            value      jsonb       not null,
            changed_at timestamptz not null
        );

        -- Hashes, never words: they prove what was sent and answered to whoever has the same text.
        create table bots.model_call (
            id           bigint      generated always as identity primary key,
            at           timestamptz not null,
            conversation uuid,
            job          text        not null,
            outcome      text        not null,
            milliseconds integer     not null,
            model        text        not null,
            prompt_hash  text        not null,
            answer_hash  text        not null
        );
        create index model_call_at on bots.model_call (at);

        -- What the model chose for this turn, so that it can be taken again without asking.
        alter table bots.turn add column advice jsonb;
        """
    )
