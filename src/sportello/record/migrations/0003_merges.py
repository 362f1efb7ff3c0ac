"""Two records of one person joined, with what is needed to part them again."""

from alembic import op

revision = "record_0003"
down_revision = "record_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        create table record.merge (
            id          uuid        primary key,
            survivor    text        not null,
            former      text        not null check (former <> survivor),
            reason      text        not null default '' check (length(reason) <= 500),
            staff       text        not null,
            name        text        not null,
            at          timestamptz not null,
            undone_at   timestamptz,
            undone_by   text        not null default ''
        );
        comment on column record.merge.former is 'the record that leads to the survivor until the merge is undone';
        create unique index merge_former on record.merge (former) where undone_at is null;
        create index merge_survivor on record.merge (survivor);
        create index merge_at on record.merge (at desc, id);

        create table record.merge_item (
            merge   uuid    not null references record.merge on delete cascade,
            type    text    not null,
            id      text    not null,
            before  integer not null,
            after   integer not null,
            primary key (merge, type, id)
        );
        comment on table record.merge_item is 'resources that a merge changed, by their versions before and after';

        create table record.merge_row (
            merge   uuid    not null references record.merge on delete cascade,
            room    text    not null,
            key     text    not null,
            primary key (merge, room, key)
        );
        comment on table record.merge_row is 'what other rooms moved to the survivor, in their own words';
        """
    )
