"""A connector that answers after a while and does nothing else:  python -m tests.benchmarks.loopback_connector

Cheap enough that what is measured is the bot.  Conversations are called `TENANT~NAME`; with `--limits` every window of
the vendor's page is enforced per thread and per tenant, and what is too fast gets a 429.  With `--newest WORDS` it also
counts who got and has something without these words.  `GET /` tells what arrived.

    with connector(limits=True) as address:      # in a process of its own
        arrived(address)
"""

import argparse
import asyncio
import itertools
import json
import re
import subprocess
import sys
import urllib.request
from collections import Counter, defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import unquote

from bot.clock import MachineClock

LATENCY_S = 0.02  # unless told otherwise
PATIENCE_S = 30  # for its answer on a busy machine
PER_THREAD = ((7, 1), (8, 2), (60, 30), (1800, 3600))
PER_TENANT = ((50, 1),)
_REQUEST = re.compile(rb"([A-Z]+) (\S+) HTTP/1.1\r\n")
_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)", re.IGNORECASE)
_PLACE = re.compile(r"/v3/conversations/([^/]+)/activities")


class Arrivals:
    """What came, and what of it was too fast."""

    def __init__(self, latency_s: float, newest: bytes, *, enforces: bool) -> None:
        self.latency_s, self.newest, self.enforces = latency_s, newest, enforces
        self.posts: Counter[str] = Counter()  # by conversation
        self.edits: Counter[str] = Counter()
        self.refused = self.old = 0
        self.has_old: set[str] = set()
        self.first_s = self.last_s = 0.0
        self.most_open = self.open = 0
        self._seen: dict[str, deque[float]] = defaultdict(deque)
        self._clock = MachineClock()
        self._ids = itertools.count(1_700_000_000_000)

    def answer(self, method: str, path: str, body: bytes) -> tuple[int, bytes]:
        """Status and body."""
        if method == "GET":
            return 200, json.dumps(self.told()).encode()
        found = _PLACE.search(unquote(path))
        place = found[1].partition(";")[0] if found else ""
        now = self._clock.monotonic()
        self.first_s, self.last_s = self.first_s or now, now
        if self.enforces and not (
            self._has_room(place, PER_THREAD, now) and self._has_room(place.partition("~")[0], PER_TENANT, now)
        ):
            self.refused += 1
            return 429, b'{"error":{"code":"Throttled","message":"Too many requests."}}'
        (self.posts if method == "POST" else self.edits)[place] += 1
        if self.newest in body:
            self.has_old.discard(place)
        else:
            self.old += 1
            self.has_old.add(place)
        return 201, b'{"id":"%d"}' % next(self._ids)

    def told(self) -> dict[str, float]:
        """The figures."""
        return {
            "posts": self.posts.total(),
            "edits": self.edits.total(),
            "conversations": len(self.posts),
            "twice": sum(many - 1 for many in self.posts.values()),
            "old": self.old,
            "have_old": len(self.has_old),
            "refused": self.refused,
            "lasted_s": round(self.last_s - self.first_s, 3),
            "most_open": self.most_open,
        }

    def _has_room(self, name: str, windows: tuple[tuple[int, int], ...], now: float) -> bool:
        seen = self._seen[name]
        seen.append(now)
        while seen[0] <= now - windows[-1][1]:
            seen.popleft()
        return all(_within(seen, now - seconds) <= most for most, seconds in windows)


def _within(seen: deque[float], since: float) -> int:
    return sum(1 for _ in itertools.takewhile(lambda at: at > since, reversed(seen)))


class Connection(asyncio.Protocol):
    """One kept-alive connection; one request at a time."""

    def __init__(self, arrivals: Arrivals) -> None:
        self._arrivals, self._read = arrivals, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Somebody called."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """A part of a request."""
        self._read += data
        head, end, body = self._read.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if not end or len(body) < (int(length[1]) if length else 0):
            return
        self._read = b""
        request = _REQUEST.match(head + b"\r\n")
        assert request is not None
        status, said = self._arrivals.answer(request[1].decode(), request[2].decode(), body)
        self._arrivals.open += 1
        self._arrivals.most_open = max(self._arrivals.most_open, self._arrivals.open)
        latency_s = 0 if request[1] == b"GET" else self._arrivals.latency_s
        asyncio.get_running_loop().call_later(latency_s, self._say, status, said)

    def _say(self, status: int, said: bytes) -> None:
        self._arrivals.open -= 1
        head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {len(said)}\r\n\r\n"
        self._transport.write(head.encode() + said)


@contextmanager
def connector(latency_s: float = LATENCY_S, *, limits: bool, newest: str = "") -> Iterator[str]:
    """The other side, in a process of its own; gives its address."""
    command = [sys.executable, "-m", "tests.benchmarks.loopback_connector", "--latency", str(latency_s)]
    command += ["--newest", newest, *(["--limits"] if limits else [])]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        finally:
            process.terminate()  # whatever happened: the block waits for its end


def arrived(address: str) -> dict[str, float]:
    """What came."""
    with urllib.request.urlopen(f"{address}/", timeout=PATIENCE_S) as answer:  # noqa: S310 - our own
        told: dict[str, float] = json.loads(answer.read())
    return told


async def _serve(latency_s: float, newest: bytes, *, enforces: bool) -> None:
    arrivals = Arrivals(latency_s, newest, enforces=enforces)
    server = await asyncio.get_running_loop().create_server(lambda: Connection(arrivals), "127.0.0.1", 0, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)  # noqa: T201 - whoever started us waits for it
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--latency", type=float, default=LATENCY_S)
    parser.add_argument("--newest", default="")
    parser.add_argument("--limits", action="store_true")
    options = parser.parse_args()
    asyncio.run(_serve(options.latency, options.newest.encode(), enforces=options.limits))
