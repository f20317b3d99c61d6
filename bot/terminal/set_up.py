"""`check teams` and `check graph`: every step of a set-up, whether it is done, and what to do when it is not.

A step that rests on one that failed is not tried: it would only say the same in worse words.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.assembly import registration_of
from bot.clock import MachineClock
from bot.http import Fetcher, FetchError
from bot.settings import Settings
from bot.sources.graph_token import GraphToken
from bot.sources.source import SourceError, SourceSetup
from bot.transports.teams.keys import KeysError, SigningKeys
from bot.transports.teams.registration import Registration, own_token
from bot.transports.teams.session import open_session
from bot.transports.teams.tokens import TokenError

GRAPH = "https://graph.microsoft.com"
REACH = "let this machine reach that address over https; behind a proxy set HTTPS_PROXY, and NOTJUSTYOU_CA_FILE"
GRANT = "give the app the application permission ServiceHealth.Read.All in Entra and let an administrator consent"
BY_CODE: Mapping[str, str] = {  # what the sign-in service says -> what mends it
    "AADSTS7000215": "make a new client secret and put its value (not its id) into NOTJUSTYOU_APP_SECRET",
    "AADSTS7000222": "the secret has expired: make a new one and put it into NOTJUSTYOU_APP_SECRET",
    "AADSTS700016": "look whether NOTJUSTYOU_APP_ID and NOTJUSTYOU_TENANT_ID belong together",
    "AADSTS90002": "look at NOTJUSTYOU_TENANT_ID: there is no such directory",
}
LOOK = "look at NOTJUSTYOU_APP_ID, NOTJUSTYOU_APP_SECRET and NOTJUSTYOU_TENANT_ID"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that must be right."""

    name: str
    ok: bool
    says: str
    do: str = ""  # empty when nothing is to be done


async def teams_steps(settings: Settings, clock: MachineClock) -> tuple[Step, ...]:
    """The settings, the keys that prove Microsoft to us, the token that proves us to Microsoft."""
    registration = registration_of(settings)
    if registration.app_id is None:
        do = "register a bot and set NOTJUSTYOU_APP_ID, NOTJUSTYOU_APP_SECRET and NOTJUSTYOU_TENANT_ID"
        says = "no app id is set: only programs on this machine can speak to the bot"
        return (Step(name="settings", ok=False, says=says, do=do),)
    kind = "a client secret" if registration.secret is not None else "a managed identity"
    given = Step(name="settings", ok=True, says=f"app {registration.app_id} with {kind}")
    ca_file = str(settings.ca_file) if settings.ca_file else None
    async with open_session(ca_file=ca_file) as session:
        keys = await _keys_step(SigningKeys(session, clock, registration.metadata_url), registration)
        token = own_token(registration, session, clock)
        assert token is not None  # noqa: S101 - there is an app id
        try:
            await token.current()
        except TokenError as error:
            do = BY_CODE.get(error.code or "", LOOK if error.code else REACH)
            return (given, keys, Step(name="own token", ok=False, says=str(error), do=do))
    return (given, keys, Step(name="own token", ok=True, says="the sign-in service gave one"))


async def _keys_step(keys: SigningKeys, registration: Registration) -> Step:
    try:
        await keys.refresh()
    except KeysError as error:
        return Step(name="signing keys", ok=False, says=str(error), do=REACH)
    return Step(name="signing keys", ok=True, says=f"read from {registration.metadata_url}")


async def graph_steps(
    setup: SourceSetup, fetcher: Fetcher, clock: MachineClock, *, trouble: str, to_switch_on: str
) -> tuple[Step, ...]:
    """The settings, the token, the permission.

    `trouble`: what came of reading it just now, or why it was not read; empty when it was.
    """
    missing = [name for name in ("tenant_id", "app_id") if not setup.extra.get(name)]
    if not (setup.token or setup.extra.get("app_secret")):
        missing.append("app_secret")
    if missing:
        named = ", ".join(f"NOTJUSTYOU_{name.upper()}" for name in missing)
        return (Step(name="settings", ok=False, says=f"not set: {named}", do=f"set {named}"),)
    given = Step(name="settings", ok=True, says="tenant, app and secret are set")
    try:
        await GraphToken(setup.url or GRAPH, setup.extra, setup.token).renew(fetcher, clock.now())
    except SourceError as error:
        do = next((do for code, do in BY_CODE.items() if code in error.reason), LOOK)
        return (given, Step(name="token", ok=False, says=error.reason, do=do))
    except FetchError as error:
        return (given, Step(name="token", ok=False, says=error.said, do=REACH))
    token = Step(name="token", ok=True, says="the sign-in service gave one")
    if not trouble:
        return (given, token, Step(name="service health", ok=True, says="Graph showed it"))
    do = to_switch_on or (GRANT if "permission" in trouble else REACH)
    return (given, token, Step(name="service health", ok=False, says=trouble, do=do))
