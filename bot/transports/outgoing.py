"""What leaves through a transport, and what became of it.  Knows no chat platform, no verdict, no database.

A send never raises for what the other side decides: being throttled, gone or refused are expected, so they are values.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """Somebody who is mentioned, so that their client draws their eye to the message."""

    id: str  # the platform's id of that person
    word: str  # in place of a name: names are not kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """One rendered answer."""

    card: Mapping[str, Any] | bytes | None  # an Adaptive Card, or its JSON; None: the text is all there is
    text: str  # the same in plain words, for places without cards
    summary: str = ""  # what the notification toast says
    row: str | None = None  # id of the stored answer, told its activity id once it was sent
    shared: bool = False  # True: everybody in the conversation may read it
    gone: bool = False  # True: what was sent before is deleted rather than changed
    calls: Called | None = None


class GoneReason(StrEnum):
    """Why nothing can be sent there any more, and thereby what would bring it back."""

    NOT_INSTALLED = "not_installed"  # until the app is installed there again
    BLOCKED = "blocked"  # until that person writes to us again
    NO_CONVERSATION = "no_conversation"  # for good
    NO_ACTIVITY = "no_activity"  # the card to change was deleted: post a new one


class FailedReason(StrEnum):
    """Why an attempt failed for good, or with an unknown end."""

    NOT_REGISTERED = "not_registered"  # the service does not accept our identity
    NOT_SERVED = "not_served"  # no registration of ours serves that tenant any more
    NO_TOKEN = "no_token"  # noqa: S105 - a reason, not a secret
    HOST_NOT_ALLOWED = "host_not_allowed"  # not a host that may see our token
    WRONG_HOST = "wrong_host"  # this tenant lives in another cloud
    NOT_PERMITTED = "not_permitted"
    TOO_LARGE = "too_large"
    BAD_REQUEST = "bad_request"
    SERVICE_ERROR = "service_error"
    UNREACHABLE = "unreachable"  # nothing was sent
    ANSWER_LOST = "answer_lost"  # it may have been sent


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """It is there."""

    id: str  # the platform's id of the message, needed to edit it later; may be empty


@dataclass(frozen=True, slots=True, kw_only=True)
class Throttled:
    """Not now."""

    until: datetime  # aware UTC: what the service named, else our own growing wait or our own limits
    said: str = ""
    own: bool = False  # True: held back here, before anything was sent
    named: bool = False  # True: `until` is the service's own word
    faulty: bool = False  # True: not our pace, the service itself is in trouble


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """Never again there, until something changes."""

    reason: GoneReason
    said: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """This attempt came to nothing."""

    reason: FailedReason
    said: str = ""  # for an operator; never a secret


Outcome = Sent | Throttled | Gone | Failed


def trouble_of(outcome: Outcome) -> str:
    """What was wrong, in a form that may be kept: without the other side's sentence, which may name anybody."""
    if not isinstance(outcome, Failed | Gone):
        return ""
    said = outcome.said
    short = " ".join(said.split(" ", 2)[:2]) if said[:1].isdigit() else said  # status and code, or our own words
    return f"{outcome.reason}: {short}"
