"""`check graph`: from the settings to the permission, with a bad secret, a missing consent, another cloud and a missing
licence told apart.
"""

import base64
import re
from collections.abc import Mapping
from urllib.parse import urlsplit

import msgspec

from bot.http import FetchError, Page
from bot.sources.graph import PATH
from bot.sources.graph_token import GraphToken
from bot.sources.source import SourceError, SourceSetup
from bot.terminal.set_up.step import REACH, Step, Tools, done, to_do
from bot.terminal.set_up.tokens import refused_step

GRAPH = "https://graph.microsoft.com"
SETTINGS, CLOUD, TOKEN, HEALTH, PLANS = "settings", "cloud", "token", "service health", "planned work"
READ_HEALTH, READ_PLANS = "ServiceHealth.Read.All", "ServiceMessage.Read.All"
PERMISSIONS = "Entra admin centre (entra.microsoft.com), App registrations, your app, API permissions"
ADD = f"{PERMISSIONS}: Add a permission, Microsoft Graph, Application permissions, {{name}}; then Grant admin consent"
CONSENT = f"{PERMISSIONS}: {{name}} as an Application permission (not Delegated), then Grant admin consent"
CLOUDS: Mapping[str, str] = {  # host of Graph -> host of the sign-in service (Microsoft's page on national clouds)
    "graph.microsoft.com": "login.microsoftonline.com",
    "graph.microsoft.us": "login.microsoftonline.us",
    "dod-graph.microsoft.us": "login.microsoftonline.us",
    "microsoftgraph.chinacloudapi.cn": "login.partner.microsoftonline.cn",
}
_ALIASES = {"login.chinacloudapi.cn": "login.partner.microsoftonline.cn"}
_CODE = re.compile(r"AADSTS\d{1,12}")
_LICENCE = re.compile(r"licen[cs]e|subscription|not provisioned", re.IGNORECASE)
_OK, _UNAUTHORIZED, _FORBIDDEN = 200, 401, 403
_PARTS = 3  # of a JSON web token


async def graph_steps(setup: SourceSetup, tools: Tools, *, to_switch_on: str = "") -> tuple[Step, ...]:
    """Every step in order.  `to_switch_on`: why the source is not asked although it is set up; empty when it is."""
    missing = [name for name in ("tenant_id", "app_id") if not setup.extra.get(name)]
    if not (setup.token or setup.extra.get("app_secret")):
        missing.append("app_secret")
    if missing:
        named = ", ".join(f"NOTJUSTYOU_{name.upper()}" for name in missing)
        return (to_do(SETTINGS, f"not set: {named}", f"set {named}"),)
    given = done(SETTINGS, "tenant, app and secret are set")
    cloud = _cloud(setup)
    if not cloud.ok:
        return (given, cloud)
    token = await _token(setup, tools)
    if isinstance(token, Step):
        return (given, cloud, token)
    got = done(TOKEN, "the sign-in service gave one")
    switched = (to_do("switched on", "this source is not asked", to_switch_on),) if to_switch_on else ()
    return (given, cloud, got, *await _permissions(setup, tools, token), *switched)


def _cloud(setup: SourceSetup) -> Step:
    """A token of one cloud is worthless in another."""
    graph = urlsplit(setup.url or GRAPH).hostname or ""
    login = urlsplit(setup.extra.get("login_url", "")).hostname or CLOUDS["graph.microsoft.com"]
    login = _ALIASES.get(login, login)
    wanted = CLOUDS.get(graph)
    if wanted is None or login == wanted or login not in CLOUDS.values():
        return done(CLOUD, graph)  # a stand-in has no cloud
    says = f"NOTJUSTYOU_GRAPH_URL is {graph}, NOTJUSTYOU_LOGIN_URL {login}: those are two clouds"
    return to_do(CLOUD, says, f"set NOTJUSTYOU_CLOUD, or NOTJUSTYOU_LOGIN_URL=https://{wanted}")


