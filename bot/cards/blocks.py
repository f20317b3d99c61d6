"""The form of everything that one reader is told: ordered blocks of plain strings, and what can be pressed."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from bot.domain.conversation import Entry, Face
from bot.domain.verdict import Outcome


class Part(StrEnum):
    """A place in the reading order, from first to last."""

    CHANGED = "changed"
    DRILL = "drill"
    HEADLINE = "headline"
    FACTS = "facts"
    OFFICIAL = "official"
    WHY = "why"
    QUESTION = "question"
    DO_NOT = "do_not"
    STEPS = "steps"
    WORKAROUND = "workaround"
    EVIDENCE = "evidence"
    CANT_SEE = "cant_see"
    ME_TOO = "me_too"
    NOTES = "notes"
    FOOT = "foot"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One paragraph: what it says, then how it is done; the link is for readers that can show one inline."""

    text: str
    detail: str = ""
    link: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Lines that belong together, under a heading where they need one."""

    part: Part
    lines: tuple[Line, ...]
    heading: str = ""
    lang: str = ""  # of the lines, where it is not the reader's

    def strings(self) -> Iterator[str]:
        """Every string of it in reading order."""
        if self.heading:
            yield self.heading
        for line in self.lines:
            yield line.text
            if line.detail:
                yield line.detail


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """Something to press: a verb for us, or a link to a page."""

    verb: str
    title: str
    link: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Filling:
    """One question of a form in the reader's words."""

    id: str
    entry: Entry
    label: str
    options: tuple[tuple[str, str], ...] = ()  # title, value
    value: str = ""
    required: bool = False
    missing: str = ""  # what is said when a required one is left empty
    most: int = 200
    lines: bool = False

    @property
    def spoken(self) -> str:
        """The question with what stands there, for where nothing can be filled in."""
        chosen = self.value.split(",")
        titles = [title for title, value in self.options if value in chosen]
        return f"{self.label}: {', '.join(titles) if self.options else self.value}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What one reader is told."""

    face: Face
    language: str
    summary: str  # the verdict in one line: what a toast says
    blocks: tuple[Block, ...]
    choices: tuple[Action, ...] = ()  # answers to the question
    actions: tuple[Action, ...] = ()  # everything else to press; with the choices at most MOST_ACTIONS
    outcome: Outcome | None = None  # what the headline says, for a colour beside the words
    entries: tuple[Filling, ...] = ()  # questions of a form
    row: str = ""  # id of the stored answer that the actions refer to
    drill: bool = False

    def strings(self) -> Iterator[str]:
        """Every string in reading order, but for the titles of the actions."""
        for block in self.blocks:
            yield from block.strings()
