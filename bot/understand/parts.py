"""Which part of the service and which client a reading speaks of."""

from bot.domain.observation import Client, Feature
from bot.understand.cues import Cue
from bot.understand.reading import CLIENTS, Reading

# The narrower part goes first: "no notification of a chat" is about notifications.
_BY_NARROWNESS = (
    Cue.F_NOTIFICATIONS, Cue.F_PRESENCE, Cue.F_LIVE_EVENTS, Cue.F_FILES, Cue.F_CALLING, Cue.F_CHAT, Cue.F_CALENDAR,
    Cue.F_MEETINGS, Cue.F_APPS, Cue.F_SEARCH, Cue.F_ADMIN, Cue.F_SIGNIN,
)  # fmt: skip


def feature_of(reading: Reading) -> Feature | None:
    """The narrowest part that is named."""
    named = next((cue for cue in _BY_NARROWNESS if reading.has(cue)), None)
    return Feature(named.value.removeprefix("feature.")) if named else None


def client_of(reading: Reading) -> Client | None:
    """The client with the trouble: the first that is named in a clause that does not praise it."""
    words = reading.written.words
    praised = {words[hit.start].clause for hit in reading.hits.get(Cue.FINE, ())}
    hits = sorted((hit for cue in CLIENTS for hit in reading.hits.get(cue, ())), key=lambda hit: hit.start)
    named = next((hit for hit in hits if words[hit.start].clause not in praised), hits[0] if hits else None)
    return Client(named.cue.value.removeprefix("client.")) if named else None
