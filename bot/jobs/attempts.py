"""What a transport says of one attempt -> what it means for the delivery, and for whether Teams fails.  Pure."""

from bot.domain import settling
from bot.domain.failing import Try
from bot.transports.outgoing import Failed, FailedReason, Gone, GoneReason, Outcome, Sent, Throttled, trouble_of
from bot.transports.ways import Told

LONGEST_ID, LONGEST_ERROR = 512, 200
HOPELESS = frozenset(  # trying again can't help: every other refusal ends by itself, or when an operator mends it
    {
        FailedReason.NOT_SERVED,
        FailedReason.HOST_NOT_ALLOWED,
        FailedReason.WRONG_HOST,
        FailedReason.NOT_PERMITTED,
        FailedReason.TOO_LARGE,
        FailedReason.BAD_REQUEST,
    }
)
NOT_TEAMS = frozenset({FailedReason.NOT_SERVED, FailedReason.HOST_NOT_ALLOWED, FailedReason.WRONG_HOST})


def ended(outcome: Outcome) -> settling.Outcome | None:  # noqa: PLR0911 - one line per outcome
    """How the try ended; None: it was held back here, before anything was sent, and is no try."""
    match outcome:
        case Sent(id=activity):
            return settling.Sent(activity=_kept(activity, LONGEST_ID) if len(activity) <= LONGEST_ID else None)
        case Throttled(own=True):
            return None
        case Throttled(until=until, named=named):
            return settling.Throttled(until=until if named else None)
        case Gone(reason=GoneReason.NO_ACTIVITY):
            return settling.Vanished()
        case Gone(reason=reason):
            return settling.Gone(reason=reason)
        case Failed(reason=FailedReason.ANSWER_LOST):
            return settling.Lost()
    return settling.Failed(reason=_kept(trouble_of(outcome), LONGEST_ERROR), final=outcome.reason in HOPELESS)


def told(outcome: Told) -> settling.Outcome:
    """The same for a way beside Teams."""
    if outcome.ok:
        return settling.Sent()
    return settling.Failed(reason=_kept(outcome.reason, LONGEST_ERROR))


def as_evidence(outcome: Outcome) -> Try | None:
    """What the attempt tells of Teams; None: nothing."""
    match outcome:
        case Sent():
            return Try.SENT
        case Throttled(own=True):
            return None
        case Throttled(faulty=faulty):
            return Try.FAILED if faulty else Try.THROTTLED
        case Gone():
            return Try.GONE
        case Failed(reason=reason):
            return None if reason in NOT_TEAMS else Try.FAILED
    return None


def _kept(said: str, longest: int) -> str:
    """What the other side said, in a form that every database takes."""
    return "".join(sign for sign in said[:longest] if sign.isprintable())
