"""Verdicts over time -> incident.  Pure: knows no sender, no database, no clock.

Signs open an incident at once; it is confirmed at once by two independent kinds or by its owner's word, else by
persisting.  Whatever makes it better must hold: it eases, recovers, is watched, is over.  Time in which nothing was
seen counts for nothing.  At most one step a moment, so the same verdict twice is the same as once, and a clock that
jumps back changes nothing until it has caught up.

The caller hands in the newest incident of (tenant, service, drill), open or closed, and keeps what comes back.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot.domain.incident import (
    Change,
    Colleagues,
    Incident,
    IncidentId,
    Level,
    Pending,
    Reach,
    Stage,
    Transition,
)  # fmt: skip
from bot.domain.observation import Feature
from bot.domain.opening import Moment, begin, goal, opens
from bot.domain.outcome import Verdict
from bot.domain.patience import Thresholds
from bot.domain.reading import REACHES, Mood, colleagues_of, read, taken_back
from bot.domain.stepping import (
    Step,
    acknowledge,
    facts,
    is_overdue,
    paused,
    says_more,
    speaker_for,
    step,
    waited,
)  # fmt: skip

__all__ = ["Thresholds", "acknowledge", "advance", "colleagues_of", "is_overdue", "taken_back"]

Advanced = tuple[Incident | None, Transition | None]
NOBODY = Colleagues()


def advance(  # noqa: PLR0913 - the one decision over everything that is known
    incident: Incident | None,
    verdict: Verdict,
    now: datetime,
    thresholds: Thresholds,
    *,
    new_id: IncidentId,
    colleagues: Colleagues = NOBODY,
    others: Sequence[Incident] = (),
    denied: Collection[str] = (),
) -> Advanced:
    """The incident after this verdict, and the step that it took, if it took one.

    `others`: open incidents of the same tenant; `denied`: official ids that their owner has called false alarms.
    """
    if incident is not None and _was_here(incident, now):
        return incident, None
    reach = incident.reach if incident is not None and incident.stage.is_open else None
    reading = read(verdict, thresholds, colleagues, open_at=reach)
    moment = Moment(
        verdict=verdict,
        reading=reading,
        now=now,
        thresholds=thresholds,
        new_id=new_id,
        others=others,
        denied=denied,
    )
    if incident is None:
        return begin(moment) if opens(reading) else (None, None)
    if not incident.stage.is_open:
        return _after_its_end(incident, moment)
    return {Mood.BAD: _bad, Mood.CALM: _calm, Mood.UNSURE: _unseen, Mood.BLIND: _unseen}[reading.mood](incident, moment)


def _was_here(incident: Incident, now: datetime) -> bool:
    pending = incident.pending
    return now <= incident.changed_at or (pending is not None and now <= (pending.seen_at or pending.since))


def _bad(incident: Incident, moment: Moment) -> Advanced:
    incident, reading = replace(incident, blind_since=None), moment.reading
    if incident.stage is Stage.RECOVERING:
        calm = reading.level is Level.ADVISORY  # what is left of it is narrow
        return _calm(incident, moment) if calm else _worse(incident, moment, Change.RELAPSED)
    theirs, mine = _weight(reading.reach, reading.level), _weight(incident.reach, incident.level)
    if {reading.reach, incident.reach} == {Reach.SITE, Reach.ORGANISATION} and incident.confirmed_at:
        return _held(incident, moment, Change.EASED if theirs < mine else Change.WIDER)
    if theirs > mine or (incident.stage is Stage.SIGNS and reading.level.rank > incident.level.rank):
        return _worse(incident, moment, Change.WIDER if incident.confirmed_at else Change.CONFIRMED)
    if theirs < mine or _is_narrower(moment.verdict.feature, incident.feature):
        return _held(incident, moment, Change.EASED)
    if _is_narrower(incident.feature, moment.verdict.feature):
        return _held(incident, moment, Change.WIDER)
    return _same(replace(incident, pending=None), moment)


def _is_narrower(part: Feature | None, than: Feature | None) -> bool:
    """Whether a part is named instead of the whole; None is not known, and may be anything."""
    return than is Feature.ALL and part not in (None, Feature.ALL)


def _weight(reach: Reach, level: Level) -> tuple[int, int]:
    return REACHES.index(reach), level.rank


def _worse(incident: Incident, moment: Moment, change: Change) -> Advanced:
    """Confirmed, wider or bad again: at once when the evidence is enough, else when it persists."""
    reading = moment.reading
    pending = waited(incident, goal(moment), moment.now, moment.thresholds)
    heavier = _weight(reading.reach, reading.level) > _weight(incident.reach, incident.level)
    sure = reading.at_once and (heavier or incident.stage is Stage.RECOVERING)
    if sure or _has_persisted(pending, moment):
        return _confirmed(incident, moment, change, reading.level if sure else pending.level)
    held = pending if reading.may_persist else paused(incident.pending, moment.now)
    return _same(replace(incident, pending=held), moment)


def _has_persisted(pending: Pending, moment: Moment) -> bool:
    reading, thresholds = moment.reading, moment.thresholds
    long = moment.now - pending.since >= thresholds.confirm_after
    return reading.may_persist and long and pending.count >= thresholds.confirm_count


def _confirmed(incident: Incident, moment: Moment, change: Change, level: Level) -> Step:
    reach = max(moment.reading.reach, incident.reach, key=REACHES.index)
    confirmed_at = incident.confirmed_at or (None if level is Level.ADVISORY else moment.now)
    told = _told(replace(incident, reach=reach), moment)
    return _step(incident, change, moment, **told, stage=Stage.CONFIRMED, level=level, reach=reach,
                 confirmed_at=confirmed_at, closed_at=None)  # fmt: skip


def _held(incident: Incident, moment: Moment, change: Change) -> Advanced:
    """Milder, or another scope, once that has held."""
    pending = waited(incident, goal(moment, easing=True), moment.now, moment.thresholds)
    if moment.now - pending.since < moment.thresholds.scope_hold:
        return _same(replace(incident, pending=pending), moment)
    level = min(incident.level, pending.level, key=lambda each: each.rank)
    told = _told(replace(incident, reach=moment.reading.reach), moment) | {"feature": moment.verdict.feature}
    stage = Stage.CONFIRMED if level is Level.ADVISORY else incident.stage
    return _step(incident, change, moment, **told, stage=stage, level=level, reach=moment.reading.reach)


def _told(incident: Incident, moment: Moment) -> dict[str, Any]:
    """The facts with their scope, as far as it is known, and who speaks of it."""
    told = facts(incident, moment.verdict, moment.reading, moment.now)
    told["feature"] = moment.verdict.feature or incident.feature
    told["region"] = moment.verdict.region or incident.region
    told["site"] = (moment.reading.site or incident.site) if incident.reach is Reach.SITE else None
    return told | {"merged_into": speaker_for(replace(incident, cause=told["cause"]), moment.others)}


def _same(incident: Incident, moment: Moment) -> Advanced:
    """In the same state: taken back when nobody confirms it, else told what else is known, or that nothing is new."""
    verdict, now, thresholds = moment.verdict, moment.now, moment.thresholds
    if incident.stage is Stage.SIGNS and now - incident.opened_at >= thresholds.withdraw_after:
        return _closed(incident, Change.WITHDRAWN, moment)
    told = _told(incident, moment)
    whole = incident.feature is not None and Feature.ALL in (told["feature"], incident.feature)
    if whole or now - incident.changed_at < thresholds.scope_hold:
        told |= {"feature": incident.feature, "region": incident.region, "site": incident.site}  # must hold first
    speaks = says_more(incident, verdict, now, thresholds)
    if not speaks:
        told["official"] = incident.official
    if speaks or (_differs(incident, told) and now - incident.changed_at >= thresholds.facts_every):
        merged = told["merged_into"] is not None and incident.merged_into is None
        return _step(incident, Change.MERGED if merged else Change.FACTS, moment, pending=incident.pending, **told)
    return _word(incident, moment)


def _differs(incident: Incident, told: dict[str, Any]) -> bool:
    watched = ("kinds", "feature", "region", "site", "cause", "merged_into")
    return any(told[name] != getattr(incident, name) for name in watched)


def _word(incident: Incident, moment: Moment) -> Advanced:
    """A promised moment is kept even when there is nothing new."""
    if incident.next_word_at is None or moment.now < incident.next_word_at:
        return incident, None
    held = {"pending": incident.pending, "blind_since": incident.blind_since}
    return _step(incident, Change.WORD_DUE, moment, **held)


def _calm(incident: Incident, moment: Moment) -> Advanced:
    """Better, once that has held: signs are taken back, an outage recovers and is watched until it is over."""
    incident = replace(incident, blind_since=None)
    if incident.official is not None and incident.official.key in moment.denied and incident.kinds <= {"official"}:
        return _closed(incident, Change.WITHDRAWN, moment)
    change = _end_of(incident)
    better = Pending(stage=Stage(change.value), level=incident.level, since=moment.now)
    pending = waited(incident, better, moment.now, moment.thresholds)
    held = moment.now - pending.since
    if held >= _hold(incident, moment):
        if change is not Change.RECOVERING:
            return _closed(incident, change, moment)
        watched = replace(pending, stage=Stage.OVER, since=moment.now, count=1, seen_at=moment.now)
        return _step(incident, change, moment, stage=Stage.RECOVERING, recovering_at=moment.now, pending=watched)
    if incident.stage is Stage.SIGNS and moment.now - incident.opened_at >= moment.thresholds.withdraw_after:
        return _closed(incident, Change.WITHDRAWN, moment)
    return _word(replace(incident, pending=pending), moment)


def _end_of(incident: Incident) -> Change:
    if incident.stage is Stage.SIGNS:
        return Change.WITHDRAWN
    watched = incident.stage is Stage.RECOVERING or incident.level is Level.ADVISORY
    return Change.OVER if watched or incident.stage is Stage.UNSEEN else Change.RECOVERING


def _hold(incident: Incident, moment: Moment) -> timedelta:
    thresholds = moment.thresholds
    if incident.stage is Stage.RECOVERING:
        return thresholds.over_hold if moment.verdict.official is None else thresholds.over_hold_official
    return thresholds.recover_hold if incident.recovering_at is None else thresholds.relapsed_hold


def _unseen(incident: Incident, moment: Moment) -> Advanced:
    """Nothing can be told: the state stays as it is, until it has been so for too long."""
    now, thresholds = moment.now, moment.thresholds
    unsure = moment.reading.mood is Mood.UNSURE
    since = incident.blind_since or now
    if unsure and incident.stage is Stage.SIGNS and now - incident.opened_at >= thresholds.withdraw_after:
        return _closed(incident, Change.WITHDRAWN, moment)
    if now - since >= (thresholds.unsure_after if unsure else thresholds.blind_after):
        return _closed(incident, Change.UNSEEN, moment)
    return _word(replace(incident, blind_since=since, pending=paused(incident.pending, now)), moment)


def _after_its_end(incident: Incident, moment: Moment) -> Advanced:
    """Bad again soon: the same incident.  Later, or elsewhere: another one."""
    reading, now, thresholds = moment.reading, moment.now, moment.thresholds
    unseen = incident.stage is Stage.UNSEEN
    if reading.mood is Mood.CALM:
        return _calm(incident, moment) if unseen else (replace(incident, pending=None), None)
    if reading.mood is not Mood.BAD:
        return replace(incident, pending=paused(incident.pending, now)), None
    within = thresholds.reopen_unseen_within if unseen else thresholds.reopen_within
    if reading.reach is not incident.reach or now - (incident.closed_at or incident.changed_at) > within:
        return begin(moment) if opens(reading) else (replace(incident, pending=None), None)
    pending = waited(incident, goal(moment), now, thresholds)
    if reading.level is Level.ADVISORY and incident.worst is not Level.ADVISORY:
        return replace(incident, pending=None), None  # an outage does not come back as an advisory
    if reading.at_once or _has_persisted(pending, moment):
        return _confirmed(incident, moment, Change.REOPENED, reading.level if reading.at_once else pending.level)
    return replace(incident, pending=pending), None


def _closed(incident: Incident, change: Change, moment: Moment) -> Step:
    return _step(incident, change, moment, stage=Stage(change.value), closed_at=moment.now)


def _step(incident: Incident, change: Change, moment: Moment, **fields: Any) -> Step:  # noqa: ANN401 - the fields of Incident
    return step(incident, change, moment.now, moment.thresholds, why=moment.reading.reason, **fields)
