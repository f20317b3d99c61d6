"""The form in which a conversation says what it wants to hear, and the list of what it has said.  Holds no sentence."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum

from bot.cards.blocks import Part
from bot.content.values import place
from bot.domain.conversation import Button, Entry, Face, Field, Form, Option, Phrase, Reply, Said, Scope
from bot.domain.incident import Level
from bot.domain.observation import Feature, ServiceId
from bot.domain.subscription import Matter, QuietHours, Subscription

SAVE = "subscription.save"
CLOCK = "%H:%M"
LONGEST_LIST = 500  # characters of the places that one may type


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What the form offers, and to whom."""

    services: tuple[ServiceId, ...]
    languages: tuple[tuple[str, str], ...]  # tag, name in that language
    now: datetime
    row: str = ""
    language: str = "en"
    zone: str = "UTC"
    owners_only: bool = False  # who may change it: owners of the team and administrators, else any member


def subscription_form(subscription: Subscription, offer: Offer) -> Reply:
    """The form, filled with what stands in `subscription`; a new one holds the defaults."""
    return Reply(
        face=Face.FORM,
        row=offer.row or subscription.id,
        title=Phrase(key="subscribing.title"),
        said=_ends(_who_may(offer, subscription)),
        form=Form(fields=tuple(_fields(subscription, offer)), verb=SAVE),
        at=offer.now,
        language=offer.language,
        zone=offer.zone,
    )


def subscribed_reply(subscription: Subscription, offer: Offer, role: str = "member") -> Reply:
    """Said openly where it holds: what will be told here, and who may change it, by role and never by name."""
    done = Phrase(key="subscribing.done", values={"role": Phrase(key=f"subscribing.role.{role}")})
    return _listed(
        Phrase(key="subscribing.done_alone") if subscription.scope is Scope.PERSONAL else done,
        wish_lines(subscription, offer.language),
        offer,
        subscription,
    )


def subscriptions_reply(subscription: Subscription | None, offer: Offer) -> Reply:
    """What is told here, with the buttons to change and to end it."""
    lines = wish_lines(subscription, offer.language) if subscription else (Phrase(key="subscribing.none"),)
    return _listed(Phrase(key="subscribing.list"), lines, offer, subscription)


def wish_lines(subscription: Subscription, language: str) -> tuple[Phrase, ...]:
    """A wish in sentences, for a reader of this language."""
    wish = subscription.wish
    services = [Phrase(key=f"service.{each}") for each in sorted(wish.services)]
    features = sorted(wish.features)
    places = _places(subscription, language)
    lines = [
        Phrase(key="subscribing.of", values={"what": services or Phrase(key="subscribing.every_service")}),
        Phrase(key="subscribing.parts", values={"what": features or Phrase(key="subscribing.every_part")}),
        Phrase(key="subscribing.places", values={"what": places or Phrase(key="subscribing.everywhere")}),
        Phrase(key="subscribing.from", values={"level": Phrase(key=f"subscribing.level.{wish.level}")}),
        Phrase(key="subscribing.kinds", values={"what": _words("matter", sorted(wish.matters))}),
    ]
    if wish.quiet:
        values = {"starts": f"{wish.quiet.starts:{CLOCK}}", "ends": f"{wish.quiet.ends:{CLOCK}}"}
        lines.append(Phrase(key="subscribing.quiet", values={**values, "place": wish.quiet.zone}))
        lines += [Phrase(key="subscribing.loud")] if wish.loud_when_down else []
    if subscription.muted_until:
        lines.append(Phrase(key="subscribing.muted", values={"until": subscription.muted_until}))
    return tuple(lines)


def _places(subscription: Subscription, language: str) -> list[str]:
    """As they were typed or are configured, and regions by their names: what the form reads back."""
    return sorted(place(each, language) for each in subscription.wish.places)


def _words(family: str, members: Iterable[StrEnum]) -> list[Phrase]:
    return [Phrase(key=f"subscribing.{family}.{each}") for each in members] or [Phrase(key="subscribing.nothing")]


