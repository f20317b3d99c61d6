"""Calls to the bot connector: post, edit, delete.  One attempt each; what became of it is a value.

Our token goes only where `hosts` allows, looked at before every call, since a service URL may have lain in the store
for months.  Retrying is the caller's: an answer insists for a moment, a delivery comes back when it is due.
"""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import quote

import aiohttp
import structlog
from yarl import URL

from bot.clock import Clock
from bot.metrics import SENDS
from bot.transports.outgoing import Failed, FailedReason, Outcome, Throttled
from bot.transports.teams.hosts import is_loopback_url, may_see_token
from bot.transports.teams.limits import Limits
from bot.transports.teams.outcomes import outcome_of
from bot.transports.teams.session import Answer, read_answer
from bot.transports.teams.tokens import OwnToken, TokenError

log = structlog.get_logger(__name__)

_THREAD = ";messageid="


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call on one conversation."""

    method: str  # POST, PUT or DELETE
    service_url: str
    conversation: str  # with its thread part
    activity: str | None = None  # the one to answer, edit or delete
    body: bytes | None = None
    tenant: str | None = None
    first: bool = False  # a person waits for this one


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What the calls go over: session, own limits, clock and chance (uniform in [0, 1))."""

    session: aiohttp.ClientSession
    limits: Limits
    clock: Clock
    chance: Callable[[], float]


class Outbound:
    """Speaks to the connector."""

    def __init__(
        self,
        line: Line,
        token: OwnToken | None,
        more_hosts: frozenset[str] = frozenset(),
        *,
        tried: Callable[[Outcome], None] = lambda _: None,
    ) -> None:
        """Without a token only this very machine is spoken to.  `tried` is told what became of every call."""
        self._tried = tried
        self._line = line
        self._token = token
        self._is_refused = False
        self._more_hosts = more_hosts

    async def attempt(self, call: Call, attempt: int = 1) -> Outcome:
        """Make the call once, `attempt` being how often it was tried with this one."""
        outcome = await self._attempt(call, attempt)
        SENDS.labels(result=type(outcome).__name__.lower()).inc()
        self._tried(outcome)
        return outcome

    def may_call(self, service_url: str) -> bool:
        """Whether anything may be sent to that service at all."""
        return may_see_token(service_url, self._more_hosts) if self._token else is_loopback_url(service_url)

    async def _attempt(self, call: Call, attempt: int) -> Outcome:
        if not self.may_call(call.service_url):
            return Failed(reason=FailedReason.HOST_NOT_ALLOWED, said=f"{call.service_url[:120]} may not see our token")
        thread, now = call.conversation.partition(_THREAD)[0], self._line.clock.now()
        ready = self._line.limits.take(thread, now, tenant=call.tenant, first=call.first)
        if ready is not None:
            return Throttled(until=ready, said="our own limit", own=True)
        try:
            answer = await self._with_token(call)
        except TokenError as error:
            return Failed(reason=FailedReason.NO_TOKEN, said=str(error))
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            return Failed(reason=FailedReason.UNREACHABLE, said=type(error).__name__)
        except (aiohttp.ClientError, TimeoutError) as error:
            return Failed(reason=FailedReason.ANSWER_LOST, said=type(error).__name__)
        outcome = outcome_of(answer, self._line.clock.now(), attempt=attempt, chance=self._line.chance())
        if isinstance(outcome, Throttled) and answer.status == HTTPStatus.TOO_MANY_REQUESTS:
            self._line.limits.hush(thread, outcome.until)
        return outcome

    async def _with_token(self, call: Call) -> Answer:
        """The answer; a refused token is replaced once, since it may have been revoked early.

        Refused again it is no final no: a sign-in outage looks just so, and would end every open card.  The delivery
        comes back after a wait that doubles up to five minutes, and is given up after a hundred tries.
        """
        if self._token is None:
            return await self._exchange(call, None)
        token = await self._token.current()
        answer = await self._exchange(call, token)
        if answer.status != HTTPStatus.UNAUTHORIZED:
            self._tell(refused=False)
            return answer
        if self._token.reject(token):
            answer = await self._exchange(call, await self._token.current())
        self._tell(refused=answer.status == HTTPStatus.UNAUTHORIZED)
        return answer

    def _tell(self, *, refused: bool) -> None:
        """Once, until a token is taken again; `check teams` shows the same by what is noted of our last send."""
        if refused and not self._is_refused:
            log.warning("the connector refuses our token", do="run `notjustyou check teams`: it says what to mend")
        if self._is_refused and not refused:
            log.info("the connector takes our token again")
        self._is_refused = refused

    async def _exchange(self, call: Call, token: str | None) -> Answer:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        if call.body is not None:
            headers["Content-Type"] = "application/json"
        async with self._line.session.request(
            call.method, _address(call), data=call.body, headers=headers, allow_redirects=False
        ) as response:
            return await read_answer(response)


def _address(call: Call) -> URL:
    """Ids hold colons, semicolons and at signs: all of it is quoted, and nothing is quoted twice."""
    path = f"{call.service_url.rstrip('/')}/v3/conversations/{quote(call.conversation, safe='')}/activities"
    return URL(path if call.activity is None else f"{path}/{quote(call.activity, safe='')}", encoded=True)
