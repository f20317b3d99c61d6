"""A company's proxy on loopback: tunnels to wherever it is asked, or with `to` always to one and the same place."""

import asyncio
from contextlib import suppress


class CompanyProxy:
    """`asked`: the host:port of each tunnel.  With `to`, every tunnel ends there, whatever name was asked for."""

    def __init__(self, to=None):
        self.asked = []
        self.to = to
        self.url = ""
        self._server = None

    async def start(self):
        """Listen; gives the address for HTTPS_PROXY."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self.url

    async def stop(self):
        """Close."""
        self._server.close()

    async def _serve(self, reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        method, target, _ = head.split(b" ", 2)
        self.asked.append(target.decode())
        if method != b"CONNECT":
            writer.write(b"HTTP/1.1 405 Only tunnels\r\nContent-Length: 0\r\n\r\n")
            await writer.drain()
            writer.close()
            return
        host, _, port = target.decode().rpartition(":")
        there = self.to or (host, int(port))
        inner_reader, inner_writer = await asyncio.open_connection(*there)
        writer.write(b"HTTP/1.1 200 Connected\r\n\r\n")
        async with asyncio.TaskGroup() as both:
            both.create_task(_pour(reader, inner_writer))
            both.create_task(_pour(inner_reader, writer))


async def _pour(reader, writer):
    with suppress(ConnectionError):
        while piece := await reader.read(65_536):
            writer.write(piece)
            await writer.drain()
    with suppress(ConnectionError):
        writer.close()
