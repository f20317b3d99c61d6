"""Every table.  Ids only: no names of people, no text of messages.

A change here needs a migration that leaves the previous release working: add columns with a default, never rename.
Each table says how long it is kept and who stands in it (`info`): /privacy, README, `forget` and `prune` go by that.
"""

from bot.store.tables.asked import (
    answers,
    audit,
    contacts,
    conversations,
    day_keys,
    leases,
    observations,
    offers,
    own_tests,
    releases,
    reports,
    source_health,
)
from bot.store.tables.metadata import metadata
from bot.store.tables.planned import (
    announcement_texts,
    announcements,
    conversation_tags,
    dues,
    occurrence_runs,
    occurrence_steps,
    occurrences,
)
from bot.store.tables.told import (
    deliveries,
    incident_is_open,
    incident_steps,
    incidents,
    mutes,
    notifications,
    subscriptions,
    waiting,
)

__all__ = [
    "announcement_texts",
    "announcements",
    "answers",
    "audit",
    "contacts",
    "conversation_tags",
    "conversations",
    "day_keys",
    "deliveries",
    "dues",
    "incident_is_open",
    "incident_steps",
    "incidents",
    "leases",
    "metadata",
    "mutes",
    "notifications",
    "observations",
    "occurrence_runs",
    "occurrence_steps",
    "occurrences",
    "offers",
    "own_tests",
    "releases",
    "reports",
    "source_health",
    "subscriptions",
    "waiting",
]
