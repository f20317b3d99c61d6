"""Hints -> what the message asks for: the scorer that `understand` uses by default.

A list of rules, the first that holds decides and names itself; the number beside it is how often such a message means
that.  A trained scorer can take this module's place: it needs only the signature of `score`.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from bot.understand.cues import Cue
from bot.understand.reading import CLEAR_TROUBLE, FEATURES, Reading

GATEWAY_CODES = frozenset({"HTTP 500", "HTTP 502", "HTTP 503", "HTTP 504"})

_NEIGHBOURS = (Cue.EXCHANGE, Cue.MAIL, Cue.SHAREPOINT, Cue.M365, Cue.ENTRA)
_FAILING = tuple(cue for cue in CLEAR_TROUBLE if cue is not Cue.DOWN)
_WEAK = (Cue.F_SIGNIN, Cue.F_ACCOUNT)
_PARTS = tuple(cue for cue in FEATURES if cue not in _WEAK)
_OWN_PARTS = (
    Cue.F_MEETINGS,
    Cue.F_CALLING,
    Cue.F_PRESENCE,
    Cue.F_CHAT,
    Cue.F_LIVE_EVENTS,
    Cue.F_NOTIFICATIONS,
)  # need no name beside them


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """An intent with the share of such messages that mean it, and the rule that said so."""

    intent: str
    confidence: float
    rule: str
    addressed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """The few facts about a reading that the rules speak of."""

    reading: Reading
    teams: bool  # the product is named
    people: bool  # teams of people are meant
    neighbour: bool  # another service of ours is named, Teams is not
    outsider: bool  # something else is named, Teams is not
    fails: bool  # says clearly that something does not work
    part: bool  # names a part of Teams, sign-in apart
    own_part: bool  # one that is surely Teams'
    asks: bool

    def has(self, *cues: Cue) -> bool:
        """Whether one of these hints is there."""
        return self.reading.has(*cues)


_INNER_CAPITAL = re.compile("[a-z][A-Z]")

Rule = tuple[str, str, float, Callable[[Scene], bool]]


def score(reading: Reading) -> Guess:
    """The intent of a message that is no typed command."""
    scene = scene_of(reading)
    for name, intent, confidence, holds in _RULES:
        if holds(scene):
            return Guess(intent=intent, confidence=confidence, rule=name, addressed=intent != "other" or _ours(scene))
    return Guess(intent="other", confidence=0.6, rule="nothing fits", addressed=_ours(scene))


def scene_of(reading: Reading) -> Scene:
    """What is named and whether it fails."""
    strong = reading.has(Cue.TEAMS)
    apart = _apart_from_devices(reading)
    people = not strong and (reading.has(Cue.PEOPLE) or _are_counted(reading) or _plays(reading))
    fails = reading.has(*CLEAR_TROUBLE)
    typo = reading.has(Cue.TEAMS_TYPO) and (fails or reading.has(Cue.TROUBLE)) and reading.language not in ("es", "pt")
    teams = strong or ((reading.has(Cue.TEAMS_WORD) or typo) and not people)
    return Scene(
        reading=reading,
        teams=teams,
        people=people,
        neighbour=reading.has(*_NEIGHBOURS) and not teams,
        outsider=not teams and (_names_another(reading) or (reading.has(Cue.DEVICE) and not apart)),
        fails=fails,
        part=reading.has(*_PARTS),
        own_part=apart,
        asks=reading.opens_question(),
    )


def _apart_from_devices(reading: Reading) -> bool:
    """Whether a part that is surely Teams' is named otherwise than by a device: "my headset is dead" is not ours."""
    devices = {at for hit in reading.hits.get(Cue.DEVICE, ()) for at in range(hit.start, hit.end)}
    named = (hit for cue in _OWN_PARTS for hit in reading.hits.get(cue, ()))
    return any(devices.isdisjoint(range(hit.start, hit.end)) for hit in named)


