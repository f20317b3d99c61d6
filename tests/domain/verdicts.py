"""Verdicts and their streams for tests of incidents, in few words."""

from dataclasses import replace
from datetime import timedelta

from bot.domain.incident import Colleagues, IncidentId
from bot.domain.lifecycle import Thresholds, advance
from bot.domain.observation import Health
from bot.domain.outcome import Outcome, Reason, Term, Verdict
from tests.domain.seen import NOW, TEAMS, issue, posts, probe

LIMITS = Thresholds()
MINUTE = timedelta(minutes=1)
PEOPLE, PROBES = posts(40, health=Health.DOWN), probe(health=Health.DOWN)


def verdict(outcome=Outcome.FINE, reason=Reason.ALL_QUIET, trouble=0.0, evidence=(), **said):
    """What the judge says; `trouble`: the probability of down and degraded together."""
    said.setdefault("service", TEAMS)
    said.setdefault("terms", tuple(Term(observation=each, weight=1.0, why="test") for each in evidence or (PROBES,)))
    probs = {Outcome.DEGRADED: trouble, Outcome.JUST_YOU: 1 - trouble}
    return Verdict(
        outcome=outcome, confidence=0.9, reason=reason, at=NOW, probs=probs, evidence=tuple(evidence), **said
    )


FINE = verdict()
SIGNS = verdict(Outcome.DEGRADED, Reason.ONE_KIND_SAYS, 0.7, (PEOPLE,))
FAINT = verdict(Outcome.DEGRADED, Reason.ONE_KIND_SAYS, 0.5, (PEOPLE,))
BAD = verdict(Outcome.DEGRADED, Reason.TWO_KINDS_AGREE, 0.95, (PEOPLE, PROBES))
DOWN = verdict(Outcome.DOWN, Reason.TWO_KINDS_AGREE, 0.97, (PEOPLE, PROBES))
UNSURE = verdict(Outcome.UNKNOWN, Reason.TOO_LITTLE_SEEN, 0.4)
BLIND = verdict(Outcome.UNKNOWN, Reason.NOTHING_SEEN, 0.3, terms=())
ORG = verdict(Outcome.YOUR_ORG, Reason.COLLEAGUES_ONLY, 0.1)
WINDOW = verdict(Outcome.MAINTENANCE, Reason.WINDOW_ANNOUNCED, 0.1)
ADVISORY = verdict(Outcome.DEGRADED, Reason.ADVISORY_OPEN, 0.8, (issue(advisory=True),), official=issue(advisory=True))
MANY = Colleagues(reports=6, sites={"a": 3, "b": 3}, since=NOW)
ONE_SITE = Colleagues(reports=6, sites={"a": 5, "b": 1}, since=NOW)
SPREAD = Colleagues(reports=6, sites={"country:DE": 6})


def microsoft(health=Health.DEGRADED, **said):
    """The owner's own word alone."""
    word = issue(health, **said)
    outcome = Outcome.DOWN if health is Health.DOWN else Outcome.DEGRADED
    return verdict(outcome, Reason.OFFICIAL_SAYS, 0.9, (word,), official=word)


class Watch:
    """Feeds verdicts minute by minute and keeps what came of them."""

    def __init__(self, **known):
        self.now, self.incident, self.steps, self.known = NOW, None, [], known

    def sees(self, said, minutes=1, *, each=MINUTE, **known):
        """The same verdict for so many minutes; gives the changes that it made."""
        made = []
        for _ in range(minutes):
            self.now += each
            self.incident, step = advance(
                self.incident, replace(said, at=self.now), self.now, LIMITS,
                new_id=IncidentId(f"{said.service}{self.now:%H%M%S}"), **(self.known | known),
            )  # fmt: skip
            if step is not None:
                made.append(step.change.value)
                self.steps.append(step)
        return made

    def keeps_its_state(self, said, minutes=1, **known):
        """Whether nothing but promised words came of it."""
        return set(self.sees(said, minutes, **known)) <= {"word_due"}
