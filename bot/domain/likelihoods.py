"""The table of likelihoods: how far each thing that can be seen moves the verdict, and why.

One row per kind and state.  A number is a log likelihood: how much more (or less) often the thing is seen when that
class is true.  All numbers are proposals of ours, from the order of trust in an outage's first hour, rounded to tenths;
they are checked against replays, never fitted to one.  Two rules hold for every row, and tests read the table for them:

- trouble never speaks more for a local or planned cause than for trouble of the service itself: what tells these apart
  is that others are quiet, and quiet has rows of its own;
- quiet never speaks for anything more than for "fine".
"""

from dataclasses import dataclass
from enum import StrEnum

from bot.domain.outcome import Outcome

CLASSES = (
    Outcome.DOWN,
    Outcome.DEGRADED,
    Outcome.MAINTENANCE,
    Outcome.YOUR_ORG,
    Outcome.YOUR_NETWORK,
    Outcome.JUST_YOU,
)
TROUBLE = frozenset({Outcome.DOWN, Outcome.DEGRADED})

Scores = tuple[float, float, float, float, float, float]  # one log likelihood per class, in the order of CLASSES

# Before anything is seen: somebody who asks has a reason to ask, and most reasons are small and their own.
PRIOR: dict[Outcome, float] = {
    Outcome.DOWN: 0.04,
    Outcome.DEGRADED: 0.22,
    Outcome.MAINTENANCE: 0.02,
    Outcome.YOUR_ORG: 0.05,
    Outcome.YOUR_NETWORK: 0.05,
    Outcome.JUST_YOU: 0.62,
}


