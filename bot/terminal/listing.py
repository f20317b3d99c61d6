"""`sources`: every source, how well it can be read, and why."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.cards.blindness import blind_line, to_do
from bot.clock import MachineClock
from bot.content.texts import Texts, load_texts
from bot.domain.blindness import CLOCK_MAY_BE_OFF
from bot.domain.observation import Observation
from bot.domain.source_health import SourceHealth, SourceState
from bot.settings import Settings
from bot.source_setups import choice_of
from bot.sources.chosen import chosen_sources
from bot.store import observations as rows
from bot.store.engine import StoreError
from bot.store.peek import open_to_look
from bot.terminal.output import Output

DONE = 0
HEADS = ("source", "state", "last success", "every", "requests this month", "says", "why")
MOST_SAID = 3  # statements of a source that are named


async def sources(out: Output, settings: Settings) -> int:
    """Every source: from the database where it has been asked before, else as the settings have it."""
    clock = MachineClock()
    asked, others = chosen_sources(choice_of(settings), clock.now())
    stored, seen = await _stored(settings, clock)
    known = {(health.source, health.tenant): health for health in stored}
    healths = [*others]
    for source in asked:
        fallback = SourceHealth(
            source=source.id,
            state=SourceState.OK,
            since=clock.now(),
            tenant=source.tenant,
            period=source.period,
            reason="not asked yet",
        )
        healths.append(known.get((source.id, source.tenant), fallback))
    listed = sorted(healths, key=lambda health: (health.source, health.tenant or ""))
    words = _Words(texts=load_texts(), settings=settings, now=clock.now(), seen=seen)
    if out.form == "json":
        out.json([words.as_json(health) for health in listed])
    else:
        out.table(HEADS, [words.row(health) for health in listed])
        out.lines(words.lines(listed))
    return DONE


async def _stored(settings: Settings, clock: MachineClock) -> tuple[tuple[SourceHealth, ...], tuple[Observation, ...]]:
    """What was noted and what was said; nothing without a database: looking must not make one."""
    try:
        store = await open_to_look(settings.database_url, clock)
    except StoreError:
        return (), ()
    try:
        async with store.reading() as db:
            return await rows.load_health(db), await rows.load(db, clock.now())
    except StoreError:
        return (), ()
    finally:
        await store.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Words:
    """How one source's health is told."""

    texts: Texts
    settings: Settings
    now: datetime
    seen: tuple[Observation, ...]

    def as_json(self, health: SourceHealth) -> dict[str, object]:
        """With the names of CONTRACTS, and what an operator can do about it."""
        return {
            "source": health.source,
            "tenant": self.settings.tenant_named(health.tenant) or health.tenant,
            "state": health.state.value,
            "since": _iso(health.since),
            "last_success": _iso(health.last_success),
            "period_s": health.period.total_seconds(),
            "spend": health.spend,
            "reason": health.reason,
            "says": self._says(health),
            "do": self._do(health),
            "told_at": _iso(health.told_at),
            "clock_off_s": health.clock_off.total_seconds() if health.clock_off is not None else None,
        }

    def row(self, health: SourceHealth) -> list[str]:
        """As a person reads it."""
        asked = health.state in (SourceState.OK, SourceState.FAILING, SourceState.BLIND)
        whose = self.settings.tenant_named(health.tenant)
        return [
            f"{health.source} of {whose}" if whose else health.source,
            health.state.value,
            _iso(health.last_success) or "-",
            f"{health.period.total_seconds():g} s" if asked else "-",
            str(health.spend),
            ", ".join(self._says(health)) or "-",
            health.reason,
        ]

    def lines(self, listed: Sequence[SourceHealth]) -> Iterator[str]:
        """What is to be done: about sources that are blind, and about a clock that is off."""
        language = self._language
        for health in listed:
            if health.state is SourceState.BLIND:
                yield blind_line(
                    health,
                    self.texts,
                    language,
                    zone=self.settings.zone,
                    now=self.now,
                    app=self.settings.app_of(health.tenant),
                )
        offs = {health.source: abs(health.clock_off) for health in listed if health.clock_off is not None}
        differ = {source: off for source, off in offs.items() if off > CLOCK_MAY_BE_OFF}
        if differ:
            yield self.texts.say("blind.clock", language, id=", ".join(differ), off=max(differ.values()))

    @property
    def _language(self) -> str:
        return self.texts.choose(self.settings.language, "en")[0]

    def _do(self, health: SourceHealth) -> str | None:
        if not health.is_unreadable:
            return None
        return to_do(health, self.texts, self._language, app=self.settings.app_of(health.tenant))

    def _says(self, health: SourceHealth) -> list[str]:
        said = [one for one in self.seen if (one.source, one.tenant) == (health.source, health.tenant)]
        return list(dict.fromkeys(f"{one.service} {one.health}" for one in said))[:MOST_SAID]


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None
