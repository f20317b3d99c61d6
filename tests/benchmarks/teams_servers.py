"""The bots that are measured, one process each: `python teams_servers.py KIND PORT KEYS_BASE [MODULE:NAME]`.

Ours does the whole job (token check, reading, answer, card); the others echo.  Where a stock bot needs a token of its
own it gets a fixed one, which spares it a call for each message.
"""

# ruff: noqa: PLC0415 - two of the bots live in another environment, where the rest cannot be imported

import asyncio
import contextlib
import gc
import importlib
import logging
import os
import sys

APP_ID = "00000000-0000-4000-8000-00000000b07e"
APP_SECRET = "a-secret-that-is-never-shown"  # noqa: S105 - of the replica
ISSUER = "https://api.botframework.com"


async def ours(port, base, answer="tests.benchmarks.teams_servers:prepared"):
    """Our transport with tokens checked; `answer` names what stands behind it."""
    from dataclasses import replace

    from aiohttp import web

    from bot.clock import MachineClock
    from bot.secret import Secret
    from bot.transports.teams.conversing import Doors
    from bot.transports.teams.limits import Allowance
    from bot.transports.teams.registration import Registration
    from bot.transports.teams.session import open_session
    from bot.transports.teams.transport import TeamsTransport

    async def nothing(*_parts):
        return None

    registration = Registration(app_id=APP_ID, secret=Secret(APP_SECRET), tenant="t", login_url=base)
    registration = replace(registration, metadata_url=f"{base}/v1/.well-known/openidconfiguration")
    registration = replace(registration, allowance=Allowance(per_tenant=20_000))  # the load is far above Teams' limit
    module, _, name = answer.partition(":")
    async with open_session() as session, getattr(importlib.import_module(module), name)() as reply_to:
        doors = Doors(reply_to=reply_to, pressed=nothing, heard=nothing, sent=nothing, notice=lambda key, _: key)
        transport = TeamsTransport(registration, doors, session=session, clock=MachineClock())
        app = web.Application()
        app.add_routes(transport.routes())
        await listen(app, port)
        gc.collect()
        gc.freeze()  # as `serve` does: what was loaded at the start stays, and need not be looked through again
        gc.set_threshold(20_000, 20, 20)
        await transport.run()


@contextlib.asynccontextmanager
async def prepared():
    """An answer that lies ready: a card of a verdict's usual size."""
    from bot.transports.outgoing import Outgoing

    lines = [{"type": "TextBlock", "text": f"Evidence {n}: " + "Teams works. " * 8, "wrap": True} for n in range(30)]
    answer = Outgoing(
        card={"type": "AdaptiveCard", "version": "1.5", "body": lines}, text="fine", summary="fine", row="row-1"
    )

    async def reply_to(_message):
        return answer

    yield reply_to


async def cloud_adapter(port, _base):
    """The stock sample bot, with no app id and so without any check."""
    from aiohttp import web
    from botbuilder.integration.aiohttp import CloudAdapter, ConfigurationBotFrameworkAuthentication

    class Settings:
        APP_ID, APP_PASSWORD, APP_TYPE, APP_TENANTID = "", "", "MultiTenant", ""

    adapter, bot = CloudAdapter(ConfigurationBotFrameworkAuthentication(Settings())), _sdk_echo()

    async def messages(request):
        return await adapter.process(request, bot) or web.Response()

    await serve(messages, port)


async def http_adapter(port, base):
    """The older stock adapter, with tokens checked."""
    from aiohttp import web
    from botbuilder.core import BotFrameworkAdapterSettings
    from botbuilder.integration.aiohttp import BotFrameworkHttpAdapter
    from botframework.connector.auth import ChannelValidation, MicrosoftAppCredentials

    class FixedToken(MicrosoftAppCredentials):
        def get_access_token(self, force_refresh=False):  # noqa: FBT002 - the SDK's signature
            return "fixed"

    ChannelValidation.open_id_metadata_endpoint = f"{base}/v1/.well-known/openidconfiguration"
    credentials = FixedToken(APP_ID, APP_SECRET)
    settings = BotFrameworkAdapterSettings(APP_ID, APP_SECRET, app_credentials=credentials)
    adapter, bot = BotFrameworkHttpAdapter(settings), _sdk_echo()

    async def messages(request):
        return await adapter.process(request, web.Response(), bot) or web.Response()

    await serve(messages, port)


