"""The public keys with which Microsoft's bot service signs what it sends us, and what each key may vouch for.

Kept for a day.  A token with an unknown key makes us look again, but at most once a minute, so that forged tokens can't
make us call out.  While the keys can't be fetched the ones that we have go on being used.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import Any

import aiohttp
import jwt
import structlog
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from bot.clock import Clock
from bot.transports.teams.hosts import is_https_or_loopback
from bot.transports.teams.session import read_answer

MICROSOFT_METADATA = "https://login.botframework.com/v1/.well-known/openidconfiguration"
KEPT_FOR = timedelta(hours=24)
ASK_AGAIN_AFTER = timedelta(seconds=60)
FETCH_TIMEOUT_S = 5.0
SMALLEST_KEY_BITS = 2048

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """One public key and the channels it may speak for."""

    kid: str
    public: RSAPublicKey
    endorsements: frozenset[str]


class KeysError(Exception):
    """The key set could not be fetched or read.  The text names the address and what came instead."""


class SigningKeys:
    """The present key set, fetched when it is needed."""

    def __init__(self, session: aiohttp.ClientSession, clock: Clock, metadata_url: str = MICROSOFT_METADATA) -> None:
        """`metadata_url` must be https or loopback."""
        if not is_https_or_loopback(metadata_url):
            raise KeysError(f"{metadata_url}: the address of signing keys must be https or on this machine")
        self._session = session
        self._clock = clock
        self._metadata_url = metadata_url
        self._keys: dict[str, SigningKey] = {}
        self._tried_at: float | None = None
        self._fetched_at: float | None = None
        self._one_fetch = asyncio.Lock()

    def holds(self, key: SigningKey) -> bool:
        """Whether `key` is still in the set: what it signed is worth nothing after it left."""
        return self._keys.get(key.kid) is key

    async def find(self, kid: str) -> SigningKey | None:
        """The key of that name, looked for again when it is unknown or the set is a day old."""
        if self._is_due(kid) or (kid not in self._keys and self._one_fetch.locked()):
            async with self._one_fetch:
                if self._is_due(kid):  # others may have waited for the same fetch
                    await self._refresh()
        return self._keys.get(kid)

    async def refresh(self) -> None:
        """Fetch the key set now; raises KeysError.  For an operator's check."""
        async with self._one_fetch:
            await self._fetch()

    def _is_due(self, kid: str) -> bool:
        now = self._clock.monotonic()
        if self._tried_at is not None and now - self._tried_at < ASK_AGAIN_AFTER.total_seconds():
            return False
        is_old = self._fetched_at is None or now - self._fetched_at >= KEPT_FOR.total_seconds()
        return is_old or kid not in self._keys

    async def _refresh(self) -> None:
        try:
            await self._fetch()
        except KeysError as error:
            log.warning("signing keys could not be fetched", reason=str(error), kept=len(self._keys))

    async def _fetch(self) -> None:
        self._tried_at = self._clock.monotonic()
        metadata = await self._ask(self._metadata_url)
        keys_url = metadata.get("jwks_uri")
        if not isinstance(keys_url, str) or not is_https_or_loopback(keys_url):
            raise KeysError(f"{self._metadata_url}: wanted an https jwks_uri, found {keys_url!r}")
        listed = (await self._ask(keys_url)).get("keys")
        fresh = {key.kid: key for item in listed if (key := _read_key(item))} if isinstance(listed, list) else {}
        if not fresh:
            raise KeysError(f"{keys_url}: no usable key in the answer")
        self._keys = {kid: self._same_or_new(key) for kid, key in fresh.items()}
        self._fetched_at = self._tried_at

    def _same_or_new(self, key: SigningKey) -> SigningKey:
        known = self._keys.get(key.kid)
        if known is None or known.endorsements != key.endorsements:
            return key
        return known if known.public.public_numbers() == key.public.public_numbers() else key

    async def _ask(self, url: str) -> Mapping[str, Any]:
        timeout = aiohttp.ClientTimeout(total=FETCH_TIMEOUT_S)
        try:
            async with self._session.get(url, allow_redirects=False, timeout=timeout) as response:
                answer = await read_answer(response)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise KeysError(f"{url}: {type(error).__name__}") from error
        if answer.status != HTTPStatus.OK:
            raise KeysError(f"{url}: wanted 200, got {answer.status}")
        return answer.as_object()


def _read_key(item: object) -> SigningKey | None:
    """A key that can verify RS256, or None: one strange entry must not cost us the others."""
    if not isinstance(item, dict) or not isinstance(item.get("kid"), str):
        return None
    try:
        public = jwt.PyJWK(item, algorithm="RS256").key
    except (jwt.PyJWTError, ValueError, TypeError):
        return None
    if not isinstance(public, RSAPublicKey) or public.key_size < SMALLEST_KEY_BITS:
        return None
    said = item.get("endorsements")
    endorsements = frozenset(name for name in said if isinstance(name, str)) if isinstance(said, list) else frozenset()
    return SigningKey(kid=item["kid"], public=public, endorsements=endorsements)
