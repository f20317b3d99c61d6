"""What operators were told of a blind source, what it cost this hour, and how far our clock is off."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Columns with a default: the release before still writes this table."""
    op.add_column("source_health", sa.Column("told_at", sa.DateTime(timezone=True)))
    op.add_column("source_health", sa.Column("spend_hour", sa.BigInteger, nullable=False, server_default="0"))
    op.add_column("source_health", sa.Column("clock_off_ms", sa.BigInteger))
