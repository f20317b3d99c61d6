"""Ways beside Teams on loopback: a web hook, an ntfy server and a mail server, with what reached them."""

import asyncio
import json
from collections.abc import Mapping
from email import message_from_bytes, policy
from typing import Any

from aiohttp import web

from tests.replicas.base import Replica


class HookReplica(Replica):
    """Takes what Apprise's json:// and ntfy:// send."""

    def __init__(self) -> None:
        super().__init__()
        self.arrived: list[Mapping[str, Any]] = []
        self.status = 200

    def routes(self) -> list[web.RouteDef]:
        """A hook at any path."""
        return [web.post("/{path:.*}", self._take)]

    def address(self, path: str = "hook", scheme: str = "json") -> str:
        """As an operator writes it."""
        return f"{scheme}://{self.url.removeprefix('http://')}/{path}"

    async def _take(self, request: web.Request) -> web.Response:
        self.arrived.append(json.loads(await request.read()))
        return web.json_response({"id": "1"}, status=self.status)


class MailReplica:
    """A mail server that takes every letter, by the plain protocol of RFC 5321."""

    def __init__(self) -> None:
        self.letters: list[tuple[str, str]] = []  # subject, text
        self.port = 0
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Listen no more."""
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    def address(self) -> str:
        """As an operator writes it."""
        return f"mailto://127.0.0.1:{self.port}?from=bot@example.org&to=ops@example.org&smtp=127.0.0.1"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 replica\r\n")
        while line := (await reader.readline()).strip():
            verb = line[:4].upper()
            if verb == b"DATA":
                writer.write(b"354 go on\r\n")
                letter = message_from_bytes(await reader.readuntil(b"\r\n.\r\n"), policy=policy.default)
                body = letter.get_body(("plain", "html"))
                self.letters.append((letter["Subject"], body.get_content() if body else ""))
            writer.write(b"221 bye\r\n" if verb == b"QUIT" else b"250 fine\r\n")
            await writer.drain()
            if verb == b"QUIT":
                break
        writer.close()
