"""What every replica shares: a loopback server that logs its calls and can fail in each known way."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from aiohttp import web

from tests.replicas.faults import Fault, play

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Spoiling = Callable[[web.Request, Handler, asyncio.Event], Awaitable[web.StreamResponse]]  # what becomes of an answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request as it arrived."""

    method: str
    path: str  # without the query
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)  # lower-case names
    body: bytes = b""
    faulty: bool = False  # a fault was played instead of an answer


class Replica:
    """A server on a loopback port.  Subclasses name their routes; a fault, once set, is played instead of them.

    `await replica.start()` gives the base address, without a slash at its end.  `fault` is played on every path;
    `faults["/api/posts/mac"]` on that path only and takes precedence; `spoiling` makes something else of good answers.
    `dies()` closes the port (connection refused),
    `comes_back()` opens the same one again.
    """

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.fault: Fault | None = None
        self.faults: dict[str, Fault] = {}
        self.spoiling: Spoiling | None = None
        self.url = ""
        self.open = 0  # calls that are being answered
        self.most_open = 0  # at the same time, ever
        self.open_at: dict[str, int] = {}  # the same, by path
        self.most_open_at = 0  # on one path
        self.tls: ssl.SSLContext | None = None  # set before `start`: then it speaks https
        self._port = 0
        self._runner: web.AppRunner | None = None
        self._released = asyncio.Event()

    def routes(self) -> list[web.RouteDef]:
        """What the service answers when it is well."""
        raise NotImplementedError

    async def start(self) -> str:
        """Listen; gives the base address."""
        self._released = asyncio.Event()
        app = web.Application(middlewares=[self._middleware()], client_max_size=4_000_000)
        app.add_routes(self.routes())
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port, ssl_context=self.tls)
        await site.start()
        self._port = self._runner.addresses[0][1]
        self.url = f"{'https' if self.tls else 'http'}://127.0.0.1:{self._port}"
        return self.url

    async def stop(self) -> None:
        """Let hanging answers go, and close the port."""
        self._released.set()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def dies(self) -> None:
        """From now on connections are refused."""
        await self.stop()

    async def comes_back(self) -> None:
        """Listen again on the same port."""
        if self._runner is None:
            await self.start()

    def heals(self) -> None:
        """No fault any more."""
        self.fault = self.spoiling = None
        self.faults.clear()

    def asked(self, path: str) -> int:
        """How many calls there were to `path`."""
        return sum(1 for call in self.calls if call.path == path)

    def _opened(self, path: str, change: int) -> None:
        self.open += change
        self.open_at[path] = self.open_at.get(path, 0) + change
        self.most_open = max(self.most_open, self.open)
        self.most_open_at = max(self.most_open_at, self.open_at[path])

    def _middleware(self):
        @web.middleware
        async def log_and_fail(request: web.Request, handler: Handler) -> web.StreamResponse:
            self._opened(request.path, 1)
            try:
                return await answered(request, handler)
            finally:
                self._opened(request.path, -1)

        async def answered(request: web.Request, handler: Handler) -> web.StreamResponse:
            fault = self.faults.get(request.path, self.fault)
            self.calls.append(
                Call(
                    method=request.method,
                    path=request.path,
                    query=dict(request.query),
                    headers={name.lower(): value for name, value in request.headers.items()},
                    body=await request.read(),
                    faulty=fault is not None,
                )
            )
            if fault is None and self.spoiling is not None:
                return await self.spoiling(request, handler, self._released)
            return await (handler(request) if fault is None else play(fault, request, self._released))

        return log_and_fail
