"""Announcements: their texts, the times that they take place, what happens then, and tags of conversations."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """New tables only: the release before neither reads nor misses them."""
    _announcements()
    _occurrences()
    op.create_table(
        "conversation_tags",
        sa.Column("tenant", sa.String, nullable=False),
        sa.Column("tag", sa.String, nullable=False),
        sa.Column("conversation", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "tag", "conversation", name="pk_conversation_tags"),
    )
    op.create_index("ix_conversation_tags_tenant_conversation", "conversation_tags", ["tenant", "conversation"])


def _announcements() -> None:
    op.create_table(
        "announcements",
        sa.Column("id", sa.String, nullable=False),
        sa.Column("tenant", sa.String, nullable=False),
        sa.Column("draft", sa.String, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("author", sa.String, nullable=False),
        sa.Column("approved_by", sa.String),
        sa.Column("approved_at", _MOMENT),
        sa.Column("approved_digest", sa.String),
        sa.Column("origin", sa.String, nullable=False),
        sa.Column("origin_revision", sa.String, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("planned", sa.Integer, nullable=False),
        sa.Column("planned_until", _MOMENT),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.Column("ended_at", _MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_announcements"),
    )
    op.create_index("ix_announcements_tenant_changed_at", "announcements", ["tenant", "changed_at"])
    op.create_index("ix_announcements_ended_at", "announcements", ["ended_at"])
    _index("ix_announcements_to_plan", "announcements", ["id"], "planned < revision")
    _index("uq_announcements_origin", "announcements", ["tenant", "origin"], "origin != ''", unique=True)
    op.create_table(
        "announcement_texts",
        sa.Column("announcement", sa.String, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("language", sa.String, nullable=False),
        sa.Column("words", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("announcement", "revision", name="pk_announcement_texts"),
    )


def _occurrences() -> None:
    op.create_table(
        "occurrences",
        sa.Column("id", sa.String, nullable=False),
        sa.Column("announcement", sa.String, nullable=False),
        sa.Column("tenant", sa.String, nullable=False),
        sa.Column("zone", sa.String, nullable=False),
        sa.Column("local", sa.String),
        sa.Column("starts_at", _MOMENT, nullable=False),
        sa.Column("ends_at", _MOMENT),
        sa.Column("planned_ends_at", _MOMENT),
        sa.Column("phase", sa.String, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.Column("told_at", _MOMENT),
        sa.Column("zones_version", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_occurrences"),
        sa.UniqueConstraint("announcement", "zone", "local", name="uq_occurrences_announcement_zone_local"),
    )
    _index("ix_occurrences_running", "occurrences", ["tenant"], "phase IN ('in_progress', 'extended', 'overrun')")
    op.create_table(
        "occurrence_steps",
        sa.Column("occurrence", sa.String, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("step", sa.String, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("due", _MOMENT),
        sa.Column("text_revision", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("occurrence", "revision", name="pk_occurrence_steps"),
    )
    op.create_table(
        "dues",
        sa.Column("occurrence", sa.String, nullable=False),
        sa.Column("moment", sa.String, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("done_at", _MOMENT),
        sa.PrimaryKeyConstraint("occurrence", "moment", name="pk_dues"),
    )
    _index("ix_dues_to_do", "dues", ["at"], "done_at IS NULL")


def _index(name: str, table: str, columns: list[str], where: str, *, unique: bool = False) -> None:
    only = sa.text(where)
    op.create_index(name, table, columns, unique=unique, sqlite_where=only, postgresql_where=only)
