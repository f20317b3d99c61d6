"""What is known of an incident now, for one reader: from the stored incident, the board and the catalogue.

Made when it is told, so that it is true then.  Used by deliveries, by the terminal and by presses; `bot.cards` says it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from bot.board import OWN_REPORTS
from bot.commands.desk import Desk
from bot.domain.advice import Advice, StepId
from bot.domain.incident import Incident, Stage
from bot.domain.observation import COUNTRY, NOWHERE, Health, Observation
from bot.domain.outcome import Outcome, Verdict
from bot.domain.telling import ACTING, IncidentView, Why
from bot.domain.verdict import judge

IS_TOLD = StepId("subscribe-updates")  # how else to hear of it: not for whoever has the card that is kept up to date
TELLS_IT = StepId("contact-it")  # it knows
TROUBLE = (Outcome.DOWN, Outcome.DEGRADED, Outcome.MAINTENANCE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Who is told."""

    why: Why
    language: str | None = None  # None: the organisation's
    zone: str | None = None
    shared: bool = True
    row: str = ""  # what the buttons refer to; empty: the incident
    handed_to: tuple[str, ...] = ()  # ways that told it while Teams failed


def view_of(desk: Desk, incident: Incident, reader: Reader, now: datetime) -> IncidentView:
    """The incident as this reader is told of it at `now`."""
    house = desk.house_of(incident.tenant)
    seen = desk.board.look(incident.tenant, now)
    verdict = judge(seen, now, house.policy, service=incident.service, feature=incident.feature, tenant=incident.tenant)
    language, _ = desk.texts.choose(reader.language, house.language)
    is_helpdesk = reader.why is Why.HELPDESK
    return IncidentView(
        incident=incident,
        why=reader.why,
        as_of=now,
        row=reader.row or incident.id,
        advice=_advice(desk, incident, verdict),
        evidence=_evidence(incident, verdict),
        me_too=desk.people.me_too(incident.tenant, incident.service, now),
        shared=reader.shared,
        handed_to=reader.handed_to,
        contact=house.it_contact,
        page_url=house.page_url,
        sites=_sites(seen, incident) if is_helpdesk else (),
        language=language,
        zone=reader.zone or house.zone,
    )


def _advice(desk: Desk, incident: Incident, verdict: Verdict) -> Advice | None:
    """What helps while it lasts; the verdict of this very moment may be another than what the incident rests on."""
    if incident.stage not in ACTING:
        return None
    if verdict.outcome not in TROUBLE:
        verdict = replace(verdict, outcome=incident.outcome, confidence=incident.confidence, feature=incident.feature)
    house = desk.house_of(incident.tenant)
    advice = desk.catalogue.advise(
        verdict,
        feature=incident.feature,
        sure_from=house.policy.sure_from,
        at_work=house.at_work,
    )
    needless = {IS_TOLD} if incident.acknowledged is None else {IS_TOLD, TELLS_IT}
    return replace(advice, steps=tuple(step for step in advice.steps if step not in needless))


def _evidence(incident: Incident, verdict: Verdict) -> tuple[Observation, ...]:
    return verdict.evidence if incident.stage is not Stage.WITHDRAWN else ()


def _sites(seen: tuple[Observation, ...], incident: Incident) -> tuple[tuple[str, int], ...]:
    """Reports of colleagues by place, most first."""
    counted: Mapping[str, int] = next(
        (
            one.strength.shares
            for one in seen
            if one.source == OWN_REPORTS
            and one.service == incident.service
            and one.health is Health.DOWN
            and one.strength
        ),
        {},
    )
    named = [(site.removeprefix(COUNTRY), people) for site, people in counted.items() if site != NOWHERE]
    return tuple(sorted(named, key=lambda each: (-each[1], each[0])))
