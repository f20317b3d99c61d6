"""Fetching over HTTP with bounds that hold whatever the other side does.

A fetch ends by its deadline, keeps at most its size cap, follows few redirects and only where allowed, and says in one
word what went wrong.  Knows no source and no shape.

An address from the settings may be any address.  A redirect to another origin is an address from somebody's answer: it
must be https on 443, its name is resolved once, every address of it must be public, and that very address is called.
"""

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import httpx

from bot.clock import Clock
from bot.http_address import goes_through_proxy, public_address, registrable
from bot.http_body import whole_body
from bot.http_kept import KeptPages
from bot.http_tally import note_date, note_request
from bot.http_trouble import FetchError, Trouble, failed, trouble_of

__all__ = ["FetchError", "Fetcher", "Page", "Trouble", "new_client", "retry_after"]

DEADLINE = timedelta(seconds=10)  # of a whole exchange, redirects included
SIZE_CAP_BYTES = 2_000_000  # of a body, after decompression
LONGEST_RETRY_AFTER = timedelta(hours=1)  # a longer wait is a mistake or malice: we ask again after this one
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One whole answer, or for probes (`Fetcher.probe`) the way in which there was none."""

    name: str  # which of a source's requests this was: "mac", "counts", a probe's target
    url: str  # the address that answered, after redirects
    status: int  # 0: no answer, see `trouble`
    headers: Mapping[str, str] = field(default_factory=dict)  # lower-case names
    body: bytes = b""
    fetched_at: datetime
    took: timedelta = timedelta(0)
    trouble: Trouble | None = None
    not_modified: bool = False  # 304: the body is the one that we had


@dataclass(frozen=True, slots=True, kw_only=True)
class _Request:
    """What is asked, and how far a redirect may lead."""

    name: str
    url: httpx.URL
    method: str = "GET"
    headers: Mapping[str, str]
    body: bytes | Mapping[str, str] | None = None
    redirects: int = 1
    hosts: frozenset[str] = frozenset()  # where a redirect may lead besides the same owner's names
    shows_redirect: bool = False  # a redirect that may not be followed is an answer, not an error
    waits: bool = True  # for the request to the same place that is under way
    keep: bool = False  # ask again only if it changed


class Fetcher:
    """Asks over one shared client.  Every wait is bounded."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        clock: Clock,
        *,
        within: timedelta = DEADLINE,
        size_cap_bytes: int = SIZE_CAP_BYTES,
    ) -> None:
        """`within` bounds every exchange; one may ask for less.  Real time: a fake clock stops no socket."""
        self._client = client
        self._clock = clock
        self._cap = size_cap_bytes
        self.within = within
        self.open_exchanges = 0  # that have not ended yet
        self._kept = KeptPages()
        self._lines: dict[tuple[str, str, int | None], asyncio.Lock] = {}  # one request at a time to each place

    async def get(  # noqa: PLR0913 - all but the first two are seldom given
        self,
        name: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        within: timedelta | None = None,
        keep: bool = False,
        redirects: int = 1,
    ) -> Page:
        """One GET; follows one redirect, to the same owner's names only.  Raises FetchError; any status is a Page.

        `keep`: the same address is asked often and its owner marks its pages; then it comes only when it changed, and
        the page that we had stands for it (`not_modified`).
        """
        address = _address(url)
        if params:
            address = address.copy_merge_params(dict(params))
        asked = _Request(name=name, url=address, headers=headers or {}, redirects=redirects, keep=keep)
        return await self._exchange(asked, within)

    async def post(
        self,
        name: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | Mapping[str, str] | None = None,
        within: timedelta | None = None,
    ) -> Page:
        """One POST; a mapping is sent as a form, bytes as they are.  Follows no redirect.  Raises FetchError."""
        asked = _Request(name=name, url=_address(url), method="POST", headers=headers or {}, body=body, redirects=0)
        return await self._exchange(asked, within)

    async def probe(
        self,
        name: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        within: timedelta | None = None,
        hosts: frozenset[str] = frozenset(),
    ) -> Page:
        """One GET that never raises: without an answer the page has status 0 and its trouble.

        Follows three redirects to the same owner's names or to `hosts`; any other is shown as it came, with its
        status, its `location` header and trouble `redirect`: to a probe that is a finding (a captive portal).
        """
        started = self._clock.monotonic()
        try:
            address = _address(url)
            return await self._exchange(
                _Request(
                    name=name,
                    url=address,
                    headers=headers or {},
                    redirects=3,
                    hosts=hosts,
                    shows_redirect=True,
                    waits=False,
                ),
                within,
            )
        except FetchError as error:
            took = timedelta(seconds=self._clock.monotonic() - started)
            return Page(name=name, url=url, status=0, fetched_at=self._clock.now(), took=took, trouble=error.trouble)

    async def _exchange(self, asked: _Request, within: timedelta | None) -> Page:
        """The whole exchange under its deadline, which begins when the one before it to the same place has ended."""
        if not asked.waits:
            return await self._bounded(asked, within)
        async with self._lines.setdefault(_origin(asked.url), asyncio.Lock()):
            return await self._bounded(asked, within)

    async def _bounded(self, asked: _Request, within: timedelta | None) -> Page:
        """What can go wrong is named."""
        host = asked.url.host
        self.open_exchanges += 1
        try:
            async with asyncio.timeout(min(within or self.within, self.within).total_seconds()):
                return await self._follow(asked)
        except TimeoutError as error:
            raise failed(Trouble.TIMEOUT, host) from error
        except (httpx.LocalProtocolError, UnicodeError):
            # Without its cause, whose text repeats the header: a token, perhaps.
            raise failed(Trouble.PROTOCOL, host, "a header of ours can't be sent: a stray sign in a secret?") from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise failed(trouble_of(error, proxied=goes_through_proxy(asked.url)), host) from error
        finally:
            self.open_exchanges -= 1

    async def _follow(self, asked: _Request) -> Page:
        """Ask, and ask again where an allowed redirect leads."""
        started = self._clock.monotonic()
        url, headers = asked.url, dict(asked.headers)
        if asked.keep:
            headers |= self._kept.conditions(str(url), asked.headers, self._clock.now())
        for left in range(asked.redirects, -1, -1):
            page = await self._once(asked, url, headers)
            page = replace(page, took=timedelta(seconds=self._clock.monotonic() - started))
            target = _target(page, url)
            if target is None:
                return self._kept.settled(page, str(asked.url), asked.headers) if asked.keep else page
            if not left or not _may_follow(asked, target):
                break
            if _origin(target) != _origin(url):
                headers = {name: value for name, value in headers.items() if name.lower() != "authorization"}
            url = target
        if asked.shows_redirect:
            return replace(page, trouble=Trouble.REDIRECT)
        raise failed(Trouble.REDIRECT, asked.url.host)

    async def _once(self, asked: _Request, url: httpx.URL, headers: Mapping[str, str]) -> Page:
        """One request, one answer, no redirect followed."""
        sent, called, extensions = dict(headers), url, {}
        if _origin(url) != _origin(asked.url) and not goes_through_proxy(url):
            called = url.copy_with(host=await public_address(url))
            extensions = {"sni_hostname": url.raw_host.decode("ascii")}
            # Closed afterwards: the pool keys connections by address, and this one was opened for another name.
            sent |= {"Host": url.netloc.decode("ascii"), "Connection": "close"}
        form, content = (asked.body, None) if isinstance(asked.body, Mapping) else (None, asked.body)
        request = self._client.build_request(
            asked.method, called, headers=sent, data=form, content=content, extensions=extensions
        )
        note_request(url.host, always=not asked.waits)
        response = await self._client.send(request, stream=True, follow_redirects=False)
        note_date(response.headers, self._clock.now())
        try:
            body = await whole_body(response, url.host, self._cap)
        finally:
            await response.aclose()
        kept = {name: value for name, value in response.headers.items() if name != "set-cookie"}
        return Page(
            name=asked.name,
            url=str(url.copy_with(username="", password="")) if url.userinfo else str(url),
            status=response.status_code,
            headers=kept,
            body=body,
            fetched_at=self._clock.now(),
            not_modified=response.status_code == httpx.codes.NOT_MODIFIED,
        )


