"""For those who watch us: are we alive, are we ready, and our counters."""

from collections.abc import Callable

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from bot.metrics import REGISTRY


class HealthRoutes:
    """`/healthz` says that the process answers, `/readyz` that an answer would rest on something fresh."""

    def __init__(self, is_ready: Callable[[], bool], measure: Callable[[], None]) -> None:
        """`is_ready`: whether the board holds something that is believed; `measure`: brings the gauges up to date."""
        self._is_ready = is_ready
        self._measure = measure

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

    async def ready(self, _: web.Request) -> web.Response:
        """200 when a question would be answered from fresh observations, else 503."""
        ready = self._is_ready()
        return web.json_response({"ready": ready}, status=200 if ready else 503)

    async def metrics(self, _: web.Request) -> web.Response:
        """Counters and gauges in Prometheus' text form."""
        self._measure()
        return web.Response(body=generate_latest(REGISTRY), headers={"Content-Type": CONTENT_TYPE_LATEST})
