"""Microsoft's identity services on loopback: keys that sign what we receive, and the issuer of what we send with.

`roll()` adds a key and signs with it; `drop(kid)` takes one out of the published set.
"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from bot.clock import Clock, MachineClock
from tests import secrets_known
from tests.replicas.base import Replica

APP_ID = "00000000-0000-4000-8000-00000000b07e"
APP_SECRET = "a-secret-that-is-never-shown"  # noqa: S105 - of a replica
TENANT = "11111111-1111-4111-8111-111111111111"
SECOND_APP = "00000000-0000-4000-8000-00000000f00d"  # registered in another directory
SECOND_SECRET = "another-secret-that-is-never-shown"  # noqa: S105 - of a replica
SECOND_TENANT = "99999999-9999-4999-8999-999999999999"
ISSUER = "https://api.botframework.com"
secrets_known.always(APP_SECRET, SECOND_SECRET)


@cache
def _private_key(number: int) -> rsa.RSAPrivateKey:
    """Made once per test run: it takes a tenth of a second."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


class Identity(Replica):
    """The replica."""

    def __init__(self, clock: Clock | None = None) -> None:
        """`clock`: by which tokens begin and end."""
        super().__init__()
        clock = clock or MachineClock()
        self.key_fetches = 0
        self.token_asks: list[dict[str, str]] = []
        self.refuses: tuple[int, Mapping[str, Any]] | None = None  # what the token endpoint answers instead
        self.knows_ids = False  # whether a wrong tenant or app is told apart from a wrong secret, as Microsoft does
        self.bot_service = ISSUER  # whose tokens these are: another one in another cloud
        self.keys_refuse: int | None = None  # the status with which the key endpoints fail
        self.lives = 3599  # seconds of an issued token
        self.slow: asyncio.Event | None = None  # when set to an event, tokens wait for it
        self.at_work = asyncio.Event()  # a token waits for `slow`
        self.issued: list[str] = []
        self.issued_to: dict[str, list[str]] = {APP_ID: [], SECOND_APP: []}  # by app
        self.secrets = {APP_ID: APP_SECRET, SECOND_APP: SECOND_SECRET}  # what each app proves itself with now
        self._now = lambda: clock.now().timestamp()
        self._published: dict[str, dict[str, Any]] = {}
        self._made = 0
        self._kid = ""
        self.roll()

    @property
    def metadata_url(self) -> str:
        """Where the bot looks for signing keys."""
        return f"{self.url}/v1/.well-known/openidconfiguration"

    @property
    def login_url(self) -> str:
        """Where the bot asks for its own token."""
        return self.url

    def roll(self, endorsements: Sequence[str] | None = ("msteams",)) -> str:
        """Publish a new key, sign with it from now on, and say its name.  The older ones stay published."""
        self._made += 1
        self._kid = f"key-{self._made}"
        said = RSAAlgorithm.to_jwk(_private_key(self._made).public_key(), as_dict=True)
        said |= {"kid": self._kid, "x5t": self._kid, "use": "sig"}
        self._published[self._kid] = said if endorsements is None else said | {"endorsements": list(endorsements)}
        return self._kid

    def drop(self, kid: str) -> None:
        """Take a key out of the published set."""
        del self._published[kid]

    def claims(self, service_url: str, **changed: object) -> dict[str, Any]:
        """What a genuine token says; a change to None leaves that claim out."""
        now = int(self._now())
        said = {
            "iss": self.bot_service,
            "aud": APP_ID,
            "serviceurl": service_url,
            "nbf": now - 60,
            "exp": now + 3600,
        } | changed
        return {name: value for name, value in said.items() if value is not None}

    def token(self, service_url: str, *, kid: str | None = "", signed_by: int | None = None, **changed: object) -> str:
        """A token as the bot service would send it, with some claims changed, or badly signed or named."""
        named = self._kid if kid == "" else kid
        headers: dict[str, Any] = {"typ": "JWT"} | ({"kid": named, "x5t": named} if named is not None else {})
        key = _private_key(signed_by or int(self._kid.rpartition("-")[2]))
        token = jwt.encode(self.claims(service_url, **changed), key, "RS256", headers=headers)
        secrets_known.learn(token.rpartition(".")[2])  # what comes before its signature may be had of anybody
        return token

    def routes(self) -> list[web.RouteDef]:
        """Keys, tokens by secret, and tokens by the place that we run in."""
        return [
            web.get("/v1/.well-known/openidconfiguration", self._metadata),
            web.get("/v1/.well-known/keys", self._keys),
            web.post("/{tenant}/oauth2/v2.0/token", self._issue),
            web.get("/metadata/identity/oauth2/token", self._machine),
            web.get("/msi/token", self._app_service),
        ]

    async def _metadata(self, _request: web.Request) -> web.Response:
        self.key_fetches += 1
        if self.keys_refuse is not None:
            return web.Response(status=self.keys_refuse, text="<html>not now</html>")
        return web.json_response(
            {
                "issuer": ISSUER,
                "jwks_uri": f"{self.url}/v1/.well-known/keys",
                "id_token_signing_alg_values_supported": ["RS256"],
            }
        )

    async def _keys(self, _request: web.Request) -> web.Response:
        return web.json_response({"keys": list(self._published.values())})

    async def _issue(self, request: web.Request) -> web.Response:
        form = {key: str(value) for key, value in (await request.post()).items()}
        self.token_asks.append(form | {"tenant": request.match_info["tenant"]})
        app = form.get("client_id", "")
        if self.knows_ids and request.match_info["tenant"] != TENANT:
            return _unknown("AADSTS90002: Tenant not found.")
        if self.knows_ids and app not in self.secrets:
            return _unknown("AADSTS700016: Application was not found in the directory.")
        if self.secrets.get(app) != form.get("client_secret"):
            said = "AADSTS7000215: Invalid client secret provided."
            return web.json_response({"error": "invalid_client", "error_description": said}, status=401)
        before = len(self.issued)
        given = await self._give({"token_type": "Bearer", "expires_in": self.lives, "ext_expires_in": self.lives})
        self.issued_to[app] += self.issued[before:]
        return given

    async def _machine(self, request: web.Request) -> web.Response:
        self.token_asks.append(dict(request.query))
        if request.headers.get("Metadata") != "true":
            return web.json_response({"error": "bad_request"}, status=400)
        ends = {"expires_in": str(self.lives), "expires_on": str(int(self._now()) + self.lives)}
        return await self._give(ends | {"token_type": "Bearer", "resource": ISSUER})

    async def _app_service(self, request: web.Request) -> web.Response:
        self.token_asks.append(dict(request.query) | {"header": request.headers.get("X-IDENTITY-HEADER", "")})
        return await self._give({"expires_on": str(int(self._now()) + self.lives), "token_type": "Bearer"})

    async def _give(self, about: Mapping[str, Any]) -> web.Response:
        if self.slow is not None:
            self.at_work.set()
            await self.slow.wait()
        if self.refuses is not None:
            return web.Response(
                status=self.refuses[0], text=json.dumps(self.refuses[1]), content_type="application/json"
            )
        self.issued.append(f"own-token-{len(self.issued) + 1}")
        secrets_known.learn(self.issued[-1])
        return web.json_response({**about, "access_token": self.issued[-1]})


def _unknown(said: str) -> web.Response:
    return web.json_response({"error": "invalid_request", "error_description": said}, status=400)
