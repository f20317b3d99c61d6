"""People's posts, whatever their network: how far its listings reach, who of them reports trouble, how many that makes.

Pure.  Deleted and edited posts need no care: listings are read again on every poll, and nothing of them is kept.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bot.domain.observation import Health, Kind, Observation, SourceId
from bot.domain.spike import MEMORY
from bot.http import Page
from bot.sources import voices
from bot.sources.reports import TEAMS, Reports
from bot.sources.shapes import EARLIEST, LATEST
from bot.sources.source import SourceError
from bot.sources.voices import Voice


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One person's own words; its author lives only while one listing is counted."""

    id: str  # the same wherever the post is met
    at: datetime
    author: str = field(repr=False)
    words: str = field(repr=False)
    language: str | None = None  # by its author's program: a hint


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingPage:
    """What one page of a listing holds."""

    posts: tuple[Post, ...]
    oldest: datetime | None = None  # of everything on the page, whoever wrote it
    newest: datetime | None = None
    following: str | None = None  # what to ask for next; None at the listing's end


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A listing as far as it was read."""

    posts: tuple[Post, ...]
    whole_since: datetime  # before, there may be more


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """Who speaks."""

    source: SourceId
    origin: str
    link: str  # the network's own public page of such posts


Read = Callable[[Page], ListingPage]


def listing(pages: Sequence[Page], read: Read, *, back_to: datetime) -> Listing:
    """A listing from its pages; `back_to`: it was asked for from there on.

    Raises SourceError when its first page can't be read; a failure on a later one only cuts it short.
    """
    listed = [read(pages[0])]
    is_cut = False
    for page in pages[1:]:
        try:
            listed.append(read(page))
        except SourceError:
            is_cut = True
    is_whole = not is_cut and listed[-1].following is None
    oldest = min((each.oldest for each in listed if each.oldest is not None), default=None)
    return Listing(
        posts=tuple(post for each in listed for post in each.posts),
        whole_since=back_to if is_whole else max(oldest or LATEST, back_to),
    )


def listings(pages: Sequence[Page], names: Iterable[str], read: Read, *, back_to: datetime) -> list[Listing]:
    """The listings of these names.  Raises SourceError when one of them can't be read: its silence is no zero.

    One that was not asked for, since nothing more was allowed, is a listing of which nothing was seen.
    """
    by_name = {name: [page for page in pages if page.name == name] for name in names}
    if not any(by_name.values()):
        raise SourceError("no page")
    unseen = Listing(posts=(), whole_since=LATEST)
    return [listing(found, read, back_to=back_to) if found else unseen for found in by_name.values()]


def span(moments: Iterable[datetime | None], now: datetime) -> tuple[datetime | None, datetime | None]:
    """The oldest and the newest of these; what claims to come from the future is passed over."""
    known = [at for at in moments if at is not None and at <= now + voices.AHEAD]
    return min(known, default=None), max(known, default=None)


def at_epoch(seconds: float) -> datetime | None:
    """A moment told in seconds since 1970; None when no date can be that."""
    if not EARLIEST.timestamp() <= seconds < LATEST.timestamp():  # false for what is no number too
        return None
    return datetime.fromtimestamp(seconds, UTC)


def is_unreadable(read: Read, page: Page) -> bool:
    """Whether this page tells nothing."""
    try:
        read(page)
    except SourceError:
        return True
    return False


def moves(pages: Iterable[Page], read: Read, now: datetime, within: timedelta) -> bool:
    """Whether any of these pages holds a post young enough to show that posts still arrive."""
    for page in pages:
        with suppress(SourceError):
            newest = read(page).newest
            if newest is not None and newest > now - within:
                return True
    return False


def voices_in(posts: Iterable[Post], reports: Reports, now: datetime) -> list[Voice]:
    """Those posts in which somebody says that it fails for them now, each post once."""
    found: dict[str, Voice] = {}
    for post in posts:
        report = None if post.at > now + voices.AHEAD else reports.of(post.words, post.language)
        if report is not None and post.id not in found:
            found[post.id] = Voice(
                at=post.at, author=voices.code_of(post.author), words=post.words, feature=report.feature
            )
    return list(found.values())


def counted(
    network: Network, heard: Iterable[Voice], now: datetime, *, listed_since: datetime, until: datetime
) -> Observation:
    """What a network's voices say together.  `listed_since`: its listings are whole from there on."""
    said = voices.distinct(heard)
    weighed = voices.weigh(said, now, listed_since=max(listed_since, now - MEMORY))
    return Observation(
        source=network.source,
        kind=Kind.POSTS,
        origin=network.origin,
        key="teams",
        service=TEAMS,
        feature=voices.named_feature(said, now),
        health=weighed.health,
        seen_at=now,
        until=until,
        said_at=min(now, max(voice.at for voice in said)) if weighed.strength.reports else None,
        since=weighed.since,
        strength=weighed.strength,
        link=network.link,
    )


def unread(network: Network, part: str, error: SourceError, now: datetime, *, until: datetime) -> Observation:
    """A part of a network that could not be read: no evidence, but to be told."""
    return Observation(
        source=network.source,
        kind=Kind.POSTS,
        origin=part,
        key=part,
        service=TEAMS,
        health=Health.UNREACHABLE,
        seen_at=now,
        until=until,
        text=f"{part}: {error.reason}",
    )
