"""What a conversation is told by default, and what becomes of that by words or by a form.  Decides; keeps nothing."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import time
from functools import lru_cache
from zoneinfo import ZoneInfo

from bot.commands.desk import Turn
from bot.domain.conversation import Phrase, Scope
from bot.domain.incident import Level
from bot.domain.observation import Feature, ServiceId
from bot.domain.subscription import Matter, QuietHours, Subscription, SubscriptionId, Wish
from bot.understand.wishes import MOST_PLACES, Wanted, places_of

EVERYDAY = frozenset({Matter.OUTAGES, Matter.MAINTENANCE, Matter.ALL_CLEAR})
LONGEST_ZONE = 64
FORM, NEW = "s-", "new"  # how the row behind a form begins, and the id of one that is not kept yet
OPEN = "subscription.open"  # the verb that chooses one of several


def fresh(turn: Turn) -> Subscription:
    """The defaults, which do not tire: what is confirmed; drills only where a bot is tried out."""
    destination = turn.message.destination
    matters = EVERYDAY | ({Matter.DRILLS} if turn.house.rehearsing else frozenset())
    return Subscription(
        id=SubscriptionId(""),
        tenant=destination.tenant,
        conversation=destination.id,
        scope=destination.scope,
        wish=Wish(level=Level.DEGRADED, matters=matters),
        made_at=turn.now,
        made_by=turn.message.person.lasting_id,
    )


def worded(before: Subscription, wanted: Wanted, zone: str) -> Subscription:
    """`before`, with what was said in the place of what stood there; `zone`: of the hours that were named."""
    wish = before.wish
    quiet = QuietHours(starts=wanted.quiet[0], ends=wanted.quiet[1], zone=zone) if wanted.quiet else wish.quiet
    whole = wanted.everything
    return replace(
        before,
        wish=replace(
            wish,
            services=wanted.services or (frozenset() if whole else wish.services),
            features=wanted.features or (frozenset() if whole else wish.features),
            places=wanted.places or (frozenset() if whole or wanted.everywhere else wish.places),
            level=wanted.level or wish.level,
            matters=(wish.matters | wanted.more | (EVERYDAY if whole else frozenset())) - wanted.less,
            quiet=quiet,
        ),
    )


def filled_in(turn: Turn, before: Subscription, typed: Mapping[str, str]) -> tuple[Subscription, tuple[Phrase, ...]]:
    """`before` as the form says, and what is wrong with it, field by field; a wrong field stays as it was."""
    reading = _Reading(turn, typed)
    wish = before.wish
    services = frozenset(ServiceId(each) for each in reading.several("services", turn.desk.catalogue.services))
    features = frozenset(Feature(each) for each in reading.several("features", [*Feature]))
    matters = frozenset(Matter(each) for each in reading.several("matters", [*Matter]))
    level = Level(reading.one("level", [*Level], wish.level))
    language = reading.one("language", turn.house.languages, before.language or turn.language, needed=False)
    zone = reading.zone(before.zone or turn.zone)
    places = places_of(typed.get("places", ""), turn.house.sites)
    if len(places) > MOST_PLACES:
        reading.refuse("places", "too_many")
    starts, ends = reading.clock("quiet_from"), reading.clock("quiet_to")
    if not reading.wrong and (starts is None) is not (ends is None):
        reading.refuse("quiet_to" if ends is None else "quiet_from", "both_hours")
    quiet = QuietHours(starts=starts, ends=ends, zone=zone) if starts is not None and ends is not None else None
    mentions = typed.get("mention") == "true"
    after = replace(
        before,
        wish=replace(
            wish,
            services=services,
            features=features,
            places=places,
            level=level,
            matters=matters,
            quiet=quiet,
            loud_when_down=typed.get("loud", "false") == "true",
        ),
        language=language,
        zone=zone if quiet or before.zone else None,
        mention=(before.mention or turn.message.person.id or None) if mentions else None,
    )
    if before.scope is Scope.PERSONAL:
        after = replace(after, mention=None)
    return after, tuple(reading.wrong)


def row_of(subscription: Subscription) -> str:
    """What a form's button refers to: which subscription of which conversation, as it stood when it was shown."""
    stood = repr(
        (subscription.tenant, subscription.conversation, *_stands(subscription)) if subscription.id else "nothing"
    )
    seen = hashlib.blake2b(stood.encode(), digest_size=6).hexdigest()
    return f"{FORM}{subscription.id or NEW}-{seen}"