def _sdk_echo():
    from botbuilder.core import ActivityHandler, MessageFactory

    class Echo(ActivityHandler):
        async def on_message_activity(self, turn_context):
            await turn_context.send_activity(MessageFactory.text(f"Echo: {turn_context.activity.text}"))

    return Echo()


async def agents_sdk(port, base):
    """The first successor SDK, with tokens checked."""
    from aiohttp import web
    from microsoft_agents.activity import Activity
    from microsoft_agents.hosting.aiohttp import CloudAdapter, jwt_authorization_middleware
    from microsoft_agents.hosting.core import ActivityHandler
    from microsoft_agents.hosting.core.authorization import (
        AgentAuthConfiguration,
        AnonymousTokenProvider,
        _entra_issuers,
    )

    _entra_issuers.BOTFRAMEWORK_JWKS_URIS[ISSUER] = f"{base}/v1/.well-known/keys"

    class FixedToken(AnonymousTokenProvider):
        async def get_access_token(self, *_asked, **_more):
            return "fixed"

    provider, configuration = FixedToken(), AgentAuthConfiguration(client_id=APP_ID)

    class OneConnection:
        def get_connection(self, *_names):
            return provider

        get_default_connection = get_token_provider = get_token_provider_from_activity = get_connection

        def get_default_connection_configuration(self):
            return configuration

    class Echo(ActivityHandler):
        async def on_message_activity(self, turn_context):
            await turn_context.send_activity(Activity(type="message", text=f"Echo: {turn_context.activity.text}"))

    adapter, bot = CloudAdapter(connection_manager=OneConnection()), Echo()

    async def messages(request):
        return await adapter.process(request, bot) or web.Response()

    await serve(messages, port, middlewares=[jwt_authorization_middleware], agent_configuration=configuration)


async def teams_sdk(port, _base):
    """The second successor SDK, its check switched off: that is in its favour."""
    import uvicorn
    from microsoft_teams.apps import App
    from microsoft_teams.apps.http import FastAPIAdapter

    def quiet(app):
        return uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error", access_log=False))

    # Without credentials it sends no token at all, which is cheaper than a fixed one: it would read it in every turn.
    server = FastAPIAdapter(server_factory=quiet)
    app = App(dangerously_allow_unauthenticated_requests=True, http_server_adapter=server)

    @app.on_message
    async def echo(context):
        await context.send(f"Echo: {context.activity.text}")

    await app.start(port)


async def bare(port, _base):
    """aiohttp in and out with nothing between: the ceiling."""
    import aiohttp
    from aiohttp import web

    session = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())

    async def messages(request):
        said = await request.json()
        url = f"{said['serviceUrl']}v3/conversations/x/activities/{said['id']}"
        reply = {"type": "message", "text": f"Echo: {said['text']}", "replyToId": said["id"]}
        async with session.post(url, json=reply) as answer:
            await answer.read()
        return web.Response()

    await serve(messages, port)


async def serve(messages, port, middlewares=(), **settings):
    """A plain aiohttp server with that one route, for ever."""
    from aiohttp import web

    app = web.Application(middlewares=list(middlewares))
    for name, value in settings.items():
        app[name] = value
    app.router.add_post("/api/messages", messages)
    await listen(app, port)
    await asyncio.Event().wait()


async def listen(app, port):
    """Serve `app` on loopback."""
    from aiohttp import web

    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()


KINDS = {
    "ours": ours,
    "cloud_adapter": cloud_adapter,
    "http_adapter": http_adapter,
    "agents_sdk": agents_sdk,
    "teams_sdk": teams_sdk,
    "bare": bare,
}

if __name__ == "__main__":
    logging.disable(logging.WARNING)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {0})
    kind, number, *others = sys.argv[1:]
    asyncio.run(KINDS[kind](int(number), *others))
