"""A wire to a database server that can be cut and mended."""

import asyncio
from contextlib import suppress
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

SOCKET = ".s.PGSQL.5432"


class Wire:
    """Passes bytes between a socket of its own and the server's."""

    def __init__(self, url, folder):
        self._server_socket = Path(parse_qs(urlsplit(url).query)["host"][0], SOCKET)
        self._own_socket = Path(folder, SOCKET)
        self.url = f"{url.partition('?')[0]}?host={quote(str(folder))}"
        self._listening = None
        self._ends: set[asyncio.StreamWriter] = set()

    async def mend(self):
        """Let everybody through."""
        self._listening = await asyncio.start_unix_server(self._connected, self._own_socket)

    async def cut(self):
        """Break every connection, and refuse new ones."""
        self._listening.close()
        self._own_socket.unlink(missing_ok=True)
        for end in list(self._ends):
            end.transport.abort()

    async def _connected(self, reader, writer):
        server_reader, server_writer = await asyncio.open_unix_connection(self._server_socket)
        self._ends |= {writer, server_writer}
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(_pass_on(reader, server_writer))
                both.create_task(_pass_on(server_reader, writer))
        finally:
            self._ends -= {writer, server_writer}


async def _pass_on(source, target):
    with suppress(ConnectionError):
        while read := await source.read(65536):
            target.write(read)
            await target.drain()
    target.close()
