"""What can be written after `notjustyou`."""

import argparse
from collections.abc import Sequence
from typing import Any

STREAMS = (
    ("understand", "what messages ask for, one JSON line per line"),
    ("posts", "whether posts report trouble, one JSON line per line"),
    ("spikes", "alarms in a series of timestamp,value"),
    ("replay", "a time line of what sources said -> a verdict a minute"),
)


class _Version(argparse.Action):
    """Looked up only when it is asked for: that takes longer than many a command."""

    def __init__(self, option_strings: Sequence[str], dest: str) -> None:
        super().__init__(option_strings, dest, nargs=0, help="show the version and that of the time zones")

    def __call__(self, parser: argparse.ArgumentParser, *_: Any, **__: Any) -> None:  # noqa: ANN401 - argparse's own
        from importlib.metadata import version

        parser.exit(message=f"notjustyou {version('notjustyou')}, zones {version('tzdata')}\n")


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    parser = argparse.ArgumentParser(
        prog="notjustyou", description="Is Microsoft Teams down for everyone, or is it me, and what do I do now?"
    )
    parser.add_argument("--version", action=_Version)
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
    check.add_argument(
        "source", help="id of a source (`sources` lists them); teams or graph: every step of their set-up"
    )
    sources = commands.add_parser("sources", help="every source, its state and why", parents=[facts])
    sources.add_argument("--egress", action="store_true", help="which hosts are contacted, why, and what leaves us")
    commands.add_parser("settings", help="every setting, its meaning and present value", parents=[facts])
    audit = commands.add_parser("audit", help="who used a role or was refused, and what it changed", parents=[facts])
    audit.add_argument("--limit", type=_some, metavar="N", default=100, help="the newest N (default 100)")
    audit.add_argument(
        "--tenant", metavar="T", help="only those of this directory id, or of this table of the settings file"
    )
    forget = commands.add_parser("forget", help="erase everything that stands under an id", parents=[facts])
    forget.add_argument("person", metavar="PERSON", help="directory object id, conversation id, or 29:… of Teams")
    forget.add_argument(
        "--tenant",
        metavar="T",
        help="only in this directory id, or that of this table of the settings file (default: in all)",
    )
    commands.add_parser("whoami", help="who you are here, and which settings give which roles", parents=[facts])
    commands.add_parser("licences", help="what this program builds on, and under which licences", parents=[facts])
    commands.add_parser("migrate", help="bring the database to this release", parents=[facts])
    backup = commands.add_parser("backup", help="copy the database into a file, also while it is used", parents=[facts])
    backup.add_argument("file", metavar="FILE", help="an SQLite file, whichever database is copied")
    backup.add_argument("--force", action="store_true", help="replace FILE if it is there")
    restore = commands.add_parser("restore", help="put a backup into an empty database", parents=[facts])
    restore.add_argument("file", metavar="FILE", help="what `backup` wrote")
    _about_incidents(commands, facts)
    test = commands.add_parser("send-test", help="prove that an alert would get there", parents=[facts])
    test.add_argument("destination", metavar="DESTINATION", help="a way of NOTJUSTYOU_FALLBACKS, or a conversation id")
    test.add_argument("--tenant", metavar="T", help="of this tenant, where several use the same name")
    _package(commands.add_parser("package", help="write the app package for Teams", parents=[facts]))
    _announce(commands, facts)
    for name, told in STREAMS:
        stream = commands.add_parser(name, help=told)
        stream.add_argument("file", nargs="?", default="-", help="a file; without one, or with -, standard input")
    return parser


def _about_incidents(commands: Any, facts: argparse.ArgumentParser) -> None:  # noqa: ANN401 - as below
    every = commands.add_parser("incidents", help="those that are open and those that were", parents=[facts])
    many = every.add_mutually_exclusive_group()
    many.add_argument("--limit", type=_some, metavar="N", default=20, help="the newest N (default 20)")
    many.add_argument("--all", action="store_true", help="all that are kept")
    one = commands.add_parser("incident", help="the time line of one incident", parents=[facts])
    one.add_argument("id", metavar="ID", help="its reference, as every card of it says it")
    form = one.add_mutually_exclusive_group()
    form.add_argument("--report", action="store_true", help="a report in Markdown")
    form.add_argument("--text", choices=("phone", "sms", "mail", "intranet"), help="words ready to be used there")
    one.add_argument("--language", metavar="L", help="of report and words (default: the organisation's)")
    owed = commands.add_parser("deliveries", help="who was told of an incident, and how far", parents=[facts])
    owed.add_argument("id", metavar="ID", help="the incident's reference")
    owed.add_argument("--csv", action="store_true", help="for a spreadsheet")


