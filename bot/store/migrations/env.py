"""Runs the steps on the connection that `schema.migrate` hands over, inside its transaction.

To write a step: change `tables.py`, add the next file in versions/ by hand, raise `schema.HEAD`.
"""

from alembic import context

from bot.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,  # SQLite can: the transaction was begun before by BEGIN IMMEDIATE
)
with context.begin_transaction():
    context.run_migrations()
