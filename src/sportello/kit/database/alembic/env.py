"""How Alembic reaches the database: psycopg, one transaction for all pending migrations."""

from alembic import context
from sqlalchemy import create_engine, pool

_dsn = context.config.attributes["dsn"].replace("postgresql://", "postgresql+psycopg://", 1)
with create_engine(_dsn, poolclass=pool.NullPool).connect() as _connection:
    context.configure(connection=_connection, version_table_schema="public")
    with context.begin_transaction():
        context.run_migrations()