def _package(package: argparse.ArgumentParser) -> None:
    package.add_argument("--app-id", metavar="ID", help="the app registration's id (default: NOTJUSTYOU_APP_ID)")
    package.add_argument("--domain", metavar="HOST", help="the bot's public host name (default: that of PUBLIC_URL)")
    package.add_argument("--name", default="Notjustyou", help="what people see and mention, 30 characters at most")
    package.add_argument("--out", metavar="FILE", default="notjustyou.zip", help="where to write it (notjustyou.zip)")
    package.add_argument("--version", default="1.0.0", help="of the package; Teams wants a higher one for each upload")
    package.add_argument("--contact-url", metavar="URL", help="page about the app (default: the bot's own page)")
    package.add_argument("--privacy-url", metavar="URL", help="default: https://HOST/privacy")
    package.add_argument("--terms-url", metavar="URL", help="default: https://HOST/terms")
    package.add_argument(
        "--team-owners", action="store_true", help="ask for TeamMember.Read.Group: owners of a team may speak for it"
    )
    package.add_argument("--color-icon", metavar="PNG", help="192x192 pixels, in place of ours")
    package.add_argument("--outline-icon", metavar="PNG", help="32x32 pixels, white on transparent, in place of ours")


def _announce(commands: Any, facts: argparse.ArgumentParser) -> None:  # noqa: ANN401 - argparse names no public type
    announce = commands.add_parser("announce", help="plan announcements").add_subparsers(
        dest="deed", required=True, metavar="DEED"
    )
    times = announce.add_parser("times", help="when a rule would take place; saves nothing", parents=[facts])
    times.add_argument("rule", help="FREQ=... (an RRULE), or five fields (cron)")
    times.add_argument("--zone", required=True, help="an IANA time zone such as Europe/Berlin")
    times.add_argument("--from", dest="start", metavar="TIME", help="first moment, on the zone's clock; default: now")
    times.add_argument("--count", type=int, default=5, metavar="N", help="how many (default 5)")
    for deed, told in (("add", "plan one"), ("edit", "change one, in place everywhere")):
        writing = announce.add_parser(deed, help=f"{told}, from a file in TOML or JSON", parents=[facts])
        if deed == "edit":
            writing.add_argument("id", metavar="ID", help="its reference")
        writing.add_argument("file", metavar="FILE", help="a file; - is standard input")
        writing.add_argument("--yes", action="store_true", help="save it without asking")
    every = announce.add_parser("list", help="those that are planned and those that were", parents=[facts])
    every.add_argument("--limit", type=_some, metavar="N", default=50, help="the newest N (default 50)")
    for deed, told in (
        ("show", "what one says, when, and what was told of it"),
        ("cancel", "it does not take place: whoever was told hears of that"),
        ("recall", "take back what was told"),
        ("over", "it is over: early, or after its planned end"),
        ("extend", "it takes longer"),
        ("approve", "a second person's yes"),
        ("report", "who got which revision when, and who did not"),
    ):
        one = announce.add_parser(deed, help=told, parents=[facts])
        one.add_argument("id", metavar="ID", help="its reference")
        if deed == "recall":
            one.add_argument("--delete", action="store_true", help="delete the cards rather than edit them")
        if deed == "extend":
            one.add_argument("by", metavar="LENGTH", help="by how much longer: 4h, 90m or 1d12h")
        if deed == "report":
            which = "of one time only: 1 is the newest, 2 the one before; or a day (2026-12-05), or 2026-12-05T22:00"
            one.add_argument("which", metavar="WHICH", nargs="?", help=which)
            one.add_argument("--csv", action="store_true", help="for a spreadsheet")


def _some(text: str) -> int:
    """A number of things to show."""
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError("wanted a number of 1 or more")
    return int(text)
