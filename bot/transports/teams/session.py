"""The one pooled HTTP session on which everything to Teams and to the sign-in service travels.

aiohttp rather than the httpx of the sources: in this path the reply through httpx made a whole turn five times dearer.
"""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.request import getproxies

import aiohttp
import msgspec

EXCHANGE_TIMEOUT_S = 15.0
LARGEST_ANSWER_BYTES = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A whole answer, read up to a bound."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def as_object(self) -> Mapping[str, Any]:
        """The body as a JSON object; empty when it is anything else, since error pages are often HTML."""
        try:
            read = msgspec.json.decode(self.body)
        except (msgspec.DecodeError, RecursionError):
            return {}
        return read if isinstance(read, dict) else {}


def open_session(
    *, ca_file: str | None = None, connections: int = 100, within_s: float = EXCHANGE_TIMEOUT_S
) -> aiohttp.ClientSession:
    """A session that keeps no cookies, trusts the system's certificates and `ca_file`, and follows the proxy variables.

    Proxies are looked up here once: aiohttp's own switch reads files for every request, so it is on only where needed.
    """
    secured = ssl.create_default_context()
    if ca_file:
        secured.load_verify_locations(ca_file)
    return aiohttp.ClientSession(
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=within_s),
        connector=aiohttp.TCPConnector(limit=connections, ssl=secured),
        trust_env=bool({"http", "https", "all"} & getproxies().keys()),
        skip_auto_headers=("User-Agent",),
    )


async def read_answer(response: aiohttp.ClientResponse) -> Answer:
    """The answer with at most LARGEST_ANSWER_BYTES of its body."""
    body = b""
    while len(body) < LARGEST_ANSWER_BYTES and (part := await response.content.read(LARGEST_ANSWER_BYTES - len(body))):
        body += part
    return Answer(status=response.status, headers=response.headers, body=body)
