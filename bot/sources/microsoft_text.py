"""How Microsoft writes about trouble: labelled lines, its own dates, product and feature names.  Pure.

The same form is used by the public status page and by tenant posts; it is written by hand, so any label may be missing
and dates may be wrong (the year 2025 in texts of 2026).  What can't be believed is dropped, never guessed.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.domain.observation import Feature
from bot.sources import shapes

OVERDUE_AT_MOST = timedelta(hours=1)  # a promised next word further back is a slip of the pen
PROMISED_AT_MOST = timedelta(hours=24)

_LABELS: Mapping[str, str] = {
    "title": "title",
    "user impact": "impact",
    "more info": "more",
    "current status": "status",
    "scope of impact": "scope",
    "start time": "start",
    "end time": "end",
    "final status": "final",
    "root cause": "cause",
    "preliminary root cause": "cause",
    "next steps": "steps",
    "next update by": "next",
    "next update time": "next",
    "next update": "next",
    "estimated time to resolve": "estimate",
}
_LABEL = re.compile(rf"({'|'.join(sorted(_LABELS, key=len, reverse=True))})\s*:\s*(.*)", re.IGNORECASE)
_DATE = re.compile(
    r"([A-Z][a-z]{2,8})\.? (\d{1,2}), (\d{4}),? (?:at )?(\d{1,2}):(\d{2}) ?([AP])M ?\(?UTC", re.IGNORECASE
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

_PARTS = r"chat|message|meeting|call|channel|app|client|desktop|web|mobile|presence|phone|room|live event|calendar|file"
_TEAMS = re.compile(
    r"\bMicrosoft Teams\b(?! (?:Free|admin))"
    r"|(?:^|[-•*,:(]\s*|\band )Teams\b(?=\s*(?:$|[-:,.;)(]|and\b))"
    rf"|\bTeams (?:{_PARTS})"
)
_UNHARMED = re.compile(r"(?:\bnot|n't) (?:be )?(?:impacted|affected)\b|\bunaffected\b", re.IGNORECASE)

_FEATURES: tuple[tuple[Feature, str], ...] = (
    (Feature.ADMIN, r"admin cent(?:er|re)|administration"),
    (Feature.SIGNIN, r"sign[- ]?in|signing in|log ?in|logging in|authenticat"),
    (Feature.LIVE_EVENTS, r"live event|town hall|webinar|broadcast"),
    (Feature.MEETINGS, r"meeting|audio and video|screen shar"),
    (Feature.CALLING, r"\bcall(?:s|ing|ers?)?\b|call queue|auto attendant|voicemail|pstn|teams phone"),
    (Feature.CALENDAR, r"calendar"),
    (Feature.PRESENCE, r"presence"),
    (Feature.NOTIFICATIONS, r"notification"),
    (Feature.SEARCH, r"\bsearch"),
    (Feature.FILES, r"\bfiles?\b|attachment"),
    (Feature.CHAT, r"\bchats?\b|messag|teams and channels|\bchannels?\b|image"),
    (Feature.CLIENT_START, r"app start|start(?:ing)? the (?:desktop )?(?:app|client)|fails? to (?:launch|load|start)"),
    (Feature.APPS, r"^apps$|\bbots?\b|teams apps|third-party apps"),
)
_REGIONS: tuple[tuple[str, str], ...] = (
    ("China", r"china|21vianet"),
    ("North America", r"north america"),
    ("South America", r"south america|brazil"),
    ("United Kingdom", r"united kingdom|\buk\b"),
    ("United States", r"united states|(?-i:\bUS\b)"),
    ("Europe", r"europe|\bemea\b|germany|france|nordic"),
    ("Asia Pacific", r"asia|\bapac\b|japan|india|australia"),
    ("Middle East", r"middle east|\buae\b"),
    ("Africa", r"africa"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One of Microsoft's texts, taken apart; what was not told is empty or None."""

    lines: tuple[str, ...]
    title: str
    impact: str
    status: str  # what is being done, or the final word
    scope: str
    start_at: datetime | None
    end_at: datetime | None
    next_update_at: datetime | None

    @property
    def summary(self) -> str:
        """What a reader wants first: what people feel, then what is being done."""
        said = " ".join(part for part in (self.impact or self.title, self.status) if part)
        return shapes.plain(said or " ".join(self.lines))


def told(text: str, now: datetime) -> Told:
    """Take a text apart, HTML or plain."""
    lines = tuple(shapes.lines(text.replace("\u2011", "-")))
    found: dict[str, str] = {}
    label = ""
    for line in lines:
        if match := _LABEL.match(line):
            label = _LABELS[match[1].lower()]
            found[label] = match[2]
        elif label:
            found[label] = f"{found[label]} {line}".strip()
    start, end = written_moment(found.get("start", "")), written_moment(found.get("end", ""))
    return Told(
        lines=lines,
        title=found.get("title", ""),
        impact=found.get("impact", ""),
        status=found.get("status") or found.get("final", ""),
        scope=found.get("scope", ""),
        start_at=start if start and start <= now else None,
        end_at=end,
        next_update_at=believable_promise(written_moment(found.get("next", "")), now),
    )


def written_moment(text: str) -> datetime | None:
    """A date as Microsoft writes it, "Tuesday, May 5, 2026, at 3:30 PM UTC"; None when it can't be read."""
    match = _DATE.search(text)
    if match is None or match[1][:3].lower() not in _MONTHS:
        return None
    hour = int(match[4]) % 12 + (12 if match[6] in "Pp" else 0)
    try:
        month = _MONTHS.index(match[1][:3].lower()) + 1
        return datetime(int(match[3]), month, int(match[2]), hour, int(match[5]), tzinfo=UTC)
    except ValueError:
        return None


def believable_promise(at: datetime | None, now: datetime) -> datetime | None:
    """A promised next word, unless it lies where nobody would promise it."""
    return at if at and now - OVERDUE_AT_MOST <= at <= now + PROMISED_AT_MOST else None


def naming_teams(lines: Sequence[str]) -> tuple[str, ...]:
    """The lines that speak of the product Teams, not of teams of people, and not to say that it is well."""
    return tuple(line for line in lines if _TEAMS.search(line) and not _UNHARMED.search(line))


def unlabelled(line: str) -> str:
    """A line without its label and without the mark of a list."""
    match = _LABEL.match(line)
    return (match[2] if match else line).lstrip("-•* ")


def feature_of(text: str) -> Feature | None:
    """The one part that `text` names; None when it names none or several: then it is about the whole."""
    lowered = text.strip().lower()
    named = {feature for feature, words in _FEATURES if re.search(words, lowered)}
    return named.pop() if len(named) == 1 else None


def region_of(text: str) -> str | None:
    """The one region that `text` names."""
    named = [region for region, words in _REGIONS if re.search(words, text, re.IGNORECASE)]
    return named[0] if len(named) == 1 else None
