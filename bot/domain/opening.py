"""How an incident begins, and what one moment of its life has to look at.  Pure."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.domain.incident import Change, Incident, IncidentId, Level, Pending, Stage, Transition
from bot.domain.outcome import Verdict
from bot.domain.patience import Thresholds
from bot.domain.reading import Mood, Reading
from bot.domain.stepping import Step, facts, promising, speaker_for


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """Everything that one call of `advance` looks at beside the incident."""

    verdict: Verdict
    reading: Reading
    now: datetime
    thresholds: Thresholds
    new_id: IncidentId
    others: Sequence[Incident]
    denied: Collection[str]


def opens(reading: Reading) -> bool:
    """Whether this is enough to open an incident."""
    return reading.mood is Mood.BAD and (reading.at_once or reading.may_persist)


def begin(moment: Moment) -> Step:
    """An incident that nobody knew of."""
    reading, now, verdict = moment.reading, moment.now, moment.verdict
    confirmed = reading.at_once
    seen = [each.seen_at for each in verdict.evidence if each.seen_at <= now]
    bare = Incident(
        id=moment.new_id,
        service=verdict.service,
        stage=Stage.CONFIRMED if confirmed else Stage.SIGNS,
        level=reading.level if confirmed else Level.SIGNS,
        worst=reading.level if confirmed else Level.SIGNS,
        opened_at=now,
        changed_at=now,
        tenant=verdict.tenant,
        drill=verdict.drill,
        reach=reading.reach,
        site=reading.site,
        feature=verdict.feature,
        region=verdict.region,
        confirmed_at=now if confirmed and reading.level is not Level.ADVISORY else None,
        first_evidence_at=min(seen, default=now),
        pending=None if confirmed else goal(moment),
    )
    told = replace(bare, **facts(bare, verdict, reading, now))
    begun = promising(replace(told, merged_into=speaker_for(told, moment.others)), now, moment.thresholds)
    return begun, Transition(change=Change.OPENED, incident=begun, before=None, at=now, reason=reading.reason)


def goal(moment: Moment, *, easing: bool = False) -> Pending:
    """The state that this moment asks for, just now."""
    reading, now = moment.reading, moment.now
    return Pending(stage=Stage.CONFIRMED, level=reading.level, since=now, seen_at=now, easing=easing)
