"""A public post -> does its author report trouble with Teams now?  Pure; of two readings the one that counts less wins.

A report counts as a witness, so news, Microsoft's own words, memories, what-ifs, sports and other firms' outages must
not pass.  Rules in order, the first that holds decides; words stand in words/*.toml.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from bot.domain.conversation import TEAMS
from bot.domain.observation import Feature, ServiceId
from bot.understand.codes import find_incident_ids
from bot.understand.cues import Cue
from bot.understand.parts import feature_of
from bot.understand.reading import CLEAR_TROUBLE, Reading, read
from bot.understand.rules import Scene, is_gateway_error, scene_of
from bot.understand.text import Word


class PostLabel(StrEnum):
    """What a post is worth as evidence."""

    REPORT = "report"
    RESOLVED_OR_NEWS = "resolved_or_news"
    NOT_REPORT = "not_report"


class PostKind(StrEnum):
    """Why it is worth that."""

    REPORT = "report"
    OFFICIAL = "official"
    NEWS = "news"
    RESOLVED = "resolved"
    PAST = "past"
    HYPOTHETICAL = "hypothetical"
    UNRELATED = "unrelated"


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledPost:
    """The label of one post, with what it speaks of."""

    label: PostLabel
    kind: PostKind
    service: ServiceId = TEAMS
    feature: Feature | None = None
    confidence: float = 0.0


@dataclass(frozen=True, slots=True)
class _Post:
    scene: Scene
    text: str
    about: bool  # Teams the product is named
    fails: bool

    def has(self, *cues: Cue) -> bool:
        return self.scene.has(*cues)

    @property
    def troubled(self) -> bool:
        return self.fails or self.has(Cue.TROUBLE)

    @property
    def asks(self) -> bool:
        return self.scene.asks


_Rule = tuple[PostLabel, PostKind, float, Callable[[_Post], bool]]


def label_post(text: str, lang: str | None = None) -> LabelledPost:
    """What the post is.  `lang` is the platform's word for its language, where it tells."""
    reading = read(text, locale=lang)
    scene = scene_of(reading)
    about = scene.teams and not _is_other_firms_teams(reading) and not _is_noun(reading)
    fails = _fails_here(reading) or is_gateway_error(scene)
    post = _Post(scene=scene, text=text, about=about, fails=fails)
    label, kind, confidence = next(
        ((label, kind, sure) for label, kind, sure, holds in _RULES if holds(post)),
        (PostLabel.NOT_REPORT, PostKind.UNRELATED, 0.7),
    )
    return LabelledPost(
        label=label,
        kind=kind,
        service=TEAMS if about or not reading.has(Cue.MICROSOFT, Cue.M365) else ServiceId("m365"),
        feature=feature_of(reading) if kind is not PostKind.UNRELATED else None,
        confidence=confidence,
    )


def _fails_here(reading: Reading) -> bool:
    """Whether trouble is told of Teams: "Slack is down, good that we have Teams" tells another's."""
    words = reading.written.words

    def clauses(*cues: Cue) -> set[int]:
        return {words[hit.start].clause for cue in cues for hit in reading.hits.get(cue, ())}

    of_others = clauses(Cue.FOREIGN, Cue.NETWORK, Cue.DEVICE) - clauses(Cue.TEAMS, Cue.TEAMS_WORD)
    return bool(clauses(*CLEAR_TROUBLE) - of_others)


def _is_other_firms_teams(reading: Reading) -> bool:
    """ "Acme Teams is down": an unknown name right before the word makes it that firm's product."""
    if reading.has(Cue.TEAMS):
        return False
    words = reading.written.words
    covered = {at for hits in reading.hits.values() for hit in hits for at in range(hit.start, hit.end)}
    return any(
        hit.start > 0
        and words[hit.start - 1].clause == words[hit.start].clause
        and hit.start - 1 not in covered
        and _is_name(words[hit.start - 1], reading)
        for hit in reading.hits.get(Cue.TEAMS_WORD, ())
    )


def _is_noun(reading: Reading) -> bool:
    """ "servers fail and teams must cope": a small letter, and words around it that fit groups of people or a game."""
    if reading.has(Cue.TEAMS):
        return False
    words = reading.written.words
    small = all(words[hit.start].written == "teams" for hit in reading.hits.get(Cue.TEAMS_WORD, ()))
    return small and reading.has(Cue.PEOPLE_WEAK, Cue.FOREIGN)


