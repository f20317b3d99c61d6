"""Every source in a reader's words: its state, when it was last read, how often, what it cost, what it said last."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.content.texts import Texts
from bot.domain.observation import Health, Observation
from bot.domain.source_health import SourceHealth, SourceState

ASKED = (SourceState.OK, SourceState.FAILING, SourceState.BLIND)
MOST_SAID = 3  # statements of a source that are named
COLUMNS = ("source", "state", "last_success", "period", "spend", "says")  # texts source_table.<column>
NOTHING = "–"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """For whom, and when."""

    texts: Texts
    language: str
    zone: str  # IANA name
    now: datetime
    named: Callable[[str | None], str] = lambda _tenant: ""  # what a tenant is called, where there are several


def heads(reader: Reader) -> tuple[str, ...]:
    """What stands above each column."""
    return tuple(reader.texts.say(f"source_table.{column}", reader.language) for column in COLUMNS)


def rows(healths: Iterable[SourceHealth], seen: Sequence[Observation], reader: Reader) -> list[tuple[str, ...]]:
    """One row a source, in the order of `healths`."""
    return [_row(health, seen, reader) for health in healths]


def _row(health: SourceHealth, seen: Sequence[Observation], reader: Reader) -> tuple[str, ...]:
    texts, language, zone = reader.texts, reader.language, reader.zone
    stem, _, name = health.source.partition(":")
    key = f"source.{stem}"
    said = [one for one in seen if (one.source, one.tenant) == (health.source, health.tenant)]
    told = [one for one in said if one.health is not Health.UNREACHABLE]  # that is said of the source itself
    says = dict.fromkeys(f"{_service(one, reader)}: {texts.say(f'health.{one.health}', language)}" for one in told)
    last, whose = health.last_success, reader.named(health.tenant)
    called = texts.say(key, language, name=name) if texts.has(key) and (name or stem != "statuspage") else health.source
    return (
        f"{called} ({whose})" if whose else called,
        texts.say(f"state.{health.state}", language),
        texts.say("source_table.at", language, zone=zone, now=reader.now, at=last) if last else NOTHING,
        texts.say("source_table.every", language, every=health.period) if health.state in ASKED else NOTHING,
        texts.say("source_table.requests", language, n=health.spend),
        ", ".join(list(says)[:MOST_SAID]) or NOTHING,
    )


def _service(seen: Observation, reader: Reader) -> str:
    key = "source_table.internet" if seen.service == "internet" else f"service.{seen.service}"
    return reader.texts.say(key, reader.language) if reader.texts.has(key) else seen.service
