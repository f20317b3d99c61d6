"""Commands that read lines and write one JSON line for each: `understand`, `posts`, `spikes`, `replay`."""

import contextlib
import io
import sys
from collections.abc import Iterable, Iterator
from typing import TextIO

from bot.terminal.output import as_json

DONE, USAGE = 0, 2


def run(command: str, file: str) -> int:
    """Read `file`, or standard input for "-"; each answer is written as soon as it is known."""
    with contextlib.ExitStack() as stack:
        try:
            lines = stack.enter_context(_opened(file))
        except OSError as error:
            sys.stderr.write(f"Can't read {file}: {error.strerror or error}.\n")
            return USAGE
        for value in _made(command, lines):
            sys.stdout.write(as_json(value, sys.stdout.encoding or "utf-8") + "\n")
            sys.stdout.flush()
    return DONE


def _made(command: str, lines: Iterable[str]) -> Iterator[object]:
    if command == "understand":
        from bot.clock import MachineClock
        from bot.understand.lines import understand_lines

        return iter(understand_lines(lines, now=MachineClock().now()))
    if command == "posts":
        from bot.understand.lines import posts_lines

        return iter(posts_lines(lines))
    if command == "spikes":
        from bot.terminal.spikes import spike_lines

        return spike_lines(lines)
    from bot.replay import replay_lines

    return iter(replay_lines(lines))


@contextlib.contextmanager
def _opened(file: str) -> Iterator[TextIO]:
    """Text whose bytes may be anything: what is no UTF-8 becomes a sign that says so."""
    if file == "-":
        if isinstance(sys.stdin, io.TextIOWrapper):
            sys.stdin.reconfigure(encoding="utf-8-sig", errors="replace", newline="\n")
        yield sys.stdin
        return
    with open(file, encoding="utf-8-sig", errors="replace", newline="\n") as opened:
        yield opened
