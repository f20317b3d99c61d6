"""Every table.  Ids only: no names of people, no text of messages.

A change here needs a migration that leaves the previous release working: add columns with a default, never rename.
Each table says how long it is kept and who stands in it (`info`): /privacy, README, `forget` and `prune` go by that.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

from bot.store.columns import UtcDateTime
from bot.store.kept import Keep, kept

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# What each source said last, whole statements as JSON: read back after a restart.
observations = Table(
    "observations",
    metadata,
    Column("tenant", String, primary_key=True),  # "" is public
    Column("source", String, primary_key=True),
    Column("key", String, primary_key=True),
    Column("until", UtcDateTime, nullable=False, index=True),
    Column("body", Text, nullable=False),
    info=kept(Keep.OBSERVATIONS),
)

source_health = Table(
    "source_health",
    metadata,
    Column("tenant", String, primary_key=True),
    Column("source", String, primary_key=True),
    Column("state", String, nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("last_success", UtcDateTime),
    Column("last_try", UtcDateTime),
    Column("next_try", UtcDateTime),
    Column("period_ms", BigInteger, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("reason", Text, nullable=False),
    Column("http_status", Integer),
    Column("spend", BigInteger, nullable=False),
    Column("told_at", UtcDateTime),  # when operators were told that it is blind
    Column("spend_hour", BigInteger, nullable=False, server_default="0"),
    Column("clock_off_ms", BigInteger),
    info=kept(Keep.UNTIL_ERASED),
)

# Where the bot can speak.
conversations = Table(
    "conversations",
    metadata,
    Column("tenant", String, primary_key=True),
    Column("id", String, primary_key=True),
    Column("scope", String, nullable=False),
    Column("service_url", String, nullable=False),
    Column("bot_id", String, nullable=False),
    Column("team", String),
    Column("channel", String),
    Column("language", String),
    Column("zone", String),
    Column("site", String),
    Column("installed_at", UtcDateTime, nullable=False),
    Column("gone_at", UtcDateTime, index=True),
    Column("reason", String),
    Column("person", String),  # whose personal chat it is (directory object id), so that it can be forgotten
    Index(None, "tenant", "team"),
    info=kept(Keep.CONVERSATIONS, owner="person", conversation="id"),
)

# What the buttons of a card refer to.
answers = Table(
    "answers",
    metadata,
    Column("id", String, primary_key=True),
    Column("tenant", String, nullable=False),
    Column("conversation", String, nullable=False),
    Column("at", UtcDateTime, nullable=False, index=True),
    Column("shared", Boolean, nullable=False),
    Column("intent", String, nullable=False),
    Column("service", String, nullable=False),
    Column("feature", String),
    Column("client", String),
    Column("codes", Text, nullable=False),  # JSON array
    Column("symptom", Boolean, nullable=False),
    Column("since", UtcDateTime),
    Column("language", String, nullable=False),
    Column("zone", String, nullable=False),
    Column("outcome", String, nullable=False),
    Column("activity", String),
    Column("thread", String),
    Column("drill", Boolean, nullable=False, server_default=false()),
    Column("wanted", Integer, nullable=False, server_default="0"),  # revision that the shared card should show
    Column("shown", Integer, nullable=False, server_default="0"),  # revision that it shows
    Column("edited_at", UtcDateTime),  # last try to edit it
    Index(None, "tenant", "service", "at"),
    info=kept(Keep.ANSWERS, conversation="conversation"),
)
_to_edit = answers.c.wanted > answers.c.shown
Index("ix_answers_to_edit", answers.c.edited_at, sqlite_where=_to_edit, postgresql_where=_to_edit)

# One row per person and service: what that person said last.
reports = Table(
    "reports",
    metadata,
    Column("tenant", String, primary_key=True),
    Column("person", String, primary_key=True),  # code of the day
    Column("service", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("feature", String),
    Column("site", String),
    Column("at", UtcDateTime, nullable=False, index=True),
    Index(None, "tenant", "service", "at"),
    info=kept(Keep.REPORTS, codes=("person",)),
)

own_tests = Table(
    "own_tests",
    metadata,
    Column("tenant", String, primary_key=True),
    Column("person", String, primary_key=True),
    Column("key", String, primary_key=True),  # what was tried
    Column("health", String, nullable=False),
    Column("at", UtcDateTime, nullable=False, index=True),
    Column("until", UtcDateTime, nullable=False),
    info=kept(Keep.REPORTS, codes=("person",)),
)

# Which fix steps a person was shown, and what came of them.
offers = Table(
    "offers",
    metadata,
    Column("answer", String, primary_key=True),
    Column("person", String, primary_key=True),
    Column("step", String, primary_key=True),
    Column("place", Integer, nullable=False),  # 1 for the first step offered
    Column("result", String, nullable=False),
    Column("at", UtcDateTime, nullable=False, index=True),
    info=kept(Keep.REPORTS, codes=("person",)),
)

# Keys of the codes that stand for persons; a destroyed key makes its codes meaningless.
day_keys = Table(
    "day_keys",
    metadata,
    Column("tenant", String, primary_key=True),
    Column("day", Date, primary_key=True),  # UTC
    Column("key", LargeBinary, nullable=False),
    info=kept(Keep.DAY_KEY),
)

audit = Table(
    "audit",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("tenant", String, nullable=False),
    Column("at", UtcDateTime, nullable=False, index=True),
    Column("who", String, nullable=False),  # directory object id
    Column("role", String, nullable=False),
    Column("what", String, nullable=False),
    Column("before", Text),
    Column("after", Text),
    info=kept(Keep.AUDIT, names=("who",), texts=("before", "after")),
)

# One row per app registration: whether the bot service reaches us and we it.
contacts = Table(
    "contacts",
    metadata,
    Column("app_id", String, primary_key=True),  # "" without one
    Column("received_at", UtcDateTime),
    Column("sent_at", UtcDateTime),
    Column("send_result", String),  # sent, throttled, gone or failed
    Column("send_error", Text),
    info=kept(Keep.UNTIL_ERASED),
)

# Which release brought the tables to a revision, and the oldest revision whose program still runs on them.
releases = Table(
    "releases",
    metadata,
    Column("revision", String, primary_key=True),
    Column("program", String, nullable=False),
    Column("oldest", String, nullable=False),
    info=kept(Keep.UNTIL_ERASED),
)

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
    info=kept(Keep.ANNOUNCEMENTS, names=("author", "approved_by")),
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
    Column("words", Text, nullable=False),  # JSON, by language
    info=kept(Keep.ANNOUNCEMENTS),
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

# Which replica may do what only one may do.
leases = Table(
    "leases",
    metadata,
    Column("name", String, primary_key=True),
    Column("holder", String, nullable=False),
    Column("epoch", BigInteger, nullable=False),  # grows with each change of holder
    Column("until", UtcDateTime, nullable=False),
    info=kept(Keep.UNTIL_ERASED),
)
