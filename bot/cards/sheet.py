"""A reply -> all that the reader is told, as ordered blocks of plain strings.

Card, page, terminal and plain text all show this and nothing else, in this order.  Knows no layout and no mark-up.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from bot.cards.evidence import grouped, sentence, source_name
from bot.cards.facts import facts, headline, official, sureness
from bot.cards.plain import calmed, shortened
from bot.cards.voice import Voice, voice_for
from bot.content.texts import Texts
from bot.domain.advice import Advice
from bot.domain.conversation import TEAMS, Face, Phrase, Reply
from bot.domain.observation import Feature, Observation
from bot.domain.verdict import Blind, Outcome, Verdict

MOST_ACTIONS = 6  # the chat client shows no more on one card
MOST_PER_GROUP = 3  # lines of evidence by one kind of witness; the rest is counted
MOST_BLIND = 6
MOST_STEPS = 5
MOST_NOTES = 8
LONGEST_TITLE = 40  # characters on a button


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
class Sheet:
    """What one reader is told."""

    face: Face
    language: str
    summary: str  # the verdict in one line: what a toast says
    blocks: tuple[Block, ...]
    choices: tuple[Action, ...] = ()  # answers to the question
    actions: tuple[Action, ...] = ()  # everything else to press; with the choices at most MOST_ACTIONS
    outcome: Outcome | None = None  # what the headline says, for a colour beside the words
    row: str = ""  # id of the stored answer that the actions refer to
    drill: bool = False

    def strings(self) -> Iterator[str]:
        """Every string in reading order, but for the titles of the actions."""
        for block in self.blocks:
            yield from block.strings()


def sheet(reply: Reply, texts: Texts, language: str, zone: str) -> Sheet:
    """What `reply` tells a reader of this language in this zone (IANA name).  Raises TextError for a missing text."""
    voice = voice_for(reply, texts, language, zone)
    told = tuple(block for block in _blocks(reply, voice) if block.lines)
    choices, actions = _actions(reply, voice)
    return Sheet(
        face=reply.face,
        language=language,
        summary=voice.marked(_summary(reply, voice)),
        blocks=told,
        choices=choices,
        actions=actions,
        outcome=reply.verdict.outcome if reply.verdict and reply.face is Face.VERDICT else None,
        row=reply.row or "",
        drill=voice.drill,
    )


def _blocks(reply: Reply, voice: Voice) -> Iterator[Block]:
    """Every block, in reading order; some are empty."""
    title, notes = _title_and_notes(reply, voice)
    if reply.changed:
        yield _lines(Part.CHANGED, [voice.marked(voice.say(reply.changed))])
    if voice.drill:
        yield _lines(Part.DRILL, [voice.say("card.drill.banner")])
    yield _lines(Part.HEADLINE, [voice.marked(title)])
    if reply.face is Face.VERDICT and reply.verdict:
        yield _lines(Part.FACTS, facts(reply, reply.verdict, voice))
        if reply.verdict.official:
            yield _lines(Part.OFFICIAL, official(reply.verdict.official, voice), voice.say("card.official.heading"))
    yield from _to_do(reply, voice)
    if reply.face is Face.VERDICT and reply.verdict:
        yield from _evidence(reply.verdict, voice)
        yield _lines(Part.CANT_SEE, _cant_see(reply.verdict.unreachable, voice))
    if reply.me_too:
        yield _lines(Part.ME_TOO, [voice.say("card.me_too", n=reply.me_too)])
    yield _lines(Part.NOTES, notes)
    yield _lines(Part.FOOT, _foot(reply, voice))


def _title_and_notes(reply: Reply, voice: Voice) -> tuple[str, list[str]]:
    """What stands at the top, and the further lines: a notice's first note is its title."""
    notes = [voice.say(note) for note in reply.notes[:MOST_NOTES]]
    if reply.face is Face.VERDICT and reply.verdict:
        return headline(reply.verdict, voice), notes
    if reply.face is Face.CHOICE and reply.question:
        return voice.say(reply.question), notes
    if reply.face in (Face.NOTICE, Face.VERDICT) and notes:
        return notes[0], notes[1:]
    return voice.say(f"card.title.{reply.face}"), notes


def _summary(reply: Reply, voice: Voice) -> str:
    title, _ = _title_and_notes(reply, voice)
    if reply.face is Face.VERDICT and reply.verdict:
        return voice.say("card.summary", headline=title, sure=sureness(reply.verdict, voice))
    return title


