"""What the administrator sets for the FHIR door."""

from alembic import op

revision = "fhir_0007"
down_revision = "fhir_0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        -- link_check: off (only the shape of references is checked), or exists (what they point to must be here).
        create table fhir.door_rule (
            one        boolean     primary key default true check (one),
            link_check text        not null check (link_check in ('off', 'exists')),
            changed_at timestamptz not null
        );
        """
    )
