"""How the words of one setting become a value.

Each reader takes the text as found and gives the value, or raises `ValueError` whose text says what is wanted.
Knows no setting by name, and never repeats what it was given: it may be secret.
"""

import re
from collections.abc import Callable
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from itertools import pairwise
from pathlib import Path
from urllib.parse import SplitResult, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

Network = IPv4Network | IPv6Network

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"(?=.{{1,253}}(:|$))({_LABEL}\.)*{_LABEL}(:\d{{1,5}})?")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_SOURCE = re.compile(r"[a-z][a-z0-9_]{0,40}|statuspage:[a-z0-9_-]{1,60}")
_LINK_LOCAL = ip_network("169.254.0.0/16")
_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"0", "false", "no", "off"})
_MAX_PORT = 65535
_MAX_LINE = 300
_NAME = re.compile(r"[\w.-]+")
_CREDENTIALS = re.compile(r"(?<=://)(?:[^/\s]*|[^/\s:@]*:(?!\d{1,5}(?:/|$))\S*)@")  # a password may hold a slash


def is_loopback(host: str) -> bool:
    """Whether only this very machine can reach `host`."""
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def showable(text: str) -> str:
    """The text without names and passwords within addresses: people put them where they do not belong."""
    return _CREDENTIALS.sub("(hidden)@", text)


def line(text: str) -> str:
    """One line of printable text."""
    if not text.isprintable() or len(text) > _MAX_LINE:
        raise ValueError(f"one line of at most {_MAX_LINE} printable characters")
    return text


def yes_or_no(text: str) -> bool:
    """A switch."""
    word = text.lower()
    if word not in _TRUE | _FALSE:
        raise ValueError("yes or no")
    return word in _TRUE


def bind(text: str) -> str:
    """An address to listen on."""
    if text.lower() != "localhost":
        try:
            ip_address(text)
        except ValueError:
            raise ValueError("an address of this machine such as 127.0.0.1, 0.0.0.0 or ::1") from None
    return text


def port(text: str) -> int:
    """A TCP port; 0 lets the machine choose."""
    if not text.isascii() or not text.isdigit() or int(text) > _MAX_PORT:
        raise ValueError(f"a port number from 0 to {_MAX_PORT}")
    return int(text)


def whole(least: int, most: int) -> Callable[[str], int]:
    """A whole number within bounds."""

    def read(text: str) -> int:
        if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
            raise ValueError(f"a whole number from {least} to {most}")
        return int(text)

    return read


def number(least: float, most: float) -> Callable[[str], float]:
    """A number within bounds."""

    def read(text: str) -> float:
        if not re.fullmatch(r"\d{1,9}(\.\d{1,9})?", text, re.ASCII) or not least <= float(text) <= most:
            raise ValueError(f"a number from {least:g} to {most:g}")
        return float(text)

    return read


def seconds(least: float, most: float) -> Callable[[str], timedelta]:
    """A duration, written in seconds."""
    within = number(least, most)

    def read(text: str) -> timedelta:
        try:
            return timedelta(seconds=within(text))
        except ValueError:
            raise ValueError(f"seconds, from {least:g} to {most:g}") from None

    return read


def days(text: str) -> timedelta:
    """A duration, written in days."""
    try:
        return timedelta(days=whole(1, 3650)(text))
    except ValueError:
        raise ValueError("days, from 1 to 3650") from None


def guid(text: str) -> str:
    """A directory id, in lower case."""
    if not _GUID.fullmatch(text.lower()):
        raise ValueError("an id such as 00000000-0000-0000-0000-000000000000")
    return text.lower()


def words(text: str) -> tuple[str, ...]:
    """A list separated by commas or lines, in order, each once."""
    return tuple(dict.fromkeys(line(word.strip()) for word in re.split(r"[,\n]", text) if word.strip()))


def guids(text: str) -> frozenset[str]:
    """Directory object ids of persons."""
    try:
        return frozenset(guid(word) for word in words(text))
    except ValueError:
        raise ValueError("directory object ids, separated by commas (never names or addresses)") from None


def networks(text: str) -> tuple[Network, ...]:
    """Addresses or networks."""
    try:
        return tuple(ip_network(word) for word in words(text))
    except ValueError:
        raise ValueError("addresses or networks such as 10.0.0.0/8, separated by commas") from None


def host(text: str) -> str:
    """One exact host name, with a port where it is not the usual one."""
    if not _HOST.fullmatch(text.lower()):
        raise ValueError("one host name such as x.com, without https:// and without *")
    return text.lower()


