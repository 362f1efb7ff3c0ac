"""What the demo remembers: that the hospital was made, and the mails its catcher took."""

from alembic import op

revision = "demo_0001"
down_revision = None
branch_labels = ("demo",)
depends_on = ("kit_0001",)


def upgrade() -> None:
    op.execute(
        """
        create schema if not exists demo;

        create table demo.seeding (
            one     boolean primary key default true check (one),
            made_at timestamptz not null
        );

        create table demo.mail (
            id          bigint generated always as identity primary key,
            received_at timestamptz not null,
            sender      text not null,
            recipients  text[] not null,
            subject     text not null,
            body        text not null,
            calendar    text,
            raw         bytea not null
        );
        """
    )
