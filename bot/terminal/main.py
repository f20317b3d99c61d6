"""The command line: which command, and its exit code.

0 fine, just_you or done; 3 trouble; 4 unknown; 1 an error of ours; 2 wrong usage or settings (CONTRACTS).
Each group of commands is loaded only when it is asked for: loading is most of a short command's time.
"""

import argparse
import os
import sys
import threading
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NoReturn

from bot.terminal.arguments import STREAMS, parser
from bot.terminal.output import Output

if TYPE_CHECKING:
    from bot.settings import Mistake

USAGE = 2
OURS = 1
ABORTED = 130
NOBODY_READS = 0  # `notjustyou … | head`: the reader has what it wanted


def main(argv: Sequence[str] | None = None) -> None:
    """Run one command and end the process with its exit code."""
    _leave(run(sys.argv[1:] if argv is None else argv, os.environ))


def run(argv: Sequence[str], env: Mapping[str, str]) -> int:
    """Run one command.  Gives its exit code."""
    arguments = parser().parse_args(argv)
    out = Output(form=_form(arguments), colour=not env.get("NO_COLOR"))
    try:
        return _dispatch(arguments, out, env)
    except BrokenPipeError:
        return NOBODY_READS
    except KeyboardInterrupt:
        return ABORTED
    except OSError as error:
        out.complain("The machine refused something.", [str(error)])
        return OURS


def _dispatch(arguments: argparse.Namespace, out: Output, env: Mapping[str, str]) -> int:
    code = _without_settings(arguments, out)
    return _with_settings(arguments, out, env) if code is None else code


def _without_settings(arguments: argparse.Namespace, out: Output) -> int | None:
    """What needs none; None for every other command."""
    if arguments.command in dict(STREAMS):
        from bot.terminal import streams

        return streams.run(arguments.command, arguments.file)
    if arguments.command == "announce" and arguments.deed == "times":
        from bot.terminal import planned_times

        return planned_times.times(
            out, arguments.rule, zone=arguments.zone, start=arguments.start, count=arguments.count
        )
    if arguments.command == "licences":
        from bot.terminal import licences

        return licences.licences(out)
    return None


def _with_settings(arguments: argparse.Namespace, out: Output, env: Mapping[str, str]) -> int:
    from bot.terminal import configured

    if arguments.command == "settings":
        return configured.show(out, env)

    def refused(mistakes: "Sequence[Mistake]") -> None:
        if arguments.command == "check":
            from bot.terminal import checking

            checking.unusable(out, arguments.source, mistakes)

    settings = configured.read(out, env, refused=refused)
    if settings is None:
        return USAGE
    if arguments.command == "package":
        from bot.terminal import packaging

        return packaging.write_package(arguments, out, settings)
    from bot.terminal import working

    return working.run(arguments, out, settings)


def _form(arguments: argparse.Namespace) -> str:
    if getattr(arguments, "json", False):
        return "json"
    return "plain" if getattr(arguments, "plain", False) else "people"


def _leave(code: int) -> NoReturn:
    """End now: a look-up of a name that nobody answers would keep its thread, and so the process, half a minute."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:  # nobody reads it any more; at exit Python would complain of that
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    if any(not each.daemon for each in threading.enumerate() if each is not threading.main_thread()):
        os._exit(code)
    sys.exit(code)