def hosts(text: str) -> frozenset[str]:
    """Exact host names: a pattern would trust whoever can register a name below it."""
    try:
        return frozenset(host(word) for word in words(text))
    except ValueError:
        raise ValueError("exact host names, separated by commas, without https:// and without *") from None


def _split(text: str) -> SplitResult:
    parts = urlsplit(text)
    try:
        usable = parts.port != 0 and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        usable = False
    if not usable or not text.isprintable() or any(sign.isspace() for sign in text):
        raise ValueError("")
    return parts


def web_url(text: str) -> str:
    """An http or https address, without name or password in it."""
    wanted = "an http:// or https:// address, without a user name or password in it"
    try:
        parts = _split(text)
    except ValueError:
        raise ValueError(wanted) from None
    if parts.scheme not in {"http", "https"}:
        raise ValueError(wanted)
    return text


def web_urls(text: str) -> str:
    """One such address, or several separated by commas, each perhaps with the name of what it stands for before it."""
    entries = [entry.strip() for entry in text.split(",")]
    for entry in entries:
        name, equals, address = entry.partition("=")
        try:
            web_url(address if equals and _NAME.fullmatch(name) else entry)
        except ValueError as error:
            raise ValueError(f"{error}; or several, separated by commas, each perhaps as name=address") from None
    return text


def guarded_url(text: str) -> str:
    """An address that our secret or our trust goes to: https, or this machine itself."""
    try:
        parts = _split(web_url(text))
    except ValueError:
        parts = urlsplit("")
    if parts.scheme != "https" and not is_loopback(parts.hostname or ""):
        raise ValueError(
            "an https:// address, or http:// to this machine itself (loopback), without a user name or password in it"
        )
    return text


def metadata_url(text: str) -> str:
    """Where a managed identity is asked for tokens: the host's own link-local address, loopback or https."""
    try:
        return guarded_url(text)
    except ValueError:
        wanted = "an https:// address, or http:// to loopback or a link-local address (169.254.…)"
    try:
        near = ip_address(urlsplit(web_url(text)).hostname or "") in _LINK_LOCAL
    except ValueError:
        near = False
    if not near:
        raise ValueError(wanted)
    return text


def database_url(text: str) -> str:
    """SQLite file or PostgreSQL server; the driver is ours to add."""
    wanted = "sqlite:///FILE (four slashes before an absolute path) or postgresql://USER:PASSWORD@HOST/NAME"
    if text.startswith("sqlite:///"):
        file = text.removeprefix("sqlite:///")
        if not file or file == ":memory:" or "?" in file or not file.isprintable():
            raise ValueError(wanted)
        return "sqlite:///" + Path(file).expanduser().as_posix()
    try:
        readable = urlsplit(text).port != 0 and text.startswith("postgresql://") and text.isprintable()
    except ValueError:
        readable = False
    if not readable:
        raise ValueError(wanted)
    return text


def existing_file(text: str) -> Path:
    """A file that is there."""
    path = Path(text).expanduser()
    if not path.is_file():
        raise ValueError("the path of a file that exists and can be read")
    return path


def zone(text: str) -> str:
    """An IANA zone."""
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("an IANA time zone such as Europe/Berlin") from None
    return text


def language(text: str) -> str:
    """A language tag."""
    if not _LANGUAGE.fullmatch(text):
        raise ValueError("a language tag such as en or de")
    return text


def source_ids(text: str) -> frozenset[str]:
    """Ids of sources."""
    found = frozenset(words(text))
    if any(not _SOURCE.fullmatch(word) for word in found):
        raise ValueError("source ids such as mastodon or statuspage:github, separated by commas")
    return found


def one_of(*choices: str) -> Callable[[str], str]:
    """One word of a closed set."""

    def read(text: str) -> str:
        if text.lower() not in choices:
            raise ValueError(f"one of {', '.join(choices)}")
        return text.lower()

    return read


def windows(text: str) -> tuple[tuple[int, int], ...]:
    """How many in how many seconds: `7/1 8/2`, the shortest first, each longer one holding more."""
    read = sorted((seconds, most) for most, seconds in (_window(word) for word in text.replace(",", " ").split()))
    if not read or any(one[0] == other[0] or one[1] > other[1] for one, other in pairwise(read)):
        raise ValueError("such as 7/1 8/2 60/30: sends in so many seconds, more in a longer time")
    return tuple((most, seconds) for seconds, most in read)


def _window(word: str) -> tuple[int, int]:
    read = re.fullmatch(r"([1-9]\d{0,5})/([1-9]\d{0,5})", word, re.ASCII)
    if read is None:
        raise ValueError("such as 7/1 8/2 60/30: sends in so many seconds, more in a longer time")
    return int(read[1]), int(read[2])
