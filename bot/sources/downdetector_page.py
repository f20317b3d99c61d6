"""Downdetector's public page as state and counts.  Pure.

Two layouts: streamed pieces of one text (May to July 2026), and one script object (2021 to 2025).  A layout that is
neither is said to be unknown; nothing found is never zero reports.  Comments and tokens in the page are not read.
"""

import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile
from statistics import median

import msgspec

from bot.domain.observation import Strength
from bot.http import Page
from bot.sources import shapes
from bot.sources.source import SourceError

BUCKET = timedelta(minutes=15)
FROZEN_AFTER = timedelta(minutes=45)
NEIGHBOURS = 5  # the usual number carries echoes of old outages: the median of neighbours does not
RISEN = 3.0  # times the usual: from here on a bucket belongs to the present trouble
RISEN_BY = 5.0  # reports, at least

_PIECE = re.compile(r'self\.__next_f\.push\(\[1,\s*("[^"\\]*(?:\\.[^"\\]*)*")\]\)', re.DOTALL)
_COMPANY = '"service":{"__typename":"CompanyType"'
_OLD_OBJECT = "currentServiceProperties"
_OLD_STATE = re.compile(r"\bstatus:\s*'([a-z]{1,20})'")
_OLD_POINT = re.compile(r"\{\s*x:\s*'([^']{10,40})',\s*y:\s*(\d{1,7})\s*\}")
_BLOCK_MARKS = ("429 rate limited", "blocked from accessing", "(╯°□°")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What the page says."""

    state: str
    strength: Strength | None
    since: datetime | None


class _Point(msgspec.Struct, frozen=True):
    timestampUtc: str
    reportsValue: int
    baselineValue: int


class _Chart(msgspec.Struct, frozen=True):
    dataPoints: list[_Point]


class _Stats(msgspec.Struct, frozen=True):
    status: str
    chartData: _Chart


class _Indicator(msgspec.Struct, frozen=True):
    localizedName: str
    count: int


class _Company(msgspec.Struct, frozen=True):
    stats: _Stats
    lastIndicators: list[_Indicator] = []


def read(page: Page, now: datetime) -> Seen:
    """State and counts of the page.  Raises SourceError for a bot check, an unknown layout and an old page."""
    text = shapes.answered(page).decode("utf-8", "replace")
    lowered = text.lower()
    if sum(mark in lowered for mark in _BLOCK_MARKS) > 1:
        raise SourceError(f"{page.status} challenge: its page against programs", http_status=page.status)
    company = _streamed(text) or _scripted(text)
    if company is None:
        raise SourceError("page: layout unknown", http_status=page.status)
    points = _dated(company.stats.chartData.dataPoints)
    if points and points[-1][0] + BUCKET < now - FROZEN_AFTER:
        raise SourceError("page: frozen", http_status=page.status)
    return Seen(state=company.stats.status, strength=_strength(points, company), since=_since(points, now))


def _streamed(text: str) -> _Company | None:
    """The company object of the present layout: its pieces are one text, cut anywhere."""
    try:
        joined = "".join(msgspec.json.decode(piece, type=str) for piece in _PIECE.findall(text))
        begin = joined.find(_COMPANY)
        if begin < 0:
            return None
        found, _ = json.JSONDecoder().raw_decode(joined, joined.index("{", begin))
        return msgspec.convert(found, _Company)
    except msgspec.ValidationError as error:
        raise SourceError(f"page: shape changed: {error}") from error
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise SourceError("page: shape changed") from error


def _scripted(text: str) -> _Company | None:
    """The older layout: a script object, JavaScript and not JSON."""
    begin = text.find(_OLD_OBJECT)
    state = _OLD_STATE.search(text, begin) if begin >= 0 else None
    series = text.find("series", begin)
    if state is None or series < 0:
        return None
    reports, _, usual = text[series:].partition("baseline")
    pairs = zip(_OLD_POINT.findall(reports), _OLD_POINT.findall(usual), strict=False)
    points = [
        _Point(timestampUtc=at, reportsValue=int(count), baselineValue=int(normal))
        for (at, count), (_, normal) in pairs
    ]
    return _Company(stats=_Stats(status=state[1], chartData=_Chart(dataPoints=points)))


_Dated = tuple[datetime, int, float]


def _dated(points: list[_Point]) -> list[_Dated]:
    """Begin of each bucket, its reports, and the usual number smoothed over its neighbours; oldest first."""
    stamped = [(at, point) for point in points[-200:] if (at := shapes.moment(point.timestampUtc))]
    stamped.sort(key=lambda each: each[0])
    normals = [point.baselineValue for _, point in stamped]
    half = NEIGHBOURS // 2
    return [
        (at, max(0, point.reportsValue), float(median(normals[max(0, place - half) : place + half + 1])))
        for place, (at, point) in enumerate(stamped)
    ]


def _strength(points: list[_Dated], company: _Company) -> Strength | None:
    if not points:
        return None
    _, reports, usual = points[-1]
    shares = {shapes.plain(each.localizedName, 60): each.count for each in company.lastIndicators[:8] if each.count > 0}
    return Strength(reports=reports, usual=usual, window=BUCKET, shares=shares)


def _since(points: list[_Dated], now: datetime) -> datetime | None:
    """Since when the buckets have been far above the usual without a break."""
    risen = list(takewhile(_is_risen, reversed(points)))
    return min(risen[-1][0], now) if risen else None


def _is_risen(point: _Dated) -> bool:
    _, reports, usual = point
    return reports >= max(usual * RISEN, usual + RISEN_BY)
