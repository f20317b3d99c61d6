"""Who sent this activity?  The check of the token that comes with every request from Microsoft's bot service.

The signature is verified once per token; what belongs to the single message (its service URL, its channel) every time.
Nothing switches the check off.  It refuses with a reason and knows nothing of what the activity says.
"""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from hashlib import sha256
from http import HTTPStatus
from typing import Any

import jwt
from jwt.types import Options

from bot.clock import Clock
from bot.transports.teams.keys import SigningKey, SigningKeys

ISSUER = "https://api.botframework.com"
LEEWAY_S = timedelta(minutes=5).total_seconds()  # clock skew; vendor's page on connector authentication
TOKENS_KEPT = 4096
LONGEST_TOKEN = 8192
_PARTS = 2  # "Bearer" and the token


class Refusal(StrEnum):
    """Why a request was not believed."""

    NO_TOKEN = "no_token"  # noqa: S105 - a reason, not a secret
    MALFORMED = "malformed"
    WRONG_ALGORITHM = "wrong_algorithm"
    UNKNOWN_KEY = "unknown_key"
    BAD_SIGNATURE = "bad_signature"
    WRONG_ISSUER = "wrong_issuer"
    WRONG_AUDIENCE = "wrong_audience"
    MISSING_CLAIM = "missing_claim"
    EXPIRED = "expired"
    NOT_YET = "not_yet"
    OTHER_SERVICE_URL = "other_service_url"
    NOT_ENDORSED = "not_endorsed"
    HOST_NOT_ALLOWED = "host_not_allowed"

    @property
    def status(self) -> HTTPStatus:
        """401: not who it says it is.  403: genuine, but not allowed to say this."""
        genuine = self in (Refusal.NOT_ENDORSED, Refusal.HOST_NOT_ALLOWED)
        return HTTPStatus.FORBIDDEN if genuine else HTTPStatus.UNAUTHORIZED


@dataclass(frozen=True, slots=True, kw_only=True)
class _Token:
    """What a verified token says."""

    key: SigningKey
    service_url: object
    not_before: float  # seconds since 1970
    expires: float


class TokenCheck:
    """Believes what the bot service signed for this app, and nobody else."""

    def __init__(self, app_id: str, keys: SigningKeys, clock: Clock, *, issuer: str = ISSUER) -> None:
        """`app_id` is the audience that every token must name."""
        self._app_id = app_id
        self._keys = keys
        self._clock = clock
        self._issuer = issuer
        self._verified: OrderedDict[bytes, _Token] = OrderedDict()  # by hash: a dump of memory holds no tokens

    async def refuse(self, authorization: str | None, *, service_url: str, channel: str) -> Refusal | None:
        """None when the request is genuine, else why it is not."""
        raw = _bearer(authorization)
        if isinstance(raw, Refusal):
            return raw
        digest = sha256(raw.encode()).digest()
        token = self._verified.get(digest)
        if token is not None and (await self._keys.find(token.key.kid)) is not token.key:
            del self._verified[digest]  # its key left the set
            token = None
        if token is None:
            verified = await self._verify(raw)
            if isinstance(verified, Refusal):
                return verified
            token = self._keep(digest, verified)
        return self._refuse_use(token, service_url=service_url, channel=channel)

    def _refuse_use(self, token: _Token, *, service_url: str, channel: str) -> Refusal | None:
        """The part that is looked at for every message, whether or not the token was seen before."""
        now = self._clock.now().timestamp()
        if token.expires + LEEWAY_S <= now:
            return Refusal.EXPIRED
        if token.not_before - LEEWAY_S > now:
            return Refusal.NOT_YET
        if token.service_url != service_url:
            return Refusal.OTHER_SERVICE_URL
        if channel not in token.key.endorsements:
            return Refusal.NOT_ENDORSED
        return None

    async def _verify(self, raw: str) -> _Token | Refusal:
        try:
            header = jwt.get_unverified_header(raw)
        except jwt.PyJWTError:
            return Refusal.MALFORMED
        kid = header.get("kid")
        if header.get("alg") != "RS256":
            return Refusal.WRONG_ALGORITHM
        key = await self._keys.find(kid) if isinstance(kid, str) else None
        if key is None:
            return Refusal.UNKNOWN_KEY
        claims = self._claims(raw, key)
        return claims if isinstance(claims, Refusal) else _read(claims, key)

    def _claims(self, raw: str, key: SigningKey) -> dict[str, Any] | Refusal:
        # Times are compared in _refuse_use with the clock that was handed in; the library asks the machine's.
        try:
            return jwt.decode(
                raw, key.public, algorithms=["RS256"], audience=self._app_id, issuer=self._issuer, options=_DECODING
            )
        except jwt.PyJWTError as error:
            return next((said for kind, said in _REFUSALS.items() if isinstance(error, kind)), Refusal.MALFORMED)

    def _keep(self, digest: bytes, token: _Token) -> _Token:
        if len(self._verified) >= TOKENS_KEPT:
            self._verified.popitem(last=False)
        self._verified[digest] = token
        return token


_DECODING: Options = {"require": ["exp", "iss", "aud"], "verify_exp": False, "verify_nbf": False, "verify_iat": False}
_REFUSALS: dict[type[jwt.PyJWTError], Refusal] = {
    jwt.InvalidSignatureError: Refusal.BAD_SIGNATURE,
    jwt.InvalidIssuerError: Refusal.WRONG_ISSUER,
    jwt.InvalidAudienceError: Refusal.WRONG_AUDIENCE,
    jwt.MissingRequiredClaimError: Refusal.MISSING_CLAIM,
}


def _bearer(authorization: str | None) -> str | Refusal:
    if not authorization:
        return Refusal.NO_TOKEN
    parts = authorization.split(" ")
    if len(parts) != _PARTS or parts[0].lower() != "bearer":
        return Refusal.MALFORMED
    return parts[1] if parts[1].isascii() and len(parts[1]) <= LONGEST_TOKEN else Refusal.MALFORMED


def _read(claims: dict[str, Any], key: SigningKey) -> _Token | Refusal:
    expires, not_before = claims["exp"], claims.get("nbf", 0)
    if not (_is_moment(expires) and _is_moment(not_before)):
        return Refusal.MALFORMED
    return _Token(key=key, service_url=claims.get("serviceurl"), not_before=not_before, expires=expires)


def _is_moment(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
