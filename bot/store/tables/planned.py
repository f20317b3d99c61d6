"""What is announced, and each time that it takes place."""

from sqlalchemy import Column, Index, Integer, String, Table, Text, UniqueConstraint, text

from bot.store.columns import UtcDateTime
from bot.store.kept import Keep, kept
from bot.store.tables.metadata import metadata

# What operators plan to tell.
announcements = Table(
    "announcements",
    metadata,
    Column("id", String, primary_key=True),
    Column("tenant", String, nullable=False),
    Column("draft", String, nullable=False),
    Column("body", Text, nullable=False),  # JSON: words, rule, audience and all that has no column of its own
    Column("author", String, nullable=False),
    Column("approved_by", String),
    Column("approved_at", UtcDateTime),
    Column("approved_digest", String),
    Column("origin", String, nullable=False),  # "" when a person wrote it
    Column("origin_revision", String, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("planned", Integer, nullable=False),  # revision that its occurrences are planned from; less: to be planned
    Column("planned_until", UtcDateTime),  # as far as its occurrences are written down; NULL: there are no more
    Column("made_at", UtcDateTime, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime, index=True),  # since when nothing of it is still to come
    Index(None, "tenant", "changed_at"),
    info=kept(Keep.ANNOUNCEMENTS, names=("author", "approved_by"), texts=("body",)),  # an audience names conversations
)
_to_plan = announcements.c.planned < announcements.c.revision
Index("ix_announcements_to_plan", announcements.c.id, sqlite_where=_to_plan, postgresql_where=_to_plan)
_found = announcements.c.origin != ""
Index(
    "uq_announcements_origin",
    announcements.c.tenant,
    announcements.c.origin,
    unique=True,
    sqlite_where=_found,
    postgresql_where=_found,
)

# Each text as it stood: the report says who got which.
announcement_texts = Table(
    "announcement_texts",
    metadata,
    Column("announcement", String, primary_key=True),
    Column("revision", Integer, primary_key=True, autoincrement=False),
    Column("at", UtcDateTime, nullable=False),
    Column("language", String, nullable=False),  # the main one
    Column("words", Text, nullable=False),  # JSON, by language: as its author typed them
    info=kept(Keep.ANNOUNCEMENTS, texts=("words",)),
)

# Each time that an announcement takes place, in one zone.
occurrences = Table(
    "occurrences",
    metadata,
    Column("id", String, primary_key=True),
    Column("announcement", String, nullable=False),
    Column("tenant", String, nullable=False),
    Column("zone", String, nullable=False),
    Column("local", String),  # its start on the zone's clock; NULL: called off, so that it may be planned again
    Column("starts_at", UtcDateTime, nullable=False),
    Column("ends_at", UtcDateTime),
    Column("planned_ends_at", UtcDateTime),
    Column("phase", String, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Column("told_at", UtcDateTime),
    Column("zones_version", String, nullable=False),
    UniqueConstraint("announcement", "zone", "local"),
    info=kept(Keep.ANNOUNCEMENTS),
)
occurrence_runs = text("phase IN ('in_progress', 'extended', 'overrun')")
Index("ix_occurrences_running", occurrences.c.tenant, sqlite_where=occurrence_runs, postgresql_where=occurrence_runs)

# The time line of each occurrence.
occurrence_steps = Table(
    "occurrence_steps",
    metadata,
    Column("occurrence", String, primary_key=True),
    Column("revision", Integer, primary_key=True, autoincrement=False),
    Column("step", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("due", UtcDateTime),  # when it should have been; NULL: by somebody's word
    Column("text_revision", Integer, nullable=False),  # of the announcement
    info=kept(Keep.ANNOUNCEMENTS),
)

# What happens to an occurrence at a planned moment, once.
dues = Table(
    "dues",
    metadata,
    Column("occurrence", String, primary_key=True),
    Column("moment", String, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("done_at", UtcDateTime),
    info=kept(Keep.ANNOUNCEMENTS),
)
_to_do = dues.c.done_at.is_(None)
Index("ix_dues_to_do", dues.c.at, sqlite_where=_to_do, postgresql_where=_to_do)

# Names under which announcers find several conversations.
conversation_tags = Table(
    "conversation_tags",
    metadata,
    Column("tenant", String, primary_key=True),
    Column("tag", String, primary_key=True),
    Column("conversation", String, primary_key=True),
    Index(None, "tenant", "conversation"),
    info=kept(Keep.WITH_CONVERSATION, conversation="conversation"),
)