def mark_of(subscription: Subscription) -> str:
    """What a list's button calls one of several: no more than a verb may hold."""
    return hashlib.blake2b(subscription.id.encode(), digest_size=6).hexdigest()


def id_in(row: str) -> str | None:
    """The id of the subscription in a form's row; None: of one that was not kept yet."""
    named = row.removeprefix(FORM).rpartition("-")[0]
    return None if named in ("", NEW) else named


def is_same(one: Subscription, other: Subscription) -> bool:
    """Whether both want the same."""
    return _stands(one) == _stands(other)


def in_short(subscription: Subscription | None) -> str | None:
    """For the audit: every choice in one line."""
    if subscription is None:
        return None
    wish = subscription.wish
    quiet = f"{wish.quiet.starts:%H:%M}-{wish.quiet.ends:%H:%M} {wish.quiet.zone}" if wish.quiet else "-"
    parts = (
        ",".join(sorted(wish.services)) or "all",
        ",".join(sorted(wish.features)) or "all",
        ",".join(sorted(wish.places)) or "everywhere",
        wish.level,
        ",".join(sorted(wish.matters)) or "nothing",
        quiet,
        "loud" if wish.loud_when_down else "never loud",
        f"muted until {subscription.muted_until:%Y-%m-%d %H:%M}" if subscription.muted_until else "-",
    )
    return f"{subscription.conversation}: {'; '.join(parts)}"


def _stands(subscription: Subscription) -> tuple[object, ...]:
    wish = subscription.wish
    return (
        sorted(wish.services),
        sorted(wish.features),
        sorted(wish.places),
        wish.level.value,
        sorted(wish.matters),
        (wish.quiet.starts.isoformat(), wish.quiet.ends.isoformat(), wish.quiet.zone) if wish.quiet else None,
        wish.loud_when_down,
        subscription.language,
        subscription.mention,
    )


class _Reading:
    """What was filled in, and what is wrong with it."""

    def __init__(self, turn: Turn, typed: Mapping[str, str]) -> None:
        self._turn, self._typed = turn, typed
        self.wrong: list[Phrase] = []

    def refuse(self, field: str, why: str) -> None:
        named = {"field": Phrase(key=f"subscribing.field.{field}"), "why": Phrase(key=f"subscription.wrong.{why}")}
        self.wrong.append(Phrase(key="subscription.correct", values=named))

    def several(self, field: str, known: Iterable[str]) -> list[str]:
        offered = set(known)
        chosen = [each.strip() for each in self._typed.get(field, "").split(",") if each.strip()]
        if not offered.issuperset(chosen):
            self.refuse(field, "choose")
        return [each for each in chosen if each in offered]

    def one(self, field: str, known: Iterable[str], otherwise: str, *, needed: bool = True) -> str:
        chosen = self._typed.get(field, "").strip()
        if chosen in set(known):
            return chosen
        if chosen or needed:
            self.refuse(field, "choose")
        return otherwise

    def zone(self, otherwise: str) -> str:
        name = self._typed.get("zone", "").strip()
        if not name:
            return otherwise
        if not _is_zone(name[: LONGEST_ZONE + 1]):
            self.refuse("zone", "zone")
            return otherwise
        return name

    def clock(self, field: str) -> time | None:
        typed = self._typed.get(field, "").strip()
        if not typed:
            return None
        try:
            return time.fromisoformat(typed if len(typed) != len("7:00") else f"0{typed}").replace(tzinfo=None)
        except ValueError:
            self.refuse(field, "clock")
            return None


@lru_cache(maxsize=512)
def _is_zone(name: str) -> bool:
    if len(name) > LONGEST_ZONE:
        return False
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):  # a path, a folder, an unknown name
        return False
    return True
