"""What Alembic runs to migrate; `data.schema.upgrade` hands it the connection, within a transaction."""

from alembic import context

from data.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite cannot alter a table in place
    transactional_ddl=True,  # SQLite can, since the engine begins its transactions itself
)
with context.begin_transaction():
    context.run_migrations()
