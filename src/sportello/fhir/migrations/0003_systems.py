"""Systems that may ask for tokens by themselves, with the keys that they sign with."""

from alembic import op

revision = "fhir_0003"
down_revision = "fhir_0002"
branch_labels = None
depends_on = "administration_0002"


def upgrade() -> None:
    op.execute(
        """
        create table fhir.client (
            id          uuid        primary key,
            name        text        not null,
            keys        jsonb,
            keys_url    text        not null default '',
            scopes      text[]      not null,
            created_at  timestamptz not null,
            used_at     timestamptz,
            revoked_at  timestamptz,
            check ((keys is null) <> (keys_url = ''))
        );
        comment on column fhir.client.keys is 'a JSON Web Key Set (RFC 7517), public keys only';

        create table fhir.assertion (
            client      uuid        not null references fhir.client (id) on delete cascade,
            jti         text        not null,
            expires_at  timestamptz not null,
            primary key (client, jti)
        );
        comment on table fhir.assertion is 'signed words that were used, until nobody could use them any more';
        create index assertion_expires on fhir.assertion (expires_at);
        """
    )
