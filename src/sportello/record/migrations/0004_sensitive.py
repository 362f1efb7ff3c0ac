"""What is sensitive, what was obscured by whom and why, and which parts of records a role is not shown."""

from alembic import op

revision = "record_0004"
down_revision = "record_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        create table record.sensitive (
            kind    text        not null check (kind in ('label', 'type', 'category', 'code')),
            system  text        not null default '' check (length(system) <= 200),
            code    text        not null check (length(code) between 1 and 100),
            words   text        not null default '' check (length(words) <= 200),
            primary key (kind, system, code)
        );
        comment on table record.sensitive is 'resources that are not shown without the right for them';
        insert into record.sensitive (kind, code)
        select 'label', unnest(string_to_array(
            'R V ETH GDIS HIV MST PREGNANT PSY SCA SDV SEX SPI BH COGN DVD EMOTDIS MH PSYTHPN SUD ETHUD OPIOIDUD STD'
            ' VIO SICKLE TBOO', ' '));

        create table record.obscuring (
            id          uuid        primary key,
            patient     text        not null,
            item        text        not null,
            reason      text        not null check (length(reason) between 1 and 500),
            name        text        not null,
            at          timestamptz not null,
            lifted_at   timestamptz,
            lifted_by   text        not null default '',
            lift_reason text        not null default ''
        );
        comment on column record.obscuring.item is 'Type/id of the resource that carries the label';
        create index obscuring_item on record.obscuring (item, at desc);

        create table record.withheld (
            role    text not null,
            part    text not null,
            primary key (role, part)
        );
        comment on table record.withheld is 'parts of records that a role is not shown; what is not named is shown';
        """
    )