def _fields(subscription: Subscription, offer: Offer) -> Sequence[Field]:
    wish = subscription.wish
    features = [each for each in Feature if each is not Feature.ALL]
    languages = tuple(Option(value=tag, label=Phrase(key="subscribing.said", values={"text": name}))
                      for tag, name in offer.languages)  # fmt: skip
    return (
        _several("services", wish.services, [(each, Phrase(key=f"service.{each}")) for each in offer.services]),
        _several("features", wish.features, [(each, Phrase(key=f"feature.{each}")) for each in features]),
        _field("places", Entry.TEXT, ", ".join(_places(subscription, offer.language)), most=LONGEST_LIST),
        _one("level", wish.level, tuple(Level)),
        _several("matters", wish.matters, [(each, Phrase(key=f"subscribing.matter.{each}")) for each in Matter]),
        _field("quiet_from", Entry.TIME, _clock(wish.quiet, ends=False)),
        _field("quiet_to", Entry.TIME, _clock(wish.quiet, ends=True)),
        _field("zone", Entry.TEXT, (wish.quiet.zone if wish.quiet else subscription.zone) or offer.zone, most=64),
        _field("loud", Entry.TOGGLE, "true" if wish.loud_when_down else "false"),
        Field(
            id="language",
            entry=Entry.CHOICE,
            label=Phrase(key="subscribing.field.language"),
            options=languages,
            value=subscription.language or offer.language,
        ),
        *(
            [_field("mention", Entry.TOGGLE, "true" if subscription.mention else "false")]
            if subscription.scope is not Scope.PERSONAL
            else []
        ),
    )


def _field(name: str, entry: Entry, value: str, *, most: int = 200) -> Field:
    return Field(id=name, entry=entry, label=Phrase(key=f"subscribing.field.{name}"), value=value, most=most)


def _one(name: str, value: Level, levels: Sequence[Level]) -> Field:
    options = tuple(Option(value=each, label=Phrase(key=f"subscribing.level.{each}")) for each in levels)
    label = Phrase(key=f"subscribing.field.{name}")
    return Field(id=name, entry=Entry.CHOICE, label=label, options=options, value=value, required=True)


def _several(name: str, chosen: Iterable[str], offered: Sequence[tuple[str, Phrase]]) -> Field:
    options = tuple(Option(value=str(value), label=label) for value, label in offered)
    known = {str(each) for each in chosen}
    value = ",".join(option.value for option in options if option.value in known)
    label = Phrase(key=f"subscribing.field.{name}")
    return Field(id=name, entry=Entry.CHOICES, label=label, options=options, value=value)


def _clock(quiet: QuietHours | None, *, ends: bool) -> str:
    at: time | None = (quiet.ends if ends else quiet.starts) if quiet else None
    return f"{at:{CLOCK}}" if at else ""


def _who_may(offer: Offer, subscription: Subscription | None) -> tuple[Phrase, ...]:
    """Who may change it, where there is something and somebody else."""
    if subscription is None or subscription.scope is Scope.PERSONAL:
        return ()
    return (Phrase(key="subscribing.owners_may" if offer.owners_only else "subscribing.anybody_may"),)


def _how_to_stop(subscription: Subscription | None) -> tuple[Phrase, ...]:
    """Of the help desk's own destinations the settings decide; of what is not told nothing needs to be stopped."""
    if subscription is None:
        return ()
    return (Phrase(key="telling.stop.helpdesk" if subscription.helpdesk else "subscribing.how_to_stop"),)


def _ends(lines: tuple[Phrase, ...]) -> tuple[Said, ...]:
    return (Said(part=Part.FOOT, lines=lines),) if lines else ()


def _listed(headline: Phrase, lines: tuple[Phrase, ...], offer: Offer, subscription: Subscription | None) -> Reply:
    ends = (*_how_to_stop(subscription), *_who_may(offer, subscription))
    may_end = subscription is not None and not subscription.helpdesk
    return Reply(
        face=Face.LINES,
        row=offer.row or (subscription.id if subscription else None),
        title=headline,
        said=(Said(part=Part.NOTES, lines=lines), *_ends(ends)),
        buttons=(Button(verb="subscribe"), *([Button(verb="unsubscribe")] if may_end else [])),
        personal=False,
        at=offer.now,
        language=offer.language,
        zone=offer.zone,
    )