def _is_name(word: Word, reading: Reading) -> bool:
    return word.written[0].isupper() and reading.language != "de" and not reading.is_small_word(word.text)


def _is_official(post: _Post) -> bool:
    if find_incident_ids(post.text):
        return not post.has(Cue.MYSELF) or post.has(Cue.OFFICIAL)
    return post.has(Cue.OFFICIAL) and not post.has(Cue.IF)


def _is_unrelated(post: _Post) -> bool:
    if post.about:
        return post.has(Cue.SPORT) and not post.has(Cue.TEAMS)
    named = post.has(Cue.MICROSOFT, Cue.M365) and post.has(Cue.DOWN, Cue.NEGATED) and not post.has(Cue.TALK)
    return not named and not _is_unnamed_meeting(post)


def _is_unnamed_meeting(post: _Post) -> bool:
    """A meeting that cannot be held; posts are searched by the product's name, so it may stand a post before."""
    apart = post.scene.outsider or post.scene.neighbour or post.scene.people or post.has(Cue.SPORT)
    return not apart and post.has(Cue.F_MEETINGS) and post.has(Cue.NEGATED, Cue.BROKEN)


def _is_what_if(post: _Post) -> bool:
    """Supposes the trouble; "Teams is down, if that helps" tells it first."""
    supposed = [hit.start for hit in post.scene.reading.hits.get(Cue.IF, ())]
    told = [hit.start for cue in CLEAR_TROUBLE for hit in post.scene.reading.hits.get(cue, ())]
    return bool(supposed) and not post.has(Cue.OTHERS) and (not told or min(supposed) < min(told))


def _is_past(post: _Post) -> bool:
    """Tells of trouble that is over.  A measured HTTP status is of now, whatever its grammar."""
    now = post.has(Cue.SINCE, Cue.AGAIN_NOW) or is_gateway_error(post.scene)
    return post.troubled and post.has(Cue.PAST) and not now


def _is_resolved(post: _Post) -> bool:
    return post.has(Cue.RESOLVED) and not post.has(Cue.NEGATED, Cue.STILL) and not post.asks


def _is_news(post: _Post) -> bool:
    """Speaks of users in general, as headlines do, and not of oneself."""
    casual = post.text[:1].islower() or post.has(Cue.MYSELF)
    return post.troubled and post.has(Cue.NEWS) and not casual and not post.asks


def _is_advice(post: _Post) -> bool:
    advises = post.has(Cue.TALK, Cue.REQUEST, Cue.DEV) and not post.has(Cue.DOWN, Cue.CRASH)
    return advises and not post.has(Cue.OTHERS, Cue.NEGATED)


def _is_guide(post: _Post) -> bool:
    return post.has(Cue.HOWTO) and not post.has(Cue.OTHERS, Cue.NEGATED)


def _is_report(post: _Post) -> bool:
    return post.fails or (post.has(Cue.TROUBLE) and (post.has(Cue.MYSELF, Cue.OTHERS, Cue.STATE) or post.asks))


def _is_hinted(post: _Post) -> bool:
    """Tells the trouble by its consequences: "what's up with Teams?", "Teams gave us a day off"."""
    return (post.asks and post.has(Cue.STATE, Cue.OTHERS)) or (post.has(Cue.JOY) and post.has(Cue.TEAMS))


_RULES: tuple[_Rule, ...] = (
    (PostLabel.RESOLVED_OR_NEWS, PostKind.OFFICIAL, 0.9, _is_official),
    (PostLabel.NOT_REPORT, PostKind.UNRELATED, 0.9, _is_unrelated),
    (PostLabel.NOT_REPORT, PostKind.HYPOTHETICAL, 0.85, _is_what_if),
    (PostLabel.NOT_REPORT, PostKind.PAST, 0.85, lambda post: post.has(Cue.HISTORY)),
    (PostLabel.RESOLVED_OR_NEWS, PostKind.RESOLVED, 0.85, _is_resolved),
    (PostLabel.RESOLVED_OR_NEWS, PostKind.PAST, 0.8, _is_past),
    (PostLabel.NOT_REPORT, PostKind.UNRELATED, 0.75, _is_guide),
    (PostLabel.RESOLVED_OR_NEWS, PostKind.NEWS, 0.85, _is_news),
    (PostLabel.NOT_REPORT, PostKind.UNRELATED, 0.75, _is_advice),
    (PostLabel.REPORT, PostKind.REPORT, 0.9, _is_report),
    (PostLabel.REPORT, PostKind.REPORT, 0.6, _is_hinted),
)
