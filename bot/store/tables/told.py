"""Incidents, who wants to hear of them, and how far each word has come."""

from sqlalchemy import BigInteger, Boolean, Column, Float, Index, Integer, String, Table, Text, UniqueConstraint, text

from bot.store.columns import UtcDateTime
from bot.store.kept import Keep, kept
from bot.store.tables.metadata import metadata

# Unbroken stretches of trouble, as each tenant sees them.
incidents = Table(
    "incidents",
    metadata,
    Column("id", String, primary_key=True),
    Column("tenant", String, nullable=False),
    Column("service", String, nullable=False),
    Column("drill", Boolean, nullable=False),
    Column("stage", String, nullable=False),
    Column("level", String, nullable=False),
    Column("worst", String, nullable=False),
    Column("reach", String, nullable=False),
    Column("site", String),
    Column("feature", String),
    Column("region", String),
    Column("cause", String),
    Column("outcome", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("confidence", Float, nullable=False),
    Column("kinds", Text, nullable=False),  # JSON array
    Column("official", Text),  # JSON
    Column("acknowledged", Text),  # JSON
    Column("pending", Text),  # JSON
    Column("opened_at", UtcDateTime, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Column("since", UtcDateTime),
    Column("confirmed_at", UtcDateTime),
    Column("recovering_at", UtcDateTime),
    Column("closed_at", UtcDateTime, index=True),
    Column("alert_at", UtcDateTime),
    Column("official_at", UtcDateTime),
    Column("first_evidence_at", UtcDateTime),
    Column("next_word_at", UtcDateTime),
    Column("blind_since", UtcDateTime),
    Column("merged_into", String),
    Column("revision", Integer, nullable=False),
    Index(None, "tenant", "opened_at"),
    info=kept(Keep.INCIDENTS),
)
incident_is_open = text("stage IN ('signs', 'confirmed', 'recovering')")
Index(
    "uq_incidents_open",  # one at a time: two writers can't open it twice
    incidents.c.tenant,
    incidents.c.service,
    incidents.c.drill,
    unique=True,
    sqlite_where=incident_is_open,
    postgresql_where=incident_is_open,
)

# The time line of each incident.
incident_steps = Table(
    "incident_steps",
    metadata,
    Column("incident", String, primary_key=True),
    Column("revision", Integer, primary_key=True, autoincrement=False),
    Column("change", String, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("stage", String, nullable=False),
    Column("level", String, nullable=False),
    Column("reason", String, nullable=False),
    info=kept(Keep.INCIDENTS),
)

# Where one incident is told by silent edits only.
mutes = Table(
    "mutes",
    metadata,
    Column("tenant", String, primary_key=True),
    Column("incident", String, primary_key=True),
    Column("conversation", String, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    info=kept(Keep.INCIDENTS, conversation="conversation"),
)

# What a conversation wants to be told.
subscriptions = Table(
    "subscriptions",
    metadata,
    Column("tenant", String, primary_key=True),
    Column("conversation", String, primary_key=True),
    Column("id", String, nullable=False, unique=True),
    Column("scope", String, nullable=False),
    Column("services", Text, nullable=False),  # JSON arrays
    Column("features", Text, nullable=False),
    Column("places", Text, nullable=False),
    Column("level", String, nullable=False),
    Column("matters", Text, nullable=False),  # JSON array
    Column("quiet", Text),  # JSON
    Column("loud_when_down", Boolean, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("made_by", String, nullable=False),
    Column("language", String),
    Column("zone", String),
    Column("mention", String),  # platform id
    Column("muted_until", UtcDateTime),
    Column("helpdesk", Boolean, nullable=False),
    info=kept(Keep.WITH_CONVERSATION, names=("made_by", "mention"), conversation="conversation"),
)

# Who asked to be told when it's back.
waiting = Table(
    "waiting",
    metadata,
    Column("tenant", String, primary_key=True),
    Column("service", String, primary_key=True),
    Column("drill", Boolean, primary_key=True),
    Column("conversation", String, primary_key=True),  # where to tell it
    Column("person", String, primary_key=True),  # "" where a whole conversation waits
    Column("incident", String),
    Column("asked_at", UtcDateTime, nullable=False, index=True),
    Column("answered_at", UtcDateTime),
    info=kept(Keep.ANSWERS, owner="person", conversation="conversation"),
)

# What must be known, and up to which revision.
notifications = Table(
    "notifications",
    metadata,
    Column("id", String, primary_key=True),
    Column("tenant", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("about", String, nullable=False),
    Column("revision", Integer, nullable=False),  # the wanted one
    Column("told", Integer, nullable=False),  # newest revision of what it is about
    Column("loud", Integer, nullable=False),  # `revision` at that moment; what came after it are counts
    Column("made_at", UtcDateTime, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False, index=True),
    Column("weight", Integer, nullable=False),
    Column("drill", Boolean, nullable=False),
    Column("final", Boolean, nullable=False),
    Column("step", String),  # newest change that is also said in threads
    Column("stepped", Integer, nullable=False),  # its revision
    Column("cursor", String),  # subscriptions up to this conversation have their deliveries; NULL: all
    UniqueConstraint("tenant", "subject", "about"),
    info=kept(Keep.DELIVERIES),
)

# How far each notification has come at each destination.
deliveries = Table(
    "deliveries",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("notification", String, nullable=False),
    Column("tenant", String, nullable=False),
    Column("destination", String, nullable=False),
    Column("part", String, nullable=False),
    Column("step", String, nullable=False),  # "" of a card
    Column("step_revision", Integer, nullable=False),  # 0 of a card: what it wants stands in its notification
    Column("way", Boolean, nullable=False),
    Column("priority", Integer, nullable=False),  # its rank
    Column("sent_revision", Integer, nullable=False),
    Column("reached", Integer, nullable=False),  # owes nothing up to this revision of the notification
    Column("due", UtcDateTime, nullable=False),
    Column("activity", String),
    Column("thread", String),
    Column("attempts", Integer, nullable=False),
    Column("progress", String, nullable=False),
    Column("error", Text, nullable=False),
    Column("maybe_twice", Boolean, nullable=False),
    Column("throttled_until", UtcDateTime),
    Column("settled_at", UtcDateTime),
    Column("first_sent_at", UtcDateTime),
    UniqueConstraint("notification", "destination", "part", "step", "step_revision"),
    Index(None, "notification", "reached", "due", "priority"),
    Index(None, "tenant", "destination"),
    info=kept(Keep.DELIVERIES, conversation="destination"),
)
