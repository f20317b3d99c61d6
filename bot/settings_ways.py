"""How the text of `FALLBACKS` becomes ways beside Teams.

One a line, or separated by commas:  NAME (OPTIONS) = ADDRESS.  Name and options may be left out.  Options are words:
a level (signs, advisory, degraded, down), quiet hours (22:00-07:00), their zone, `drills`.  The same name again adds
another address, tried when the one before it fails.  Addresses are Apprise's; they hold keys and are never repeated.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import time
from pathlib import Path
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

from bot.domain.incident import Level
from bot.domain.subscription import QuietHours
from bot.domain.ways import Way

WANTED = (
    "addresses such as mailtos://USER:PASSWORD@HOST, each perhaps with a name and options before it: "
    "night (down 22:00-07:00 Europe/Berlin drills) = ADDRESS"
)
WAY = "way:"  # before the name of a way, where conversations are named too
_SCHEME = r"[A-Za-z][A-Za-z0-9+.-]*://"
_NAME = r"[\w.-]{1,40}"
_HEAD = rf"{_NAME}\s*(?:\([^()]*\))?\s*=\s*"
_BETWEEN = re.compile(rf"\n|,\s*(?=(?:{_HEAD})?{_SCHEME})")  # an address may hold commas of its own
_ENTRY = re.compile(rf"(?:(?P<name>{_NAME})\s*(?:\((?P<options>[^()]*)\))?\s*=\s*)?(?P<address>{_SCHEME}\S+)")
_HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")
_SHORTEST_KEY = 6  # characters; shorter parts of an address are words, not keys
_BRIEF = frozenset(  # text messages, by Apprise's list of services, 2026
    {
        "sms", "sns", "twilio", "bulksms", "bulkvs", "burstsms", "clicksend", "d7sms", "freemobile", "httpsms",
        "kavenegar", "msg91", "msgbird", "nexmo", "vonage", "plivo", "popcorn", "seven", "sinch", "sfr", "smseagle",
        "smseagles", "smpp", "smpps", "smsmanager", "smsmgr", "voipms", "atalk", "threema",
    }
)  # fmt: skip
# Schemes and hosts that need Microsoft's own services to be up (Apprise's list of services, 2026).
_MICROSOFTS = frozenset({"msteams", "workflow", "workflows", "o365", "azure", "office365", "outlook", "hotmail"})
_MICROSOFT_HOSTS = (
    "office365.com", "outlook.com", "hotmail.com", "live.com", "microsoft.com", "azure.com", "office.com",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class WaySettings:
    """A way with its addresses, first choice first."""

    way: Way
    addresses: tuple[str, ...] = field(repr=False)
    file: Path | None = None  # where it may be renewed

    @property
    def secrets(self) -> frozenset[str]:
        """The addresses and every part of them that may be a key."""
        return frozenset(part for address in self.addresses for part in _keys(address))


def ways(text: str) -> tuple[WaySettings, ...]:
    """The ways in this text, in order.  Raises ValueError that says what is wanted and repeats no address."""
    found: dict[str, WaySettings] = {}
    for number, entry in enumerate(filter(None, (part.strip() for part in _BETWEEN.split(text))), start=1):
        read = _ENTRY.fullmatch(entry)
        if read is None or not entry.isprintable():
            raise ValueError(f"{WANTED} (entry {number} is not)")
        address = read["address"]
        name = read["name"] or _unused(urlsplit(address).scheme.lower(), found)
        if name not in found:
            found[name] = WaySettings(way=_way(name, read["options"] or "", number), addresses=())
        elif read["options"]:
            raise ValueError(f"options only where a name stands for the first time (entry {number})")
        before = found[name]
        brief = urlsplit(address).scheme.lower() in _BRIEF or before.way.brief
        microsofts = is_microsofts(address) and (not before.addresses or before.way.microsofts)
        found[name] = replace(
            before, way=replace(before.way, microsofts=microsofts, brief=brief), addresses=(*before.addresses, address)
        )
    return tuple(found.values())


def ways_among(destinations: Iterable[str]) -> frozenset[str]:
    """Names of the ways among these destinations; the others are conversations."""
    return frozenset(each.removeprefix(WAY) for each in destinations if each.startswith(WAY))


def standing_in(several: Sequence[WaySettings], file: Path) -> tuple[WaySettings, ...]:
    """These ways, with the file that they were read from."""
    return tuple(replace(each, file=file) for each in several)


def is_microsofts(address: str) -> bool:
    """Whether this way needs one of Microsoft's services to be up."""
    parts = urlsplit(address.lower())
    host = parts.hostname or ""
    return parts.scheme in _MICROSOFTS or any(host == each or host.endswith(f".{each}") for each in _MICROSOFT_HOSTS)


def _way(name: str, options: str, number: int) -> Way:
    way, hours, zone = Way(name=name), None, "UTC"
    for word in options.split():
        if word in set(Level):
            way = replace(way, level=Level(word))
        elif word == "drills":
            way = replace(way, drills=True)
        elif read := _HOURS.fullmatch(word):
            hours = (time(int(read[1]), int(read[2])), time(int(read[3]), int(read[4])))
        else:
            zone = _zone(word, number)
    if hours is None:
        return way
    return replace(way, quiet=QuietHours(starts=hours[0], ends=hours[1], zone=zone))


def _zone(word: str, number: int) -> str:
    try:
        ZoneInfo(word)
    except (KeyError, ValueError, OSError):
        levels = ", ".join(Level)
        raise ValueError(
            f"options of {levels}, drills, hours such as 22:00-07:00 and an IANA zone (entry {number})"
        ) from None
    return word


def _unused(scheme: str, found: dict[str, WaySettings]) -> str:
    """A name for an entry without one: its scheme, numbered from the second on."""
    if scheme not in found:
        return scheme
    return next(name for number in range(2, 1000) if (name := f"{scheme}-{number}") not in found)


def _keys(address: str) -> set[str]:
    parts = urlsplit(address)
    place = parts.netloc.rpartition("@")[2].partition(":")[0]
    words = {parts.username or "", parts.password or "", *parts.path.split("/"), *re.split(r"[&=]", parts.query)}
    if "." not in place and place != "localhost":
        words.add(place)  # many services have a token or a topic where others have a host
    words |= {unquote(word) for word in words}
    return {address} | {word for word in words if len(word) >= _SHORTEST_KEY}
