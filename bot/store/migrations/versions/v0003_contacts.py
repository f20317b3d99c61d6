"""When the bot service last spoke to us and we to it, whose a personal chat is, and which release made the tables."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """New tables, and a column without which the release before still writes its rows."""
    op.create_table(
        "contacts",
        sa.Column("app_id", sa.String, nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True)),
        sa.Column("sent_at", sa.DateTime(timezone=True)),
        sa.Column("send_result", sa.String),
        sa.Column("send_error", sa.Text),
        sa.PrimaryKeyConstraint("app_id", name="pk_contacts"),
    )
    op.create_table(
        "releases",
        sa.Column("revision", sa.String, nullable=False),
        sa.Column("program", sa.String, nullable=False),
        sa.Column("oldest", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("revision", name="pk_releases"),
    )
    op.add_column("conversations", sa.Column("person", sa.String))
