"""What a fix step is, and in which order playbooks name steps for a verdict, a symptom or a code.

Plain values: content.catalogue fills them from its files, `advice.advise` chooses among them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NewType

from bot.domain.observation import Client, Feature
from bot.domain.verdict import Outcome

StepId = NewType("StepId", str)


class Sort(StrEnum):
    """What a step is good for."""

    CHECK = "check"  # proves something, harms nothing
    BRIDGE = "bridge"  # keeps people working
    WAIT = "wait"
    REPAIR = "repair"  # changes something on the device or the account
    HAND_OVER = "hand_over"


class Effort(StrEnum):
    """How long a step takes."""

    SECONDS = "s"
    MINUTES = "m"
    HOURS = "h"


class Who(StrEnum):
    """Who can do a step; `IT` needs rights that a user lacks."""

    USER = "user"
    IT = "it"
    BOTH = "both"


class Risk(StrEnum):
    """What a step may cost."""

    SIGN_OUT = "sign_out"  # ends the session
    DRAFTS = "drafts"  # unsent text, own settings or backgrounds
    ADMIN = "admin"
    SECURITY = "security"


class NotWhen(StrEnum):
    """When a step is useless or does harm."""

    OUTAGE = "outage"  # the service has trouble
    IDENTITY = "identity"  # sign-in has
    AT_WORK = "at_work"  # in a company's network


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that people can do; its words are texts."""

    id: StepId
    sort: Sort
    effort: Effort
    who: Who
    risks: frozenset[Risk] = frozenset()
    not_when: frozenset[NotWhen] = frozenset()
    not_codes: tuple[str, ...] = ()  # beginnings of canonical codes
    outcomes: frozenset[Outcome] = frozenset()  # verdicts whose rows may name it
    features: frozenset[Feature] = frozenset()  # empty: all
    clients: frozenset[Client] = frozenset()  # empty: all
    how: frozenset[Client] = frozenset()  # clients with an instruction of their own, the others share one
    links: tuple[str, ...] = ()

    def fits(self, client: Client | None) -> bool:
        """Whether there is an instruction for this client; not knowing the client excludes nothing."""
        return client is None or not self.clients or client in self.clients

    def how_key(self, client: Client | None) -> str:
        """Text key of the instruction."""
        return f"step.{self.id}.how.{client if client in self.how else 'all'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Playbook:
    """An ordered choice of steps, with the text keys that go with it."""

    id: str
    why: str
    steps: tuple[StepId, ...]
    more: tuple[StepId, ...] = ()
    do_not: str | None = None
    workaround: str | None = None
    clients: frozenset[Client] = frozenset()  # empty: all
    symptoms: frozenset[str] = frozenset()
    app_fails: bool = False  # for an app that fails while the same account works elsewhere

    def fits(self, client: Client | None) -> bool:
        """Whether it is meant for this client; one that is meant for some needs to know which it is."""
        return not self.clients or client in self.clients


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeRule:
    """What an error code means for the advice."""

    code: str  # canonical: "0xCAA70007", "AADSTS50126"
    playbook: str  # id
    steps: tuple[StepId, ...] = ()  # first and second choice, before the playbook's
    ended: bool = False  # it says itself that the session or the password has ended
    theirs: bool = False  # it says that Microsoft's own sign-in has trouble


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """All steps and playbooks.  The catalogue promises: every id exists, every outcome has a row for every feature."""

    steps: Mapping[StepId, Step]
    rows: Mapping[tuple[Outcome, Feature], Playbook]
    playbooks: Mapping[str, Playbook]
    fill: Mapping[Outcome, tuple[StepId, ...]]  # at least three harmless ones, for everybody
    last: tuple[StepId, ...] = ()  # for just_you, after all others
    for_it: tuple[StepId, ...] = ()  # added for people of IT
    at_work: Mapping[StepId, StepId] = field(default_factory=dict)  # replaced in a company's network
