"""The command line: which command, and its exit code.

0 fine, just_you or done; 3 trouble; 4 unknown; 1 an error of ours; 2 wrong usage or settings (CONTRACTS).
"""

import argparse
import asyncio
import contextlib
import os
import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import version

from bot.logs import configure_logs
from bot.settings import Settings, SettingsError, read_settings
from bot.terminal.output import Output

USAGE = 2
OURS = 1
ABORTED = 130


def main(argv: Sequence[str] | None = None) -> None:
    """Run one command and end the process with its exit code."""
    sys.exit(run(sys.argv[1:] if argv is None else argv, os.environ))


def run(argv: Sequence[str], env: Mapping[str, str]) -> int:
    """Run one command.  Gives its exit code."""
    arguments = _parser().parse_args(argv)
    out = Output(form=_form(arguments), colour=not env.get("NO_COLOR"))
    try:
        with contextlib.suppress(BrokenPipeError):
            return _dispatch(arguments, out, env)
        return 0
    except SettingsError as error:
        out.complain("These settings can't be used:", str(error).splitlines())
        return USAGE
    except KeyboardInterrupt:
        return ABORTED


def _dispatch(arguments: argparse.Namespace, out: Output, env: Mapping[str, str]) -> int:
    """Each group of commands is loaded only when it is asked for: start-up is most of a short command's time."""
    if arguments.command in ("understand", "posts", "spikes", "replay"):
        from bot.terminal import streams

        return streams.run(arguments.command, arguments.file)
    if arguments.command == "settings":
        from bot.terminal import listing

        return listing.settings(out, env)
    settings = read_settings(env)
    configure_logs(level=_level(arguments, settings), form=settings.log_format, secrets=settings.secrets)
    return asyncio.run(_work(arguments, out, settings))


async def _work(arguments: argparse.Namespace, out: Output, settings: Settings) -> int:
    if arguments.command == "serve":
        from bot.terminal import serving

        return await serving.serve(out, settings, drill=arguments.drill, speed=arguments.speed)
    if arguments.command == "ask":
        from bot.terminal import asking

        return await asking.ask(out, settings, " ".join(arguments.text))
    if arguments.command == "check":
        from bot.terminal import checking

        return await checking.check(out, settings, arguments.source)
    if arguments.command == "migrate":
        from bot.terminal import database

        return await database.migrate(out, settings)
    from bot.terminal import listing

    return await listing.sources(out, settings)


def _level(arguments: argparse.Namespace, settings: Settings) -> str:
    """A short command prints its answer only; what went wrong is part of the answer."""
    return settings.log_level if arguments.command == "serve" else "error"


def _form(arguments: argparse.Namespace) -> str:
    if getattr(arguments, "json", False):
        return "json"
    return "plain" if getattr(arguments, "plain", False) else "people"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="notjustyou", description="Is Microsoft Teams down for everyone, or is it me, and what do I do now?"
    )
    parser.add_argument("--version", action="version", version=_version())
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    facts = argparse.ArgumentParser(add_help=False)
    form = facts.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print JSON")
    form.add_argument("--plain", action="store_true", help="print one fact a line, without colour")

    serve = commands.add_parser("serve", help="run the bot and its page")
    serve.add_argument("--drill", metavar="NAME", help="play a scripted incident instead of asking any source")
    serve.add_argument("--speed", type=float, metavar="N", help="how many times faster a drill runs (default 18)")
    ask = commands.add_parser("ask", help="ask here and now", parents=[facts])
    ask.add_argument("text", nargs="+", help="the question, as you would write it in a chat")
    check = commands.add_parser("check", help="ask one source now and tell its whole story", parents=[facts])
    check.add_argument("source", help="id of a source; `sources` lists them")
    commands.add_parser("sources", help="every source, its state and why", parents=[facts])
    commands.add_parser("settings", help="every setting, its meaning and present value", parents=[facts])
    commands.add_parser("migrate", help="bring the database to this release", parents=[facts])
    for name, told in (
        ("understand", "what messages ask for, one JSON line per line"),
        ("posts", "whether posts report trouble, one JSON line per line"),
        ("spikes", "alarms in a series of timestamp,value"),
        ("replay", "a time line of what sources said -> a verdict a minute"),
    ):
        stream = commands.add_parser(name, help=told)
        stream.add_argument("file", nargs="?", default="-", help="a file; without one, or with -, standard input")
    return parser


def _version() -> str:
    return f"notjustyou {version('notjustyou')}, zones {version('tzdata')}"