def _names_another(reading: Reading) -> bool:
    """Another product is named, be it one that we only know for a name by its inner capital ("payWay")."""
    if reading.has(Cue.FOREIGN, Cue.NETWORK):
        return True
    known = {at for hits in reading.hits.values() for hit in hits for at in range(hit.start, hit.end)}
    return any(at not in known and _INNER_CAPITAL.search(word.written) for at, word in enumerate(reading.written.words))


def _are_counted(reading: Reading) -> bool:
    """ "12 teams": a number makes it the noun."""
    words = reading.written.words
    return any(hit.start and words[hit.start - 1].text.isdigit() for hit in reading.hits.get(Cue.TEAMS_WORD, ()))


def _plays(reading: Reading) -> bool:
    """Sport is spoken of, and the word has a small letter."""
    small = any(reading.written.words[hit.start].written == "teams" for hit in reading.hits.get(Cue.TEAMS_WORD, ()))
    return small and reading.has(Cue.SPORT)


def _ours(s: Scene) -> bool:
    return (s.teams or s.neighbour or s.has(Cue.GREETING, Cue.MICROSOFT)) and not s.people


def _short(s: Scene, words: int = 9) -> bool:
    return len(s.reading.written.words) <= words


def is_gateway_error(s: Scene) -> bool:
    """A gateway's HTTP status is said: the far side, whichever it is, does not answer."""
    return not GATEWAY_CODES.isdisjoint(s.reading.codes)


def _is_sign_in_code(s: Scene) -> bool:
    return any(not code.startswith("HTTP") for code in (*s.reading.codes, *s.reading.unclear))


def _is_still(s: Scene) -> bool:
    return s.has(Cue.STILL) and not s.teams and not s.outsider and not s.neighbour and not s.asks and _short(s, 10)


def _is_fixed(s: Scene) -> bool:
    return s.has(Cue.FIXED) and not s.has(Cue.NEGATED, Cue.BUT, Cue.STILL) and not s.asks and _short(s, 11)


def _is_thanks(s: Scene) -> bool:
    return s.has(Cue.THANKS) and not s.fails and not s.asks and not s.part and _short(s, 8)


def _wants_instructions(s: Scene) -> bool:
    return s.has(Cue.HOWTO) and not s.fails and not s.has(Cue.OTHERS, Cue.FIX)


def _is_development(s: Scene) -> bool:
    return s.has(Cue.DEV) and not (s.asks and s.has(Cue.DOWN, Cue.OTHERS))


def _is_subject(s: Scene) -> bool:
    return s.has(Cue.TALK, Cue.REQUEST) and not s.has(*_FAILING) and not (s.asks and s.has(Cue.DOWN))


def _asks_state(s: Scene) -> bool:
    """A question how the service is, not why it fails or how to mend it."""
    if s.has(Cue.WHY, Cue.FIX):
        return False
    about = s.fails or s.has(Cue.TROUBLE, Cue.WORKS, Cue.FINE, Cue.RESOLVED, Cue.STATE, Cue.LAUNCH)
    if s.has(Cue.OTHERS):
        return about or (s.asks and s.teams and not s.part)
    return s.asks and about and not _own_failure(s)


def _own_failure(s: Scene) -> bool:
    """Tells its own trouble and only then asks."""
    return s.has(Cue.NEGATED, Cue.CRASH, Cue.BLANK) and not s.has(Cue.YESNO)


def _names_outage(s: Scene) -> bool:
    return s.has(Cue.DOWN) and not s.has(Cue.F_PRESENCE, Cue.CRASH)


def _trouble_as_title(s: Scene) -> bool:
    """ "Teams problems", "Probleme mit Teams": no sentence, hence a question about the service."""
    return s.has(Cue.TROUBLE) and not s.has(*_FAILING, Cue.MYSELF, Cue.FIX) and not s.part and _short(s, 4)


def _sign_in_fails(s: Scene) -> bool:
    named = s.has(Cue.F_SIGNIN) or (s.has(Cue.F_ACCOUNT) and not s.part)
    return named and (s.fails or s.has(Cue.TROUBLE) or (s.teams and s.has(Cue.NOT)))


