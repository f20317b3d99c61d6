"""Commands that read lines and write one JSON line for each: `understand`, `posts`, `spikes`, `replay`."""

import contextlib
import json
import sys
from collections.abc import Iterable, Iterator
from typing import TextIO

from bot.clock import MachineClock


def run(command: str, file: str) -> int:
    """Read `file`, or standard input for "-"."""
    try:
        with _opened(file) as lines:
            for value in _made(command, lines):
                sys.stdout.write(json.dumps(value, ensure_ascii=False, default=str) + "\n")
                sys.stdout.flush()
    except OSError as error:
        sys.stderr.write(f"Can't read {file}: {error.strerror or error}.\n")
        return 2
    return 0


def _made(command: str, lines: Iterable[str]) -> Iterator[object]:
    if command == "understand":
        from bot.understand.lines import understand_lines

        return iter(understand_lines(lines, now=MachineClock().now()))
    if command == "posts":
        from bot.understand.lines import posts_lines

        return iter(posts_lines(lines))
    if command == "spikes":
        from bot.domain.spike import spike_lines

        return iter(spike_lines(lines))
    from bot.replay import replay_lines

    return iter(replay_lines(lines))


@contextlib.contextmanager
def _opened(file: str) -> Iterator[TextIO]:
    if file == "-":
        sys.stdin.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
        yield sys.stdin
        return
    with open(file, encoding="utf-8", errors="replace") as opened:
        yield opened
