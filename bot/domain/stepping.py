"""The parts of one step of an incident: its facts, its promise, what has held, and whose incident speaks.  Pure."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot.domain.conversation import TEAMS
from bot.domain.incident import (
    Acknowledged,
    Change,
    Incident,
    IncidentId,
    Level,
    Official,
    Pending,
    Reach,
    Stage,
    Transition,
)
from bot.domain.outcome import Reason, Verdict
from bot.domain.patience import Thresholds
from bot.domain.reading import Reading

Step = tuple[Incident, Transition]


def step(
    before: Incident,
    change: Change,
    now: datetime,
    thresholds: Thresholds,
    *,
    why: Reason,
    **fields: Any,  # noqa: ANN401 - the fields of Incident
) -> Step:
    """One step that people may see: the next revision, with the promise that goes with it."""
    moved = replace(before, changed_at=now, revision=before.revision + 1, pending=None, blind_since=None)
    after = promising(replace(moved, **fields), now, thresholds)
    return after, Transition(change=change, incident=after, before=before, at=now, reason=why)


def promising(incident: Incident, now: datetime, thresholds: Thresholds) -> Incident:
    """With the moment of its next word, which comes by itself."""
    worst = max(incident.worst, incident.level, key=lambda level: level.rank)
    return replace(incident, next_word_at=_promise(incident, now, thresholds), worst=worst)


def _promise(incident: Incident, now: datetime, thresholds: Thresholds) -> datetime | None:
    if not incident.stage.is_open or incident.level is Level.ADVISORY:
        return None
    promises = [each.next_word_at for each in (incident.official, incident.acknowledged) if each is not None]
    own = now + thresholds.cadence.get(incident.level, thresholds.withdraw_after)
    if incident.stage is Stage.SIGNS:
        own = max(incident.opened_at + thresholds.withdraw_after, now + thresholds.facts_every)
    if incident.stage is Stage.RECOVERING:
        watched = (incident.recovering_at or now) + thresholds.over_hold
        own = watched if watched > now else now + thresholds.cadence_watching
    return min([own, *(promised for promised in promises if promised is not None and promised > now)])


def acknowledge(
    incident: Incident, acknowledged: Acknowledged, now: datetime, thresholds: Thresholds | None = None
) -> tuple[Incident, Transition | None]:
    """Our IT has it.  Trouble of the organisation is thereby confirmed: nobody else can."""
    said = incident.acknowledged
    again = said is not None and said.next_word_at == acknowledged.next_word_at
    if not incident.stage.is_open or again:
        return incident, None
    own = incident.reach is not Reach.EVERYONE and incident.stage is Stage.SIGNS
    at = max(now, incident.changed_at)
    confirmed = {"stage": Stage.CONFIRMED, "level": Level.DEGRADED, "confirmed_at": at} if own else {}
    held = {"pending": incident.pending, "blind_since": incident.blind_since} if not own else {}
    return step(
        incident, Change.ACKNOWLEDGED, at, thresholds or Thresholds(),
        why=incident.reason, acknowledged=acknowledged, **confirmed, **held,
    )  # fmt: skip


def end_drill(incident: Incident, now: datetime) -> Transition:
    """The drill is not played any more: nobody waits for its end."""
    at = max(now, incident.changed_at)
    _, over = step(incident, Change.OVER, at, Thresholds(), why=incident.reason, stage=Stage.OVER, closed_at=at)
    return over


def is_overdue(incident: Incident, now: datetime) -> bool:
    """Whether a promised word has not come: ours, its owner's or our IT's.  The card then says "update overdue"."""
    if not incident.stage.is_open:
        return False
    promises = [incident.next_word_at]
    promises += [each.next_word_at for each in (incident.official, incident.acknowledged) if each is not None]
    return any(promised is not None and promised < now for promised in promises)


def facts(incident: Incident, verdict: Verdict, reading: Reading, now: datetime) -> dict[str, Any]:
    """What the verdict tells, its scope left out."""
    official = official_of(verdict, now)
    said_at = official.said_at or now if official is not None else None
    started = [since for since in (incident.since, reading.since) if since is not None]
    return {
        "outcome": verdict.outcome,
        "reason": reading.reason,
        "confidence": verdict.confidence,
        "kinds": incident.kinds | reading.kinds,
        "cause": verdict.cause,
        "since": min(started, default=None),
        "official": official or incident.official,
        "official_at": incident.official_at or said_at,
    }


def official_of(verdict: Verdict, now: datetime) -> Official | None:
    """The owner's statement of trouble that the verdict knows of."""
    seen = verdict.official
    if seen is None:
        return None
    return Official(
        key=seen.key,
        text=seen.text,
        link=seen.link,
        said_at=seen.said_at,
        next_word_at=seen.next_update_at,
        taken_at=now,
        since=seen.since,
    )


def says_more(incident: Incident, verdict: Verdict, now: datetime, thresholds: Thresholds) -> bool:
    """Whether its owner says something new.  Not too often: some pages give the same trouble a new id at each poll."""
    new, old = official_of(verdict, now), incident.official
    if new is None or old is None:
        return new is not None
    same = (new.key, new.text, new.next_word_at) == (old.key, old.text, old.next_word_at)
    return not same and now - (old.taken_at or incident.opened_at) >= thresholds.official_every


def waited(incident: Incident, goal: Pending, now: datetime, thresholds: Thresholds) -> Pending:
    """The state that is asked for, with how long it has been: only time that was watched counts."""
    old = incident.pending
    if old is None or (old.stage, old.easing) != (goal.stage, goal.easing):
        return replace(goal, since=now, count=1, seen_at=now)
    seen_at = old.seen_at or old.since
    unwatched = now - seen_at if now - seen_at > thresholds.longest_look_away else timedelta(0)
    picked = max if goal.easing else min  # what all of them ask for at least
    level = picked(old.level, goal.level, key=lambda each: each.rank)
    return replace(old, level=level, since=old.since + unwatched, count=old.count + 1, seen_at=now)


def paused(pending: Pending | None, now: datetime) -> Pending | None:
    """The same while nothing can be told: this time does not count."""
    if pending is None:
        return None
    return replace(pending, since=pending.since + (now - (pending.seen_at or pending.since)), seen_at=now)


def speaker_for(incident: Incident, others: Sequence[Incident]) -> IncidentId | None:
    """The incident that tells of the same trouble in this one's stead, if there is one.

    Incidents of one tenant that share a cause, or that their owner tells in one record, are one trouble.  The worst of
    them speaks: who hears of outages only would hear nothing of a milder one.  Of equals that of Teams does, since
    people know trouble by what they use, else the oldest; the others go on for those who hear of nothing else.
    """
    root = incident.cause or incident.service
    kin = [
        each
        for each in others
        if each.id != incident.id
        and each.stage.is_open
        and (each.tenant, each.drill) == (incident.tenant, incident.drill)
        and each.reach is incident.reach is Reach.EVERYONE
        and each.level.rank >= incident.level.rank
        and (root in (each.cause, each.service) or _is_told_alike(incident, each))
    ]
    first = min([incident, *kin], key=lambda each: (-each.level.rank, each.service != TEAMS, each.opened_at, each.id))
    return None if first is incident else first.id


def _is_told_alike(one: Incident, other: Incident) -> bool:
    """Whether their owner tells both in one record: what is said of the whole suite and names Teams is told of both."""
    if one.official is None or other.official is None or not one.official.text:
        return False
    records = [each.official.key.partition("/")[0] for each in (one, other) if each.official is not None]
    return records[0] == records[1] and one.official.text == other.official.text
