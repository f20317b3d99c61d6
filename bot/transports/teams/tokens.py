"""Our own token: how we prove to the bot service who is speaking.

One per registration.  Renewed five minutes before its end, by one asker at a time, while the others go on with the old
one; when renewal fails, the old one serves as long as it is valid.  No error text ever holds the secret.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

import aiohttp
import structlog

from bot.clock import Clock
from bot.metrics import TOKENS
from bot.transports.teams.refusals import what_to_do
from bot.transports.teams.session import Answer, read_answer

MICROSOFT_LOGIN = "https://login.microsoftonline.com"
SCOPE = "https://api.botframework.com/.default"
RESOURCE = "https://api.botframework.com"
MACHINE_METADATA = "http://169.254.169.254/metadata/identity/oauth2/token"  # Azure's, reachable from its machines only
RENEW_BEFORE = timedelta(minutes=5)
ASK_AGAIN_AFTER = timedelta(seconds=15)  # after a refusal: a wrong secret must not become a storm of calls
REPLACE_AFTER = timedelta(minutes=1)  # a younger one that is refused is not worth less than its successor
ASK_TIMEOUT_S = 10.0
_CODE = re.compile(r"AADSTS\d{1,12}")

log = structlog.get_logger()


class TokenError(Exception):
    """No token was given.  The text names who refused and the code, never the secret."""

    def __init__(self, said: str, code: str | None = None, *, status: int | None = None) -> None:
        """`code`: as the sign-in service writes it, such as AADSTS7000215; `status`: None when nobody answered."""
        super().__init__(said)
        self.code = code
        self.status = status


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """A token and the moment from which it is worth nothing."""

    value: str
    expires_at: datetime  # aware UTC

    def __repr__(self) -> str:
        """Without the token: what is shown may end in a log."""
        return f"Issued(expires_at={self.expires_at!r})"


Issuer = Callable[[datetime], Awaitable[Issued]]


class OwnToken:
    """The present token of one registration."""

    def __init__(self, issuer: Issuer, clock: Clock, *, do: Callable[[str | None], str] = what_to_do) -> None:
        """`issuer` is asked when a token is due; it raises TokenError.  `do`: code -> what an operator does then."""
        self._do = do
        self._told: str | None = None  # the kind of refusal that the log tells of now
        self._issuer = issuer
        self._clock = clock
        self._issued: Issued | None = None
        self._replace_at: datetime | None = None  # not before, when a service refuses our token
        self._refused: TokenError | None = None
        self._ask_at: datetime | None = None  # not before, after a refusal
        self._one_renewal = asyncio.Lock()

    async def current(self) -> str:
        """A valid token; raises TokenError when there is none to be had."""
        old = self._valid()
        if old is not None and (self._is_fresh(old) or self._one_renewal.locked()):
            return old.value
        async with self._one_renewal:
            old = self._valid()
            if old is not None and self._is_fresh(old):
                return old.value
            return await self._renew(old)

    def reject(self, value: str) -> bool:
        """The service refused this token; True: the next call gets another one.

        At most once a minute: while a service refuses all that we have, each delivery is refused, and the sign-in
        service that may be in trouble itself would be asked for a token by every one of them.
        """
        if self._issued is None or self._issued.value != value:
            return True
        now = self._clock.now()
        if self._replace_at is not None and now < self._replace_at:
            return False
        self._issued, self._replace_at = None, now + REPLACE_AFTER
        return True

    async def _renew(self, old: Issued | None) -> str:
        now = self._clock.now()
        if self._refused is None or self._ask_at is None or now >= self._ask_at:
            try:
                self._issued, self._refused = await self._issuer(now), None
                TOKENS.labels(result="ok").inc()
                self._tell_good()
                return self._issued.value
            except TokenError as error:
                self._refused, self._ask_at = error, now + ASK_AGAIN_AFTER
                TOKENS.labels(result="refused" if error.code else "failed").inc()
                self._tell_bad(error, old_serves=old is not None)
        if old is not None:
            return old.value
        raise TokenError(str(self._refused), self._refused.code, status=self._refused.status) from self._refused

    def _tell_bad(self, error: TokenError, *, old_serves: bool) -> None:
        """Once for each kind of refusal, until a token was given again."""
        kind = error.code or "no answer"
        if kind != self._told:
            self._told = kind
            do = self._do(error.code)
            log.warning("own token was refused", reason=str(error), code=error.code, old_serves=old_serves, do=do)

    def _tell_good(self) -> None:
        if self._told is not None:
            self._told = None
            log.info("own token is given again")

    def _valid(self) -> Issued | None:
        issued = self._issued
        return issued if issued is not None and self._clock.now() < issued.expires_at else None

    def _is_fresh(self, issued: Issued) -> bool:
        return self._clock.now() < issued.expires_at - RENEW_BEFORE


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientCredentials:
    """A single-tenant app that proves itself by its secret."""

    session: aiohttp.ClientSession
    login_url: str
    tenant: str
    app_id: str
    secret: Callable[[], str]  # as it stands now
    scope: str = SCOPE  # for whom the token is

    def __repr__(self) -> str:
        """Without the secret."""
        return f"ClientCredentials(app_id={self.app_id!r}, tenant={self.tenant!r})"

    async def __call__(self, now: datetime) -> Issued:
        """Ask the sign-in service for a token."""
        url = f"{self.login_url.rstrip('/')}/{self.tenant}/oauth2/v2.0/token"
        form = {
            "grant_type": "client_credentials",
            "client_id": self.app_id,
            "client_secret": self.secret(),
            "scope": self.scope,
        }
        return await _ask(self.session, _Question(url=url, form=form), now)


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagedIdentity:
    """A user-assigned identity that Azure vouches for: no secret of ours at all."""

    session: aiohttp.ClientSession
    app_id: str
    endpoint: str | None = None  # App Service and Container Apps: their IDENTITY_ENDPOINT; None: the machine's metadata
    header: str | None = None  # their IDENTITY_HEADER
    resource: str = RESOURCE  # for whom the token is

    def __repr__(self) -> str:
        """Without the header, which is a secret."""
        return f"ManagedIdentity(app_id={self.app_id!r}, endpoint={self.endpoint!r})"

    async def __call__(self, now: datetime) -> Issued:
        """Ask the place that we run in for a token."""
        asked = {"resource": self.resource, "client_id": self.app_id}
        if self.header is not None:
            headers, asked["api-version"] = {"X-IDENTITY-HEADER": self.header}, "2019-08-01"
        else:
            headers, asked["api-version"] = {"Metadata": "true"}, "2018-02-01"
        url = self.endpoint or MACHINE_METADATA
        return await _ask(self.session, _Question(url=url, asked=asked, headers=headers), now)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    """What is asked of an issuer: a form is posted, without one it is a GET."""

    url: str
    form: Mapping[str, str] | None = None
    asked: Mapping[str, str] | None = None
    headers: Mapping[str, str] | None = None


async def _ask(session: aiohttp.ClientSession, question: _Question, now: datetime) -> Issued:
    try:
        async with session.request(
            "GET" if question.form is None else "POST",
            question.url,
            data=question.form,
            params=question.asked,
            headers=question.headers,
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(total=ASK_TIMEOUT_S),
        ) as response:
            answer = await read_answer(response)
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        raise TokenError(f"{question.url}: no answer ({type(error).__name__})") from None  # its context holds the form
    return _read(question.url, answer, now)


def _read(url: str, answer: Answer, now: datetime) -> Issued:
    said = answer.as_object()
    value = said.get("access_token")
    if answer.status == HTTPStatus.OK and isinstance(value, str) and value:
        return Issued(value=value, expires_at=_end(said, now))
    code = _CODE.search(str(said.get("error_description", "")))
    named = code.group() if code else None
    short = str(said.get("error", ""))[:60]
    raise TokenError(f"{url}: {answer.status} {named or short or 'without a reason'}", named, status=answer.status)


def _end(said: Mapping[str, Any], now: datetime) -> datetime:
    """Its end by `expires_in` or `expires_on`, both of which come as numbers or as text, or an hour from now."""
    try:
        if "expires_in" in said:
            return now + timedelta(seconds=min(float(said["expires_in"]), 86_400.0))
        return datetime.fromtimestamp(float(said["expires_on"]), UTC)
    except (KeyError, TypeError, ValueError, OverflowError, OSError):
        return now + timedelta(hours=1)
