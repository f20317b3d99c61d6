"""How long a state must hold before an incident follows it, and how often an open one speaks.  Numbers only.

`lifecycle` keeps them beside the incident; app may fill them from the settings.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from bot.domain.incident import Level


def _cadence() -> Mapping[Level, timedelta]:
    return {Level.DOWN: timedelta(minutes=30), Level.DEGRADED: timedelta(minutes=60)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """All periods of an incident's life.

    Where a comment names "announcements", the number is from the cadence table of the collected announcement practice,
    November 2026; the others are ours, measured on replays of real incidents.
    """

    confirm_after: timedelta = timedelta(minutes=4)  # one kind alone: with a poll a minute the card is there in five
    confirm_count: int = 3  # verdicts that must have said so, however long they took
    signs_from: float = 0.6  # probability of trouble that opens signs, and lets one kind confirm by persisting
    sure_from: float = 0.8  # and that confirms at once what is inferred from the trouble of another service
    longest_look_away: timedelta = timedelta(minutes=3)  # two polls that failed; what passes unwatched holds nothing
    recover_hold: timedelta = timedelta(minutes=10)  # fine for so long: it recovers, and is watched
    relapsed_hold: timedelta = timedelta(minutes=20)  # the same for one that has recovered before
    scope_hold: timedelta = timedelta(minutes=15)  # milder, narrower, wider or elsewhere for so long
    over_hold: timedelta = timedelta(minutes=30)  # announcements: all-clear when stable for 30 to 60 minutes
    over_hold_official: timedelta = timedelta(minutes=60)  # the same while its owner still has it open
    withdraw_after: timedelta = timedelta(minutes=60)  # announcements: signs are confirmed or withdrawn within an hour
    reopen_within: timedelta = timedelta(minutes=30)  # bad again so soon: the same incident
    reopen_unseen_within: timedelta = timedelta(hours=6)  # the same when we never saw it end
    blind_after: timedelta = timedelta(minutes=30)  # nothing seen for so long: we can't say how it goes
    unsure_after: timedelta = timedelta(hours=2)  # the same when something is seen, but too little
    facts_every: timedelta = timedelta(minutes=5)  # at most one silent edit for other evidence
    official_every: timedelta = timedelta(minutes=10)  # and for its owner's words: some sources renumber at each poll
    cadence: Mapping[Level, timedelta] = field(default_factory=_cadence)  # announcements: 30 min down, 60 degraded
    cadence_watching: timedelta = timedelta(minutes=120)  # announcements: monitoring
    colleagues_to_open: int = 5  # people of one organisation within 15 minutes; the product's promise
    one_site_share: float = 0.8  # of those reports: then it is that site's trouble
