"""For those who watch us: are we alive, are we ready and if not why, and our counters."""

from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from bot.metrics import REGISTRY
from bot.web.insiders import Insiders


class HealthRoutes:
    """`/healthz` says that the process answers, `/readyz` that an answer would rest on something fresh and be kept."""

    def __init__(
        self, troubles: Callable[[], Awaitable[Mapping[str, str]]], measure: Callable[[], None], insiders: Insiders
    ) -> None:
        """`troubles`: each part that is not ready, and why; `measure`: brings the gauges up to date."""
        self._troubles = troubles
        self._measure = measure
        self._insiders = insiders

    def routes(self) -> list[web.RouteDef]:
        """To be added to an application."""
        return [
            web.get("/healthz", self.alive),
            web.get("/readyz", self.ready),
            web.get("/metrics", self.metrics),
        ]

    async def alive(self, _: web.Request) -> web.Response:
        """The process answers."""
        return web.json_response({"alive": True})

    async def ready(self, request: web.Request) -> web.Response:
        """200 when a question would be answered from fresh observations and its answer kept, else 503."""
        troubles = await self._troubles()
        said: dict[str, object] = {"ready": not troubles}
        if troubles and self._insiders.include(request):
            said["why"] = dict(troubles)
        return web.json_response(said, status=503 if troubles else 200)

    async def metrics(self, request: web.Request) -> web.Response:
        """Counters and gauges in Prometheus' text form; to others there is no such page."""
        if not self._insiders.include(request):
            raise web.HTTPNotFound
        self._measure()
        return web.Response(body=generate_latest(REGISTRY), headers={"Content-Type": CONTENT_TYPE_LATEST})