def _to_do(reply: Reply, voice: Voice) -> Iterator[Block]:
    """The reason of the advice, the question that would help most, what not to do, what to do."""
    advice = reply.advice
    values = _advice_values(reply)
    if advice and reply.face is Face.VERDICT:
        yield _lines(Part.WHY, [voice.say(advice.why, **values)])
    if reply.question and reply.face is not Face.CHOICE:
        yield _lines(Part.QUESTION, [voice.say(reply.question)])
    if not advice:
        return
    if advice.do_not:
        yield _lines(Part.DO_NOT, [voice.say(advice.do_not, **values)])
    yield Block(part=Part.STEPS, heading=voice.say("card.steps"), lines=tuple(_steps(advice, reply, voice)))
    if advice.workaround:
        yield _lines(Part.WORKAROUND, [voice.say(advice.workaround, **values)])


def _steps(advice: Advice, reply: Reply, voice: Voice) -> Iterator[Line]:
    """The steps in order, numbered, each with how it is done on the client that has the trouble."""
    for number, step in enumerate(advice.steps[:MOST_STEPS], start=1):
        title = Phrase(key=f"step.{step}.title")
        keys = [f"step.{step}.how.{reply.client}"] if reply.client else []
        how = next((key for key in (*keys, f"step.{step}.how.all") if voice.texts.has(key, voice.language)), None)
        yield Line(text=voice.say("card.step", number=number, title=title), detail=voice.say(how) if how else "")


def _advice_values(reply: Reply) -> dict[str, object]:
    """What the sentences of an advice may want to name."""
    verdict = reply.verdict
    feature = (verdict and verdict.feature) or reply.feature or Feature.ALL
    service = Phrase(key=f"service.{verdict.service if verdict else TEAMS}")
    values: dict[str, object] = {"service": service, "feature": feature}
    if verdict and verdict.ends_at:
        values["end"] = verdict.ends_at
    return values


def _evidence(verdict: Verdict, voice: Voice) -> Iterator[Block]:
    """One block per kind of witness; what a crowded block leaves out is counted."""
    for group, said in grouped(verdict.evidence):
        lines = [_witness(each, verdict, voice) for each in said[:MOST_PER_GROUP]]
        if len(said) > MOST_PER_GROUP:
            lines.append(Line(text=voice.say("evidence.more", n=len(said) - MOST_PER_GROUP)))
        yield Block(part=Part.EVIDENCE, heading=voice.say(f"evidence.group.{group}"), lines=tuple(lines))


def _witness(seen: Observation, verdict: Verdict, voice: Voice) -> Line:
    """One observation; the official words are not repeated when they already stand in their own block."""
    told = replace(seen, text="") if seen == verdict.official else seen
    return Line(text=sentence(told, voice), link=seen.link)


def _cant_see(blind: Sequence[Blind], voice: Voice) -> Iterator[str]:
    """One line that names every source we could not read, and why."""
    if not blind:
        return
    named = [
        Phrase(
            key="card.cant_see.one",
            values={"source": source_name(each.source, voice), "reason": calmed(each.reason, 60)},
        )
        for each in blind[:MOST_BLIND]
    ]
    yield voice.say("card.cant_see.line", sources=named)
    if len(blind) > MOST_BLIND:
        yield voice.say("evidence.more", n=len(blind) - MOST_BLIND)


def _foot(reply: Reply, voice: Voice) -> Iterator[str]:
    if reply.page_url:
        yield voice.say("card.page", url=calmed(reply.page_url, 200))
    if reply.verdict or reply.at:
        yield voice.say("card.as_of", at=voice.now, zone=voice.zone)


def _actions(reply: Reply, voice: Voice) -> tuple[tuple[Action, ...], tuple[Action, ...]]:
    """Answers to the question, then the other buttons in their order; each verb and title once, no more than fit."""
    taken: dict[str, Action] = {}
    titles: set[str] = set()
    for button in (*reply.choices, *reply.buttons):
        label = button.label or Phrase(key=f"button.{button.verb}")
        action = Action(verb=button.verb, title=shortened(voice.say(label), LONGEST_TITLE), link=button.link)
        if len(taken) < MOST_ACTIONS and button.verb not in taken and action.title not in titles:
            taken[button.verb] = action
            titles.add(action.title)
    choices = {button.verb for button in reply.choices}
    answers = tuple(action for verb, action in taken.items() if verb in choices)
    return answers, tuple(action for verb, action in taken.items() if verb not in choices)


def _lines(part: Part, texts: Iterable[str], heading: str = "") -> Block:
    return Block(part=part, heading=heading, lines=tuple(Line(text=text) for text in texts))
