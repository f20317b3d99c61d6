"""What an answer of the bot connector means for the attempt.  Pure: one table, from the vendor's error pages.

Two envelopes are read: the documented one, and the one whose message is JSON inside a string, which the SDK can't read.
"""

from datetime import datetime
from http import HTTPStatus

import msgspec

from bot.http import retry_after
from bot.transports.outgoing import Failed, FailedReason, Gone, GoneReason, Outcome, Sent, Throttled
from bot.transports.teams.limits import backoff
from bot.transports.teams.session import Answer
from bot.transports.teams.wire import text_at

GONE = {
    "BotNotInConversationRoster": GoneReason.NOT_INSTALLED,
    "ForbiddenOperationException": GoneReason.NOT_INSTALLED,
    "ConversationBlockedByUser": GoneReason.BLOCKED,
    "BotDisabledByAdmin": GoneReason.BLOCKED,
    "MessageWritesBlocked": GoneReason.BLOCKED,
    "ConversationNotFound": GoneReason.NO_CONVERSATION,
    "ActivityNotFoundInConversation": GoneReason.NO_ACTIVITY,
}
FAILED = {
    "InvalidBotApiHost": FailedReason.WRONG_HOST,
    "NotEnoughPermissions": FailedReason.NOT_PERMITTED,
    "BotNotRegistered": FailedReason.NOT_REGISTERED,
    "MessageSizeTooBig": FailedReason.TOO_LARGE,
}
FAILED_STATUS = {
    HTTPStatus.UNAUTHORIZED: FailedReason.NOT_REGISTERED,
    HTTPStatus.FORBIDDEN: FailedReason.NOT_PERMITTED,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: FailedReason.TOO_LARGE,
}
COMES_BACK = frozenset(
    {
        HTTPStatus.PRECONDITION_FAILED,
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
    }
)
DONE = frozenset({HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.ACCEPTED, HTTPStatus.NO_CONTENT})
_LONGEST_SAID = 200


def outcome_of(answer: Answer, now: datetime, *, attempt: int, chance: float) -> Outcome:
    """What became of one call.  `attempt` counts from 1, `chance` in [0, 1) spreads our own waits."""
    if answer.status in DONE:
        return Sent(id=text_at(answer.as_object(), "id") or "")
    code, said = _error(answer)
    if answer.status in COMES_BACK:
        named = retry_after(answer.headers, now)
        until = named or now + backoff(attempt, chance)
        faulty = answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR
        return Throttled(until=until, said=said, named=named is not None, faulty=faulty)
    if code in GONE:
        return Gone(reason=GONE[code], said=said)
    return Failed(reason=FAILED.get(code) or _by_status(answer.status), said=said)


def _by_status(status: int) -> FailedReason:
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return FailedReason.SERVICE_ERROR
    known = {int(key): reason for key, reason in FAILED_STATUS.items()}
    return known.get(status, FailedReason.BAD_REQUEST)


def _error(answer: Answer) -> tuple[str, str]:
    """The error's code, and status, code and message in one line for an operator."""
    told = answer.as_object()
    code, message = text_at(told, "error", "code"), text_at(told, "error", "message")
    if code is None and (inner := text_at(told, "message")):
        code, message = _inner_code(inner), inner
    return code or "", f"{answer.status} {code or ''} {message or ''}".strip()[:_LONGEST_SAID]


def _inner_code(message: str) -> str | None:
    try:
        return text_at(msgspec.json.decode(message), "subCode")
    except (msgspec.DecodeError, RecursionError):
        return None
