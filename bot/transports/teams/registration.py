"""Our app as Microsoft knows it: who we are, and where we prove it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import aiohttp

from bot.clock import Clock
from bot.transports.teams.keys import MICROSOFT_METADATA
from bot.transports.teams.limits import Allowance
from bot.transports.teams.refusals import what_to_do
from bot.transports.teams.tokens import MICROSOFT_LOGIN, RESOURCE, ClientCredentials, ManagedIdentity, OwnToken


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """One app.  Without an app id we speak with programs on this machine only."""

    name: str = ""  # of its table in the settings file; empty: made of the variables
    app_id: str | None = None
    secret: Callable[[], str] | None = field(default=None, repr=False)  # as it stands now; None: a managed identity
    tenant: str = ""  # the directory that it serves; empty: any
    login_url: str = MICROSOFT_LOGIN
    metadata_url: str = MICROSOFT_METADATA
    bot_service: str = RESOURCE  # who signs what we are sent, and for whom our token is
    service_hosts: frozenset[str] = frozenset()  # exact names, beside Microsoft's own
    identity_endpoint: str | None = None  # where a managed identity is asked for, when not the machine's metadata
    identity_header: str | None = field(default=None, repr=False)
    allowance: Allowance = field(default_factory=Allowance)  # how fast that app may speak


def own_token(
    registration: Registration, session: aiohttp.ClientSession, clock: Clock, *, audience: str | None = None
) -> OwnToken | None:
    """The token with which that app speaks to `audience`, or else to the bot service; None without an app id."""
    if registration.app_id is None:
        return None
    audience = audience or registration.bot_service
    if registration.secret is None:
        identity = ManagedIdentity(
            session=session,
            app_id=registration.app_id,
            endpoint=registration.identity_endpoint,
            header=registration.identity_header,
            resource=audience,
        )
        return OwnToken(identity, clock, do=partial(what_to_do, tenant=registration.name))
    credentials = ClientCredentials(
        session=session,
        login_url=registration.login_url,
        tenant=registration.tenant,
        app_id=registration.app_id,
        secret=registration.secret,
        scope=f"{audience}/.default",
    )
    return OwnToken(credentials, clock, do=partial(what_to_do, tenant=registration.name))
