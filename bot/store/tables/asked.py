"""What sources said, where we can speak, what was asked and answered, and who did what."""

from sqlalchemy import BigInteger, Boolean, Column, Date, Index, Integer, LargeBinary, String, Table, Text, false

from bot.store.columns import UtcDateTime
from bot.store.kept import Keep, kept
from bot.store.tables.metadata import metadata

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
