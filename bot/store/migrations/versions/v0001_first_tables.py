"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Every table of the first release."""
    _sources()
    _conversations()
    _persons()
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer, autoincrement=True, nullable=False),
        sa.Column("tenant", sa.String, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("who", sa.String, nullable=False),
        sa.Column("role", sa.String, nullable=False),
        sa.Column("what", sa.String, nullable=False),
        sa.Column("before", sa.Text),
        sa.Column("after", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
    )
    op.create_index("ix_audit_at", "audit", ["at"])


def _sources() -> None:
    op.create_table(
        "observations",
        sa.Column("tenant", sa.String, nullable=False),
        sa.Column("source", sa.String, nullable=False),
        sa.Column("key", sa.String, nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "source", "key", name="pk_observations"),
    )
    op.create_index("ix_observations_until", "observations", ["until"])
    op.create_table(
        "source_health",
        sa.Column("tenant", sa.String, nullable=False),
        sa.Column("source", sa.String, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("last_success", MOMENT),
        sa.Column("last_try", MOMENT),
        sa.Column("next_try", MOMENT),
        sa.Column("period_ms", sa.BigInteger, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("http_status", sa.Integer),
        sa.Column("spend", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "source", name="pk_source_health"),
    )


def _conversations() -> None:
    op.create_table(
        "conversations",
        sa.Column("tenant", sa.String, nullable=False),
        sa.Column("id", sa.String, nullable=False),
        sa.Column("scope", sa.String, nullable=False),
        sa.Column("service_url", sa.String, nullable=False),
        sa.Column("bot_id", sa.String, nullable=False),
        sa.Column("team", sa.String),
        sa.Column("channel", sa.String),
        sa.Column("language", sa.String),
        sa.Column("zone", sa.String),
        sa.Column("site", sa.String),
        sa.Column("installed_at", MOMENT, nullable=False),
        sa.Column("gone_at", MOMENT),
        sa.Column("reason", sa.String),
        sa.PrimaryKeyConstraint("tenant", "id", name="pk_conversations"),
    )
    op.create_index("ix_conversations_gone_at", "conversations", ["gone_at"])
    op.create_index("ix_conversations_tenant_team", "conversations", ["tenant", "team"])
    op.create_table(
        "answers",
        sa.Column("id", sa.String, nullable=False),
        sa.Column("tenant", sa.String, nullable=False),
        sa.Column("conversation", sa.String, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("shared", sa.Boolean, nullable=False),
        sa.Column("intent", sa.String, nullable=False),
        sa.Column("service", sa.String, nullable=False),
        sa.Column("feature", sa.String),
        sa.Column("client", sa.String),
        sa.Column("codes", sa.Text, nullable=False),
        sa.Column("symptom", sa.Boolean, nullable=False),
        sa.Column("since", MOMENT),
        sa.Column("language", sa.String, nullable=False),
        sa.Column("zone", sa.String, nullable=False),
        sa.Column("outcome", sa.String, nullable=False),
        sa.Column("activity", sa.String),
        sa.Column("thread", sa.String),
        sa.Column("drill", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("wanted", sa.Integer, nullable=False, server_default="0"),
        sa.Column("shown", sa.Integer, nullable=False, server_default="0"),
        sa.Column("edited_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_answers"),
    )
    op.create_index("ix_answers_at", "answers", ["at"])
    to_edit = sa.text("wanted > shown")
    op.create_index("ix_answers_to_edit", "answers", ["edited_at"], sqlite_where=to_edit, postgresql_where=to_edit)


def _persons() -> None:
    op.create_table(
        "reports",
        sa.Column("tenant", sa.String, nullable=False),
        sa.Column("person", sa.String, nullable=False),
        sa.Column("service", sa.String, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("feature", sa.String),
        sa.Column("site", sa.String),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "person", "service", name="pk_reports"),
    )
    op.create_index("ix_reports_at", "reports", ["at"])
    op.create_index("ix_reports_tenant_service_at", "reports", ["tenant", "service", "at"])
    op.create_table(
        "own_tests",
        sa.Column("tenant", sa.String, nullable=False),
        sa.Column("person", sa.String, nullable=False),
        sa.Column("key", sa.String, nullable=False),
        sa.Column("health", sa.String, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "person", "key", name="pk_own_tests"),
    )
    op.create_index("ix_own_tests_at", "own_tests", ["at"])
    op.create_table(
        "offers",
        sa.Column("answer", sa.String, nullable=False),
        sa.Column("person", sa.String, nullable=False),
        sa.Column("step", sa.String, nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("result", sa.String, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("answer", "person", "step", name="pk_offers"),
    )
    op.create_index("ix_offers_at", "offers", ["at"])
    op.create_table(
        "day_keys",
        sa.Column("tenant", sa.String, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("key", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "day", name="pk_day_keys"),
    )
