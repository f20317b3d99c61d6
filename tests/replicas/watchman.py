"""A dead man's switch on loopback: counts the signs of life that it gets."""

from aiohttp import web

from tests import secrets_known
from tests.replicas.base import Replica

KEY = "5f0c6a1e-key-of-the-watchman"
secrets_known.always(KEY)


class Watchman(Replica):
    """The replica."""

    def __init__(self) -> None:
        """Takes every sign of life, unless told to refuse."""
        super().__init__()
        self.answers = 200
        self.leads_to = ""

    @property
    def ping_url(self) -> str:
        """Where it is told."""
        return f"{self.url}/{KEY}"

    @property
    def pings(self) -> int:
        """How many signs of life came."""
        return self.asked(f"/{KEY}")

    def routes(self) -> list[web.RouteDef]:
        """One address."""
        return [web.get(f"/{KEY}", self._take)]

    async def _take(self, _: web.Request) -> web.Response:
        if self.leads_to:
            raise web.HTTPFound(self.leads_to)
        return web.Response(status=self.answers, text="OK")
