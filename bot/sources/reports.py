"""Which public posts say that Teams fails for their author now.

Reading one costs about a millisecond and the same posts come with every poll, so what they were is remembered: by a
hash of the words, never the words.
"""

import re
from dataclasses import dataclass
from hashlib import blake2b

from bot.domain.observation import Feature, ServiceId
from bot.understand.cues import Cue
from bot.understand.posts import PostLabel, label_post
from bot.understand.reading import read

TEAMS = ServiceId("teams")
REMEMBERED = 4000  # posts

# Also cried when sports teams lose: this tag alone makes nothing a report of a post that speaks of people.
_TWO_MEANINGS = re.compile(r"#\s?teamsdown\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Report:
    """Somebody says so, perhaps of one part only."""

    feature: Feature | None


class Reports:
    """Tells reports from other posts, each post read once."""

    def __init__(self) -> None:
        """Remembers nothing yet."""
        self._known: dict[bytes, Report | None] = {}

    def of(self, words: str, language: str | None) -> Report | None:
        """What a post reports; None when it is no report.  `language` is a hint that may be wrong."""
        key = blake2b(f"{language}\n{words}".encode("utf-8", "replace"), digest_size=16).digest()
        if key not in self._known:
            while len(self._known) >= REMEMBERED:
                self._known.pop(next(iter(self._known)))
            self._known[key] = report_in(words, language)
        return self._known[key]


def report_in(words: str, language: str | None) -> Report | None:
    """The report in these words, if they are one."""
    labelled = label_post(words, language)
    if labelled.label is not PostLabel.REPORT or labelled.service != TEAMS:
        return None
    bare = _TWO_MEANINGS.sub("", words)
    if bare != words and read(bare, locale=language).has(Cue.SPORT, Cue.PEOPLE):
        named = label_post(bare, language)
        return Report(named.feature) if named.label is PostLabel.REPORT else None
    return Report(labelled.feature)