async def _token(setup: SourceSetup, tools: Tools) -> str | Step:
    try:
        asked = GraphToken(setup.url or GRAPH, setup.extra, setup.token, fresh=setup.secret)
        return await asked.renew(tools.fetcher, tools.clock.now())
    except SourceError as error:
        code = _CODE.search(error.reason)
        return refused_step(TOKEN, code.group() if code else None, error.reason, status=error.http_status)
    except FetchError as error:
        return to_do(TOKEN, error.said, REACH)


async def _permissions(setup: SourceSetup, tools: Tools, token: str) -> tuple[Step, ...]:
    roles = _roles(token)
    health = await _asked(setup, tools, token, "healthOverviews")
    if isinstance(health, FetchError):
        return (to_do(HEALTH, health.said, REACH),)
    if health.status != _OK:
        return (_refused(HEALTH, READ_HEALTH, health, roles),)
    if not _has_teams(health):
        says = "Graph answers, but this tenant has no Microsoft Teams: no licence for it"
        do = "Microsoft 365 admin centre, Billing, Licenses: a plan with Teams; or use the tenant that has it"
        return (to_do(HEALTH, says, do),)
    plans = await _asked(setup, tools, token, "messages?$top=1")
    granted = not isinstance(plans, FetchError) and plans.status == _OK
    if granted:
        return (done(HEALTH, "Graph showed it"), done(PLANS, "Graph showed it"))
    says = "not granted: planned work is not seen"
    return (done(HEALTH, "Graph showed it"), done(PLANS, says, "optional: " + ADD.format(name=READ_PLANS)))


def _refused(name: str, permission: str, page: Page, roles: frozenset[str] | None) -> Step:
    """Why Graph did not show it."""
    code, message = _error(page)
    told = f"{page.status} {code}".strip()
    if _LICENCE.search(f"{code} {message}"):
        do = "Microsoft 365 admin centre, Billing, Licenses: a plan with Microsoft 365 services for this tenant"
        return to_do(name, f"{told}: this tenant has no licence for it", do)
    if page.status == _FORBIDDEN:
        if roles is not None and permission in roles:
            do = "wait an hour after consenting and run this again; it is Microsoft's side that refuses"
            return to_do(name, f"{told}: refused although {permission} is granted", do)
        if roles:
            return to_do(name, f"{told}: the app has {', '.join(sorted(roles))}", ADD.format(name=permission))
        return to_do(name, f"{told}: permission or an admin's consent is missing", CONSENT.format(name=permission))
    if page.status == _UNAUTHORIZED:
        do = "set NOTJUSTYOU_CLOUD, and neither NOTJUSTYOU_GRAPH_URL nor NOTJUSTYOU_LOGIN_URL"
        return to_do(name, f"{told}: Graph does not accept a token that was given just now: another cloud's", do)
    return to_do(name, f"{told}: Graph is down or busy", "wait and run this again")


async def _asked(setup: SourceSetup, tools: Tools, token: str, what: str) -> Page | FetchError:
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
    url = f"{(setup.url or GRAPH).rstrip('/')}{PATH}/{what}"
    try:
        return await tools.fetcher.get(what.partition("?")[0], url, headers=headers)
    except FetchError as error:
        return error


def _roles(token: str) -> frozenset[str] | None:
    """The permissions that a token names; None when it can't be read, which its issuer is free to make so.

    Read for a hint to a person only, never to decide what to do.
    """
    parts = token.split(".")
    if len(parts) != _PARTS:
        return None
    try:
        said = msgspec.json.decode(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (ValueError, msgspec.MsgspecError, RecursionError):
        return None
    roles = said.get("roles", []) if isinstance(said, dict) else None
    return frozenset(map(str, roles)) if isinstance(roles, list) else None


def _has_teams(page: Page) -> bool:
    said = _object(page)
    rows = said.get("value")
    listed = rows if isinstance(rows, list) else []
    return any(isinstance(row, dict) and str(row.get("id", "")).lower() == "microsoftteams" for row in listed)


def _error(page: Page) -> tuple[str, str]:
    error = _object(page).get("error")
    if not isinstance(error, dict):
        return "", ""
    return str(error.get("code", ""))[:60], str(error.get("message", ""))


def _object(page: Page) -> Mapping[str, object]:
    try:
        said = msgspec.json.decode(page.body)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}
