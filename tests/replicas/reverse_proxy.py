"""A company's reverse proxy, or a tunnel: TLS to the outside, some paths passed on, and what goes wrong with that."""

import aiohttp
from aiohttp import web

from tests.replicas.base import Replica

PASSED = ("/", "/api/messages", "/privacy", "/terms", "/style.css", "/healthz")


class ReverseProxy(Replica):
    """Passes `paths` on to the address `to`; everything else is not found here."""

    def __init__(self, certificate, *, to=""):
        super().__init__()
        self.tls = certificate
        self.to = to
        self.paths = set(PASSED)
        self.answers = None  # status and body for every path, as some other server has them
        self.leads_to = None  # an address to which everything is redirected

    def routes(self):
        return [web.route("*", "/{path:.*}", self._pass)]

    async def _pass(self, request):
        if self.leads_to is not None:
            raise web.HTTPFound(self.leads_to)
        if self.answers is not None:
            status, body = self.answers
            return web.Response(status=status, text=body, content_type="text/html")
        if request.path not in self.paths:
            return web.Response(status=404, text="<html>404 Not Found</html>", content_type="text/html")
        headers = {name: value for name, value in request.headers.items() if name.lower() != "host"}
        headers |= {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}
        try:
            async with (
                aiohttp.ClientSession() as session,
                session.request(
                    request.method, self.to + request.path_qs, headers=headers, data=await request.read()
                ) as answer,
            ):
                return web.Response(status=answer.status, body=await answer.read(), content_type=answer.content_type)
        except aiohttp.ClientError:
            return web.Response(status=502, text="<html>502 Bad Gateway</html>", content_type="text/html")
