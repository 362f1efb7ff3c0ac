"""The country of a site, and postal codes that are found by their beginning."""

from alembic import op

revision = "scheduling_0008"
down_revision = "scheduling_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        r"""
        alter table scheduling.location
            add column country text not null default 'IT' check (country ~ '^[A-Z]{2}$');
        comment on column scheduling.location.country is
            'ISO 3166-1; postal codes are looked up in the countries of our sites first';
        create index postal_code_code on scheduling.postal_code (code);
        create index postal_code_town on scheduling.postal_code (lower(town));
        create index wizard_home on scheduling.wizard
            (upper(regexp_replace(about ->> 'postal_code', '\W', '', 'g'))) where about ->> 'latitude' is not null;
        """
    )