def new_client(*, ca_file: Path | None = None, contact: str = "") -> httpx.AsyncClient:
    """The one client of the process: the system's certificates and `ca_file`, the environment's proxies, no cookies.

    It has no timeouts of its own: `Fetcher` bounds the whole exchange.  `contact` (an address of the operator) tells
    those whom we ask who we are.
    """
    trusted = ssl.create_default_context()
    if ca_file is not None:
        trusted.load_verify_locations(cafile=ca_file)
    try:
        release = version("notjustyou")
    except PackageNotFoundError:  # run from a tree that was never installed
        release = "0"
    reachable = "".join(sign for sign in contact if sign.isascii() and sign.isprintable())
    agent = f"Notjustyou/{release}" + (f" (+{reachable})" if reachable else "")
    return httpx.AsyncClient(
        verify=trusted,
        headers={"User-Agent": agent, "Accept-Encoding": "gzip"},
        cookies=CookieJar(policy=DefaultCookiePolicy(allowed_domains=[])),
        timeout=httpx.Timeout(None),
        limits=httpx.Limits(max_connections=64, max_keepalive_connections=16, keepalive_expiry=90),
    )


def retry_after(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """When the other side wants to be asked again (aware UTC), from either notation; bounded to an hour from `now`."""
    said = headers.get("retry-after", headers.get("Retry-After", "")).strip()
    if said.isascii() and said.isdecimal():
        wait = timedelta(seconds=min(int(said[:9]), LONGEST_RETRY_AFTER.total_seconds()))
        return now + wait
    try:
        at = parsedate_to_datetime(said)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return min(max(at.astimezone(UTC), now), now + LONGEST_RETRY_AFTER)


def _address(url: str) -> httpx.URL:
    try:
        address = httpx.URL(url)
    except (httpx.InvalidURL, UnicodeError) as error:
        raise FetchError(Trouble.PROTOCOL, "the address can't be read") from error
    if address.scheme not in {"http", "https"} or not address.host:
        raise FetchError(Trouble.PROTOCOL, "the address is not http or https")
    return address


def _target(page: Page, url: httpx.URL) -> httpx.URL | None:
    """Where `page` redirects; None when it is an answer of its own."""
    location = page.headers.get("location")
    if page.status not in _REDIRECTS or not location:
        return None
    try:
        return url.join(location)
    except (httpx.InvalidURL, UnicodeError):
        return httpx.URL("invalid://")


def _may_follow(asked: _Request, target: httpx.URL) -> bool:
    if _origin(target) == _origin(asked.url):
        return True
    same_owner = registrable(target.host) == registrable(asked.url.host)
    return target.scheme == "https" and (same_owner or target.host.lower() in asked.hosts)


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host.lower(), url.port
