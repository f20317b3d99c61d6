"""Whether the sign-in service believes the app, and if not, why: told apart by its AADSTS code."""

from collections.abc import Mapping
from http import HTTPStatus

import aiohttp

from bot.terminal.set_up.ids import OVERVIEW, SECRETS
from bot.terminal.set_up.step import REACH, Step, Tools, done, to_do
from bot.transports.teams.keys import KeysError, SigningKeys
from bot.transports.teams.registration import Registration, own_token
from bot.transports.teams.session import open_session
from bot.transports.teams.tokens import MACHINE_METADATA, TokenError

KEYS, TOKEN = "signing keys", "own token"
BY_CODE: Mapping[str, tuple[str, str]] = {  # what the sign-in service says -> what it means, where to click
    "AADSTS7000215": (
        "the client secret is wrong",
        f"{SECRETS}: New client secret, put its Value (not its Secret ID) into NOTJUSTYOU_APP_SECRET",
    ),
    "AADSTS7000222": (
        "the client secret has expired",
        f"{SECRETS}: New client secret, put its Value into NOTJUSTYOU_APP_SECRET, delete the old one",
    ),
    "AADSTS700016": (
        "this app is not in this tenant: another tenant's, deleted, or the two ids are swapped",
        f"compare NOTJUSTYOU_APP_ID and NOTJUSTYOU_TENANT_ID with {OVERVIEW}",
    ),
    "AADSTS90002": (
        "there is no such tenant: mistyped, another cloud's, or the two ids are swapped",
        f"copy the Directory (tenant) ID from {OVERVIEW} into NOTJUSTYOU_TENANT_ID, or set NOTJUSTYOU_CLOUD",
    ),
    "AADSTS900023": (
        "the tenant id is neither an id nor a domain",
        f"copy the Directory (tenant) ID from {OVERVIEW} into NOTJUSTYOU_TENANT_ID",
    ),
    "AADSTS7000229": (
        "the app has no service principal in this tenant",
        "Entra admin centre, Enterprise applications: create it, or register the app in this tenant",
    ),
    "AADSTS7000112": (
        "the app is switched off in this tenant",
        "Entra admin centre, Enterprise applications, your app, Properties: Enabled for users to sign in: Yes",
    ),
    "AADSTS50034": ("the app is blocked", "Entra admin centre, Enterprise applications, your app, Properties"),
    "AADSTS53003": (
        "a rule of conditional access blocks the app",
        "Entra admin centre, Protection, Conditional Access: leave this app (workload identity) out",
    ),
    "AADSTS530031": (
        "a rule of conditional access blocks the app",
        "Entra admin centre, Protection, Conditional Access: leave this app (workload identity) out",
    ),
}
PASSING = frozenset({"AADSTS90033", "AADSTS50196", "AADSTS90055"})
WAIT = "wait and run this again: answers go on while an older token lasts"
LOOK = "compare NOTJUSTYOU_APP_ID, NOTJUSTYOU_APP_SECRET and NOTJUSTYOU_TENANT_ID with " + OVERVIEW
IDENTITY = (
    "Azure portal, the machine or app service, Identity, User assigned: add the identity whose Client ID is "
    "NOTJUSTYOU_APP_ID; outside Azure use a single-tenant app with a secret"
)


async def token_steps(registered: Registration, tools: Tools) -> tuple[Step, ...]:
    """The keys that prove Microsoft to us, the token that proves us to Microsoft."""
    ca_file = str(tools.ca_file) if tools.ca_file else None
    async with open_session(ca_file=ca_file) as session:
        keys = SigningKeys(session, tools.clock, registered.metadata_url)
        return (await _keys(keys, registered), await _token(registered, session, tools))


def refused_step(name: str, code: str | None, said: str, *, status: int | None) -> Step:
    """What the sign-in service's refusal of an app with a secret means."""
    if code is not None and code in BY_CODE:
        means, do = BY_CODE[code]
        return to_do(name, f"{means} ({code})", do)
    busy = status is not None and (status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.TOO_MANY_REQUESTS)
    if busy or code in PASSING:
        return to_do(name, f"the sign-in service is down or busy: {said}", WAIT)
    return to_do(name, said, REACH if status is None else LOOK)


async def _keys(keys: SigningKeys, registered: Registration) -> Step:
    try:
        await keys.refresh()
    except KeysError as error:
        return to_do(KEYS, str(error), REACH)
    return done(KEYS, f"read from {registered.metadata_url}")


async def _token(registered: Registration, session: aiohttp.ClientSession, tools: Tools) -> Step:
    token = own_token(registered, session, tools.clock)
    assert token is not None  # noqa: S101 - there is an app id
    try:
        await token.current()
    except TokenError as error:
        if registered.secret is None:
            return _no_identity(registered, error)
        return refused_step(TOKEN, error.code, str(error), status=error.status)
    return done(TOKEN, "the sign-in service gave one")


def _no_identity(registered: Registration, error: TokenError) -> Step:
    if error.status is None:
        where = registered.identity_endpoint or MACHINE_METADATA
        return to_do(TOKEN, f"no managed identity can be reached here: nothing answers at {where}", IDENTITY)
    if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR or error.status == HTTPStatus.TOO_MANY_REQUESTS:
        return to_do(TOKEN, f"the managed identity does not answer well: {error}", WAIT)
    return to_do(TOKEN, f"this machine does not have that identity: {error}", IDENTITY)
