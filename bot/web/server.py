"""The web server below the routes: what it answers where it can't read a request, and so has no route to hand it to.

Such an answer passes no middleware and no signal of the application.  It carries the usual headers all the same, and
nothing of the request: the server's own words would quote it.
"""

import asyncio
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from aiohttp import web

from bot.web.guard import HEADERS, SERVER


class Server(web.Server):
    """Serves an application whose runner is set up."""

    def __init__(self, runner: web.AppRunner, unreadable: Callable[[], str], **options: Any) -> None:  # noqa: ANN401
        """`unreadable`: our words; `options`: of aiohttp, for each connection."""
        if runner.server is None:
            raise RuntimeError("the application's runner must be set up first")
        super().__init__(runner.server.request_handler, request_factory=runner.server.request_factory)
        self._unreadable = unreadable
        self._options = options

    def __call__(self) -> web.RequestHandler:
        """For one connection."""
        return _Connection(self, self._unreadable, **self._options)


class _Connection(web.RequestHandler):
    """One connection."""

    __slots__ = ("_unreadable",)

    def __init__(self, server: web.Server, unreadable: Callable[[], str], **options: Any) -> None:  # noqa: ANN401
        super().__init__(server, loop=asyncio.get_running_loop(), **options)
        self._unreadable = unreadable

    def handle_error(
        self, request: web.BaseRequest, status: int = 500, exc: BaseException | None = None, message: str | None = None
    ) -> web.StreamResponse:
        """The answer to what can't be read; an error of ours is told as ever, and closes the connection too."""
        answer = super().handle_error(request, status, exc, message)
        if status < HTTPStatus.INTERNAL_SERVER_ERROR:
            answer = web.Response(status=status, text=f"{self._unreadable()}\n")
            answer.force_close()
        answer.headers.update({**HEADERS, "Server": SERVER})
        return answer
