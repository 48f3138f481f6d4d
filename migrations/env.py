"""How Alembic reaches the store: on the connection, and in the transaction, that its caller opened."""

from alembic import context

from service.store.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    # SQLite can roll back changes of tables too, so a migration that is killed leaves the store as it was.
    transactional_ddl=True,
    render_as_batch=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
