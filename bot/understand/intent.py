"""A message -> what it asks for, of which service, feature, client and region, since when, with which codes.

Pure: knows no chat platform and no answer.  Typed commands go before sentences.
"""

from collections.abc import Callable
from datetime import UTC, datetime

from bot.domain.conversation import TEAMS, Intent
from bot.domain.observation import Feature, ServiceId
from bot.understand import rules
from bot.understand.cues import Cue
from bot.understand.parts import client_of, feature_of
from bot.understand.reading import Reading, read
from bot.understand.region import region_of
from bot.understand.since import since_of
from bot.understand.typed import typed_command

Scorer = Callable[[Reading], rules.Guess]

_STATUS = frozenset({"ask_status", "fix_help", "sign_in_error", "feature_problem"})
_KINDS = {"tell_back": "subscribe", "unmute": "mute"}  # typed commands -> what such a message is called outside
_SERVICES = {
    Cue.EXCHANGE: ServiceId("exchange"),
    Cue.MAIL: ServiceId("exchange"),
    Cue.SHAREPOINT: ServiceId("sharepoint"),
    Cue.M365: ServiceId("m365"),
    Cue.ENTRA: ServiceId("signin"),
    Cue.MICROSOFT: ServiceId("m365"),
}
_STARTING = (Cue.BLANK, Cue.CRASH, Cue.LAUNCH)


def understand(
    text: str, *, now: datetime, zone: str = "UTC", locale: str | None = None, scorer: Scorer = rules.score
) -> Intent:
    """What `text` asks for.  `now` is aware UTC, `zone` the asker's; `locale` helps to tell the language."""
    if (typed := typed_command(text)) is not None:
        name = _KINDS.get(typed.name, typed.name)
        return Intent(name=name, command=_command(typed.name), confidence=0.98, argument=typed.argument)
    reading = read(text, locale=locale)
    guess = scorer(reading)
    asks_us = guess.intent in _STATUS
    return Intent(
        name=guess.intent,
        command=_command(guess.intent),
        service=_service(reading),
        feature=_feature(reading, guess.intent) if asks_us else None,
        client=client_of(reading),
        region=region_of(text) if asks_us else None,
        since=since_of(text, now=now, zone=zone) if asks_us else None,
        codes=reading.codes,
        confidence=guess.confidence,
        addressed=guess.addressed,
        symptom=asks_us and _is_symptom(reading, guess.intent),
    )


def load() -> None:
    """Read every list and build every pattern now, so that the first question does not wait for it."""
    everything = "Fehler 50126 seit 9 Uhr, 9時から, 两个小时了"
    understand(everything, now=datetime(2026, 1, 1, tzinfo=UTC))


def _command(intent: str) -> str:
    return "status" if intent in _STATUS else intent


def _service(reading: Reading) -> ServiceId:
    """The service that is named; Teams when it is, or when none is."""
    if rules.scene_of(reading).teams:
        return TEAMS
    return next((service for cue, service in _SERVICES.items() if reading.has(cue)), TEAMS)


def _feature(reading: Reading, intent: str) -> Feature | None:
    if intent == "sign_in_error":
        return Feature.SIGNIN
    starts = Feature.CLIENT_START if intent == "fix_help" and reading.has(*_STARTING) else None
    return feature_of(reading) or starts


def _is_symptom(reading: Reading, intent: str) -> bool:
    """Whether the writer says that something fails for them, rather than asking in general."""
    if intent != "ask_status" or reading.has(Cue.OTHERS):
        return True
    return not reading.opens_question() and reading.has(
        Cue.DOWN, Cue.BROKEN, Cue.NEGATED, Cue.CRASH, Cue.BLANK, Cue.SLOW
    )
