"""Who may book for another person, and what was seen as proof of it."""

from alembic import op

revision = "scheduling_0013"
down_revision = "scheduling_0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        create table scheduling.delegate (
            id        uuid        primary key,
            patient   text        not null,
            delegate  text        not null,
            relation  text        not null check (relation in ('parent', 'guardian', 'caregiver', 'child', 'partner',
                                                               'other')),
            since     date        not null,
            until     date        check (until >= since),
            proof     text        not null check (length(proof) between 1 and 200),
            consent   text        not null check (consent in ('given', 'by_law')),
            seen_by   text        not null,
            seen_at   timestamptz not null,
            ended_by  text,
            ended_at  timestamptz,
            check (patient <> delegate)
        );
        comment on column scheduling.delegate.delegate is 'a person with a record of their own, by which they sign in';
        comment on column scheduling.delegate.consent is
            'the patient agreed, or the law speaks for them (a minor''s parent, a guardian)';
        create unique index delegate_standing on scheduling.delegate (patient, delegate) where ended_at is null;
        create index delegate_of on scheduling.delegate (delegate) where ended_at is null;
        """
    )