class Group(StrEnum):
    """Witnesses that share a cause; within a group the votes are capped together."""

    OFFICIAL = "official"
    PROBES = "probes"
    PEOPLE = "people"
    COLLEAGUES = "colleagues"
    LINE = "line"  # our own way out, or a site's
    PLAN = "plan"
    OWN = "own"  # the asker's own tests


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table."""

    name: str
    group: Group
    says: Scores  # down, degraded, maintenance, your_org, your_network, just_you
    why: str
    trouble: bool = False
    confirms: bool = False  # counts as one of the independent kinds
    clears: bool = False  # bears the word "fine"
    positive: bool = False  # shows that it works for others: with a symptom, "just you" needs one such


def _row(name: str, group: Group, says: Scores, why: str, **marks: bool) -> Row:
    return Row(name=name, group=group, says=says, why=why, **marks)


_OFFICIAL = (
    _row("official_down", Group.OFFICIAL, (8.5, 5.0, 0, 0, 0, -1.0),
         "An interruption told by its owner is hardly ever a mistake.", trouble=True, confirms=True),
    _row("official_degraded", Group.OFFICIAL, (2.6, 6.0, 0, 0, 0, -1.0),
         "A named incident ends the guessing within its scope.", trouble=True, confirms=True),
    _row("advisory_asked", Group.OFFICIAL, (1.5, 6.5, 0, 0, 0, -1.0),
         "A narrow statement about the very part that is asked about.", trouble=True, confirms=True),
    _row("advisory_supported", Group.OFFICIAL, (0.8, 1.6, 0, 0, 0, -0.2),
         "A fresh narrow statement while others complain as well.", trouble=True),
    _row("related_trouble", Group.OFFICIAL, (1.0, 1.6, 0, 0, 0, -0.3),
         "What this service leans on is ill by its owner's word; often felt here, not always.", trouble=True),
    _row("related_supported", Group.OFFICIAL, (1.4, 4.0, 0, 0, 0, -0.6),
         "What this service leans on is ill by its owner's word, and it is felt here.", trouble=True, confirms=True),
    _row("official_fine", Group.OFFICIAL, (-1.6, -1.3, 0, 0, 0, 0.5),
         "Green from the owner; medium, since red is posted late.", clears=True),
    _row("official_fine_early", Group.OFFICIAL, (-0.6, -0.3, 0, 0, 0, 0.1),
         "Green while others see trouble: the first post came 20 to 171 minutes late in dated incidents."),
)  # fmt: skip

_PROBES = (
    _row("probes_fine", Group.PROBES, (-2.4, -0.9, 0, 0, 0, 0.5),
         "The front doors answer from here; says little of what lies behind them.", clears=True),
    _row("probe_once", Group.PROBES, (0.4, 0.6, 0, 0.2, 0.4, -0.1),
         "One failure that nothing has repeated yet.", trouble=True),
    _row("probe_shaky", Group.PROBES, (0.7, 1.5, 0, 0.4, 0.7, -0.6),
         "Part of the tries fail: overload looks like this, a bad line too.", trouble=True, confirms=True),
    _row("probe_failing", Group.PROBES, (1.0, 2.15, 0, 0.7, 1.0, -1.0),
         "One part fails again and again while neutral sites answer.", trouble=True, confirms=True),
    _row("probes_failing", Group.PROBES, (3.4, 3.2, 0, 0.9, 1.2, -1.4),
         "Two or more parts fail again and again while neutral sites answer.", trouble=True, confirms=True),
    _row("probes_all_failing", Group.PROBES, (5.4, 3.4, 0, 1.0, 1.4, -1.6),
         "Nearly nothing of the service answers while neutral sites do.", trouble=True, confirms=True),
    _row("site_probe_failing", Group.PROBES, (2.4, 2.4, 0, 1.8, 2.4, -1.6),
         "Fails as seen from one site; whether elsewhere too, other rows tell.", trouble=True),
    _row("tenant_signin_failing", Group.PROBES, (3.0, 3.0, 0, 3.0, 0, -1.6),
         "The organisation's own sign-in test fails.", trouble=True),
    _row("certificate_replaced", Group.LINE, (0, 0, 0, 3.6, 2.6, -1.0),
         "A certificate that is not the service's: something of ours sits between and breaks it."),
)  # fmt: skip

_PEOPLE = (
    _row("posts_spike", Group.PEOPLE, (2.0, 3.0, 0, 0, 0, -1.6),
         "Far more first-person posts than this window ever holds.", trouble=True, confirms=True),
    _row("posts_rising", Group.PEOPLE, (0.5, 1.2, 0, 0, 0, -0.3),
         "More posts than usual; chance does that every other day.", trouble=True),
    _row("posts_quiet", Group.PEOPLE, (-2.0, -1.3, 0, 0, 0, 0.5),
         "A usually busy network says nothing unusual.", clears=True, positive=True),
    _row("posts_none", Group.PEOPLE, (-0.8, -0.5, 0, 0, 0, 0.2),
         "A network with few voices is quiet, as it nearly always is."),
    _row("crowd_spike", Group.PEOPLE, (1.8, 2.6, 0, 0, 0, -1.5),
         "Reports far above the site's own baseline.", trouble=True, confirms=True),
    _row("crowd_rising", Group.PEOPLE, (0.5, 1.2, 0, 0, 0, -0.3),
         "Reports above the baseline; one bucket alone is weak.", trouble=True),
    _row("crowd_says_trouble", Group.PEOPLE, (0.5, 0.8, 0, 0, 0, -0.2),
         "A site's word without its counts.", trouble=True),
    _row("crowd_quiet", Group.PEOPLE, (-2.2, -1.5, 0, 0, 0, 0.6),
         "A busy report site stays at its baseline.", clears=True, positive=True),
    _row("crowd_none", Group.PEOPLE, (-0.6, -0.4, 0, 0, 0, 0.2),
         "Few report there at any time; that they are quiet says little."),
)  # fmt: skip

_COLLEAGUES = (
    _row("colleagues_have_it", Group.COLLEAGUES, (3.0, 3.0, 0, 3.0, 1.0, -2.4),
         "Several people of one organisation at once, at several sites or unknown ones.", trouble=True, confirms=True),
    _row("one_site_has_it", Group.COLLEAGUES, (3.0, 3.0, 0, 2.0, 3.0, -2.4),
         "Several people at once, all at one site.", trouble=True, confirms=True),
    _row("colleagues_fine", Group.COLLEAGUES, (-1.2, -1.2, 0, -1.2, 0, 0.8),
         "It works for colleagues, who share the tenant and its rules.", clears=True, positive=True),
)  # fmt: skip

_LINE = (
    _row("no_way_out", Group.LINE, (0, 0, 0, 0, 6.0, -1.0),
         "Nothing outside opens from that site: its line, whatever else is wrong."),
)  # fmt: skip

_PLAN = (
    _row("window_open", Group.PLAN, (0, 0, 8.0, 0, 0, 0),
         "An announced window of this very service and part is open now."),
)  # fmt: skip

_OWN = (
    _row("own_symptom", Group.OWN, (0.3, 0.3, 0, 0.6, 1.2, 0),
         "Something fails for the asker: local causes are likelier than for those who only ask."),
    _row("own_other_sites_fail", Group.OWN, (0, 0, 0, 0.5, 5.0, -1.0),
         "The asker's device opens no other site either."),
    _row("own_other_sites_open", Group.OWN, (0, 0, 0, 0, -0.8, 0.2),
         "The asker's line carries other sites."),
    _row("own_mobile_works", Group.OWN, (-1.5, -1.0, 0, 1.5, 4.0, -2.0),
         "The same account works over mobile data: the net in use is at fault."),
    _row("own_mobile_fails", Group.OWN, (0.3, 0.3, 0, 0.3, -2.0, 0),
         "Fails over another line as well."),
    _row("own_colleagues_fail", Group.OWN, (1.2, 1.2, 0, 1.2, 0.8, -1.6),
         "Colleagues have it too, says the asker."),
    _row("own_colleagues_work", Group.OWN, (-1.2, -1.0, 0, -1.6, 0, 0.8),
         "It works for colleagues, says the asker.", positive=True),
    _row("own_web_works", Group.OWN, (-2.0, -1.2, 0, -0.8, -1.2, 1.4),
         "The web client works for the asker: the service and the line do.", positive=True),
    _row("own_web_fails", Group.OWN, (0.4, 0.4, 0, 0.2, 0.2, -0.2),
         "The web client fails for the asker too."),
    _row("own_client_works", Group.OWN, (-0.5, -0.2, 0, 0, -0.3, 0.2),
         "The question came through this very client, so part of the service works there."),
    _row("code_account", Group.OWN, (-1.5, -1.5, 0, -0.5, -1.5, 2.5),
         "The error code speaks of the account or the device: the sign-in server answered.", positive=True),
    _row("code_org", Group.OWN, (-1.0, -1.0, 0, 3.5, -1.0, 0),
         "The error code speaks of a rule of the organisation."),
    _row("code_network", Group.OWN, (-0.5, -0.5, 0, 0.5, 2.5, 0),
         "The error code speaks of the way to the service."),
    _row("code_service", Group.OWN, (0.8, 1.2, 0, 0, 0, -0.4),
         "The error code speaks of the service's own side."),
)  # fmt: skip

TABLE: dict[str, Row] = {row.name: row for row in (*_OFFICIAL, *_PROBES, *_PEOPLE, *_COLLEAGUES, *_LINE, *_PLAN, *_OWN)}

# Crowd sites read social posts and posts quote crowd sites: together at most one and a half votes.
PEOPLE_MOST: Scores = (3.6, 4.2, 0, 0, 0, 1.6)
PEOPLE_LEAST: Scores = (-3.6, -3.0, 0, 0, 0, -2.2)
