"""Ports for servers that must be told theirs before they start."""

import itertools
import os
import socket

FIRST = 15150  # below those that Linux hands out by itself, or somebody gets one between our look and its use
EACH = 1000
_numbers = itertools.count()


def free_port() -> int:
    """One that nobody listens on and that no other worker of this run will choose."""
    mine = FIRST + EACH * int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    for number in itertools.islice(_numbers, EACH):
        port = mine + number % EACH
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return port
    raise AssertionError("no port is free")
