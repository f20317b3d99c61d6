"""Incidents and who must hear of them: subscriptions, what is owed to each destination, and leases of replicas."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """New tables only, and an index: the release before neither reads nor misses them."""
    _incidents()
    _subscriptions()
    _deliveries()
    op.create_table(
        "leases",
        sa.Column("name", sa.String, nullable=False),
        sa.Column("holder", sa.String, nullable=False),
        sa.Column("epoch", sa.BigInteger, nullable=False),
        sa.Column("until", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_leases"),
    )
    op.create_index("ix_answers_tenant_service_at", "answers", ["tenant", "service", "at"])


def _incidents() -> None:
    op.create_table(
        "incidents",
        sa.Column("id", sa.String, nullable=False),
        sa.Column("tenant", sa.String, nullable=False),
        sa.Column("service", sa.String, nullable=False),
        sa.Column("drill", sa.Boolean, nullable=False),
        sa.Column("stage", sa.String, nullable=False),
        sa.Column("level", sa.String, nullable=False),
        sa.Column("worst", sa.String, nullable=False),
        sa.Column("reach", sa.String, nullable=False),
        sa.Column("site", sa.String),
        sa.Column("feature", sa.String),
        sa.Column("region", sa.String),
        sa.Column("cause", sa.String),
        sa.Column("outcome", sa.String, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("confidence", sa.Float, nullable=False),
        sa.Column("kinds", sa.Text, nullable=False),
        sa.Column("official", sa.Text),
        sa.Column("acknowledged", sa.Text),
        sa.Column("pending", sa.Text),
        sa.Column("opened_at", _MOMENT, nullable=False),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.Column("since", _MOMENT),
        sa.Column("confirmed_at", _MOMENT),
        sa.Column("recovering_at", _MOMENT),
        sa.Column("closed_at", _MOMENT),
        sa.Column("alert_at", _MOMENT),
        sa.Column("official_at", _MOMENT),
        sa.Column("first_evidence_at", _MOMENT),
        sa.Column("next_word_at", _MOMENT),
        sa.Column("blind_since", _MOMENT),
        sa.Column("merged_into", sa.String),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_incidents"),
    )
    is_open = sa.text("stage IN ('signs', 'confirmed', 'recovering')")
    op.create_index(
        "uq_incidents_open",
        "incidents",
        ["tenant", "service", "drill"],
        unique=True,
        sqlite_where=is_open,
        postgresql_where=is_open,
    )
    op.create_index("ix_incidents_tenant_opened_at", "incidents", ["tenant", "opened_at"])
    op.create_index("ix_incidents_closed_at", "incidents", ["closed_at"])
    op.create_table(
        "incident_steps",
        sa.Column("incident", sa.String, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("change", sa.String, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("stage", sa.String, nullable=False),
        sa.Column("level", sa.String, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("incident", "revision", "change", name="pk_incident_steps"),
    )
    op.create_table(
        "mutes",
        sa.Column("tenant", sa.String, nullable=False),
        sa.Column("incident", sa.String, nullable=False),
        sa.Column("conversation", sa.String, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "incident", "conversation", name="pk_mutes"),
    )


def _subscriptions() -> None:
    op.create_table(
        "subscriptions",
        sa.Column("tenant", sa.String, nullable=False),
        sa.Column("conversation", sa.String, nullable=False),
        sa.Column("id", sa.String, nullable=False),
        sa.Column("scope", sa.String, nullable=False),
        sa.Column("services", sa.Text, nullable=False),
        sa.Column("features", sa.Text, nullable=False),
        sa.Column("places", sa.Text, nullable=False),
        sa.Column("level", sa.String, nullable=False),
        sa.Column("matters", sa.Text, nullable=False),
        sa.Column("quiet", sa.Text),
        sa.Column("loud_when_down", sa.Boolean, nullable=False),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.Column("made_by", sa.String, nullable=False),
        sa.Column("language", sa.String),
        sa.Column("zone", sa.String),
        sa.Column("mention", sa.String),
        sa.Column("muted_until", _MOMENT),
        sa.Column("helpdesk", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "conversation", name="pk_subscriptions"),
        sa.UniqueConstraint("id", name="uq_subscriptions_id"),
    )
    op.create_table(
        "waiting",
        sa.Column("tenant", sa.String, nullable=False),
        sa.Column("service", sa.String, nullable=False),
        sa.Column("drill", sa.Boolean, nullable=False),
        sa.Column("conversation", sa.String, nullable=False),
        sa.Column("person", sa.String, nullable=False),
        sa.Column("incident", sa.String),
        sa.Column("asked_at", _MOMENT, nullable=False),
        sa.Column("answered_at", _MOMENT),
        sa.PrimaryKeyConstraint("tenant", "service", "drill", "conversation", "person", name="pk_waiting"),
    )
    op.create_index("ix_waiting_asked_at", "waiting", ["asked_at"])


def _deliveries() -> None:
    op.create_table(
        "notifications",
        sa.Column("id", sa.String, nullable=False),
        sa.Column("tenant", sa.String, nullable=False),
        sa.Column("subject", sa.String, nullable=False),
        sa.Column("about", sa.String, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("told", sa.Integer, nullable=False),
        sa.Column("loud", sa.Integer, nullable=False),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.Column("weight", sa.Integer, nullable=False),
        sa.Column("drill", sa.Boolean, nullable=False),
        sa.Column("final", sa.Boolean, nullable=False),
        sa.Column("step", sa.String),
        sa.Column("stepped", sa.Integer, nullable=False),
        sa.Column("cursor", sa.String),
        sa.PrimaryKeyConstraint("id", name="pk_notifications"),
        sa.UniqueConstraint("tenant", "subject", "about", name="uq_notifications_tenant_subject_about"),
    )
    op.create_index("ix_notifications_changed_at", "notifications", ["changed_at"])
    op.create_table(
        "deliveries",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), autoincrement=True, nullable=False),
        sa.Column("notification", sa.String, nullable=False),
        sa.Column("tenant", sa.String, nullable=False),
        sa.Column("destination", sa.String, nullable=False),
        sa.Column("part", sa.String, nullable=False),
        sa.Column("step", sa.String, nullable=False),
        sa.Column("step_revision", sa.Integer, nullable=False),
        sa.Column("way", sa.Boolean, nullable=False),
        sa.Column("priority", sa.Integer, nullable=False),
        sa.Column("sent_revision", sa.Integer, nullable=False),
        sa.Column("reached", sa.Integer, nullable=False),
        sa.Column("due", _MOMENT, nullable=False),
        sa.Column("activity", sa.String),
        sa.Column("thread", sa.String),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("progress", sa.String, nullable=False),
        sa.Column("error", sa.Text, nullable=False),
        sa.Column("maybe_twice", sa.Boolean, nullable=False),
        sa.Column("throttled_until", _MOMENT),
        sa.Column("settled_at", _MOMENT),
        sa.Column("first_sent_at", _MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_deliveries"),
        sa.UniqueConstraint(
            "notification",
            "destination",
            "part",
            "step",
            "step_revision",
            name="uq_deliveries_notification_destination_part_step_step_revision",
        ),
    )
    op.create_index(
        "ix_deliveries_notification_reached_due_priority",
        "deliveries",
        ["notification", "reached", "due", "priority"],
    )
    op.create_index("ix_deliveries_tenant_destination", "deliveries", ["tenant", "destination"])