def _mail_sign_in_fails(s: Scene) -> bool:
    """Speaks of e-mail only because addresses are what people sign in with."""
    return s.has(Cue.MAIL) and s.has(Cue.F_SIGNIN) and s.fails and not s.has(Cue.EXCHANGE)


def _part_fails(s: Scene) -> bool:
    return s.teams and s.part and (s.fails or s.has(Cue.TROUBLE, Cue.NOT))


def _asks_whose_fault(s: Scene) -> bool:
    """ "Is it Microsoft or our network?": the network is named, and yet it is Teams that is asked about."""
    return s.has(Cue.MICROSOFT) and s.has(Cue.OTHERS) and _asks_state(s)


def _own_part_fails(s: Scene) -> bool:
    return s.own_part and s.has(*_FAILING, Cue.DOWN)


def _unnamed_fails(s: Scene) -> bool:
    """Something fails and nothing is named: in a talk with us that is Teams."""
    if s.has(Cue.BLANK) and _short(s):
        return True
    return s.has(Cue.HERE) and s.has(Cue.CRASH, Cue.BLANK, Cue.NEGATED, Cue.BROKEN) and _short(s, 8)


_RULES: tuple[Rule, ...] = (
    ("a sign-in code", "sign_in_error", 0.95, _is_sign_in_code),
    ("says that it still fails", "still_broken", 0.9, _is_still),
    ("says that it works again", "its_fixed", 0.9, _is_fixed),
    ("thanks", "thanks", 0.95, _is_thanks),
    ("teams of people", "other", 0.9, lambda s: s.people and not s.has(Cue.OTHERS)),
    ("wants instructions", "other", 0.85, _wants_instructions),
    ("speaks as a developer", "other", 0.8, _is_development),
    ("speaks about it, asks for something new", "other", 0.8, _is_subject),
    ("asks for the health of services", "ask_status", 0.85, lambda s: s.has(Cue.HEALTH) and not s.has(Cue.FOREIGN)),
    ("asks how a neighbour service is", "ask_status", 0.75, lambda s: s.neighbour and s.asks and _asks_state(s)),
    ("sign-in to the suite fails", "sign_in_error", 0.8, lambda s: s.has(Cue.M365, Cue.ENTRA) and _sign_in_fails(s)),
    ("sign-in with an address fails", "sign_in_error", 0.7, _mail_sign_in_fails),
    ("a neighbour service", "other", 0.75, lambda s: s.neighbour),
    ("asks whose fault it is", "ask_status", 0.7, _asks_whose_fault),
    ("another maker's product or a device", "other", 0.85, lambda s: s.outsider),
    ("a gateway's error", "ask_status", 0.85, is_gateway_error),
    ("asks how Teams is", "ask_status", 0.93, lambda s: s.teams and _asks_state(s)),
    ("asks how it is", "ask_status", 0.75, lambda s: s.has(Cue.HERE, Cue.MICROSOFT) and s.asks and _asks_state(s)),
    ("asks whether others have it too", "ask_status", 0.7, lambda s: s.has(Cue.OTHERS) and s.fails and _asks_state(s)),
    ("asks for the state of services", "ask_status", 0.7, lambda s: s.has(Cue.STATE) and s.has(Cue.DOWN) and s.asks),
    ("sign-in fails", "sign_in_error", 0.88, _sign_in_fails),
    ("a part of Teams fails", "feature_problem", 0.9, _part_fails),
    ("what only Teams has fails", "feature_problem", 0.8, _own_part_fails),
    ("says that Teams is out", "ask_status", 0.85, lambda s: s.teams and _names_outage(s)),
    ("names trouble, in no sentence", "ask_status", 0.7, lambda s: s.teams and _trouble_as_title(s)),
    ("Teams fails", "fix_help", 0.9, lambda s: s.teams and (s.fails or s.has(Cue.FIX, Cue.TROUBLE))),
    ("asks for the state of Teams", "ask_status", 0.7, lambda s: s.teams and s.has(Cue.STATE)),
    ("something fails that is not named", "fix_help", 0.55, _unnamed_fails),
    ("only the name, as a question", "ask_status", 0.6, lambda s: s.teams and s.asks and _short(s, 2)),
)  # fmt: skip
