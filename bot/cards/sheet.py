"""A reply -> all that the reader is told, in reading order.

Card, page, terminal and plain text all show this and nothing else, in this order.  Knows no layout and no mark-up.
"""

from collections.abc import Iterable, Iterator

from bot.cards.blocks import Action, Block, Line, Part, Sheet
from bot.cards.evidence import grouped
from bot.cards.facts import cant_see, facts, headline, official, sees_only_the_line
from bot.cards.forms import fillings
from bot.cards.plain import calmed, shortened
from bot.cards.voice import Voice, voice_for
from bot.content.texts import Texts
from bot.domain.advice import Advice
from bot.domain.conversation import TEAMS, Button, Face, Phrase, Reply
from bot.domain.observation import Feature, Observation

MOST_ACTIONS = 6  # in one set: the chat client shows no more; the answers to a question are a set of their own
MOST_PER_KIND = 3  # lines of evidence by one kind of witness; the rest is counted
MOST_STEPS = {
    Face.VERDICT: 5,
    Face.STEPS: 12,
    Face.INCIDENT: 3,
}  # on a face that is not named: as many as beside a verdict
MOST_NOTES = 10
LONGEST_TITLE = 40  # characters on a button
LONGEST_ADDRESS = 200  # characters
TITLES = {  # what stands at the top of a card without a verdict; a notice and a choice bring their own words
    Face.VERDICT: "heading.verdict",
    Face.STEPS: "heading.more_steps",
    Face.HELP: "help.title",
    Face.WELCOME: "welcome.title",
    Face.NOTICE: "heading.changed",
    Face.TICKET: "heading.ticket",
    Face.CHOICE: "heading.question",
    Face.INCIDENT: "heading.verdict",
    Face.STEP: "heading.changed",
    Face.FORM: "heading.question",
    Face.LINES: "heading.changed",
    Face.DELIVERIES: "deliveries.title",
    Face.ANNOUNCEMENT: "heading.changed",
}
ADVISING = (Face.VERDICT, Face.STEPS, Face.TICKET, Face.INCIDENT)  # faces that say what to do
HELP = ("help.status", "help.problem", "help.code", "help.fixed", "help.subscribe", "help.channel", "help.privacy")


def sheet(reply: Reply, texts: Texts, language: str, zone: str) -> Sheet:
    """What `reply` tells a reader of this language in this zone (IANA name).  Raises TextError for a missing text."""
    voice = voice_for(reply, texts, language, zone)
    title, notes = _title_and_notes(reply, voice)
    choices, actions = _actions(reply, voice)
    return Sheet(
        face=reply.face,
        language=language,
        summary=voice.marked(title),
        blocks=_ordered(reply, [block for block in _blocks(reply, title, notes, voice) if block.lines]),
        choices=choices,
        actions=actions,
        outcome=reply.verdict.outcome if reply.verdict and reply.face is Face.VERDICT else reply.tone,
        entries=fillings(reply.form, voice),
        row=reply.row or "",
        drill=voice.drill,
    )


def _blocks(reply: Reply, title: str, notes: list[str], voice: Voice) -> Iterator[Block]:
    """Every block, in reading order; some are empty."""
    verdict = reply.verdict if reply.face is Face.VERDICT else None
    if reply.changed:
        yield _lines(Part.CHANGED, [voice.marked(voice.say(reply.changed))])
    if voice.drill:
        yield _lines(Part.DRILL, [voice.say("drill.line", service=_service(reply))])
    yield _lines(Part.HEADLINE, [voice.marked(title)])
    if verdict:
        yield _lines(Part.FACTS, facts(reply, verdict, voice))
    if verdict and verdict.official:
        yield _lines(Part.OFFICIAL, official(verdict.official, voice), voice.say(f"kind.{verdict.official.kind}"))
    yield from _to_do(reply, voice)
    if verdict or reply.seen:
        yield from _evidence(verdict.evidence if verdict else reply.seen, verdict.official if verdict else None, voice)
    if verdict:
        yield _lines(Part.CANT_SEE, cant_see(verdict.unreachable, voice))
    if reply.me_too:
        yield _lines(Part.ME_TOO, [voice.say("me_too.count", n=reply.me_too)])
    yield _lines(Part.NOTES, notes)
    for told in reply.said:
        heading = voice.say(told.heading) if told.heading else ""
        yield _lines(Part(told.part), [voice.say(line) for line in told.lines], heading, lang=told.lang or "")
    yield _lines(Part.FOOT, _foot(reply, voice))


def _ordered(reply: Reply, blocks: list[Block]) -> tuple[Block, ...]:
    """In reading order, also where the reply brings sentences of its own."""
    order = list(Part)
    return tuple(sorted(blocks, key=lambda block: order.index(block.part)) if reply.said else blocks)


def _title_and_notes(reply: Reply, voice: Voice) -> tuple[str, list[str]]:
    """What stands at the top, and the further lines; a notice's first note is its title."""
    usual = [Phrase(key=key) for key in HELP] if reply.face is Face.HELP else ()
    told = [note for note in (*usual, *reply.notes) if note.key != TITLES[reply.face] and not _explains_code(note)]
    notes = [voice.say(note) for note in told[:MOST_NOTES]]
    if reply.title:
        return voice.say(reply.title), notes
    if reply.face is Face.VERDICT and reply.verdict:
        return headline(reply.verdict, reply.verdict.feature or reply.feature, voice), notes
    if reply.face is Face.CHOICE and reply.question:
        return voice.say(reply.question), notes
    if reply.face in (Face.NOTICE, Face.VERDICT) and notes:
        return notes[0], notes[1:]
    return voice.say(TITLES[reply.face]), notes


def _to_do(reply: Reply, voice: Voice) -> Iterator[Block]:
    """Why this advice, the question that would help most, what not to do, what to do, how to go on meanwhile."""
    advice = reply.advice
    named = {"service": _service(reply), "feature": reply.feature or Feature.ALL}
    codes = [voice.say(note) for note in reply.notes if _explains_code(note)]
    cut_off = reply.verdict is not None and sees_only_the_line(reply.verdict)
    why = [("sheet.cut_off_why" if cut_off else advice.why)] if advice and reply.face is Face.VERDICT else []
    yield _lines(Part.WHY, [*codes, *(voice.say(each, **named) for each in why)])
    if reply.question and reply.face is not Face.CHOICE:
        yield _lines(Part.QUESTION, [voice.say(reply.question)])
    if not advice or reply.face not in ADVISING:
        return
    if advice.do_not:
        yield _lines(Part.DO_NOT, [voice.say(advice.do_not, **named)])
    title = "" if reply.face is Face.STEPS else voice.say("heading.steps")
    yield Block(part=Part.STEPS, heading=title, lines=tuple(_steps(advice, reply, voice)))
    if advice.workaround:
        yield _lines(Part.WORKAROUND, [voice.say("card.workaround", text=voice.say(advice.workaround, **named))])


def _steps(advice: Advice, reply: Reply, voice: Voice) -> Iterator[Line]:
    """The steps in order, numbered, each with how it is done on the client that has the trouble."""
    most = MOST_STEPS.get(reply.face, MOST_STEPS[Face.VERDICT])
    for number, step in enumerate(advice.steps[:most], start=1):
        title = Phrase(key=f"step.{step}.title")
        if step in advice.official:
            title = Phrase(key="card.official_step", values={"title": title})
        wanted = [f"step.{step}.how.{name}" for name in (reply.client, "all") if name]
        how = next((key for key in wanted if voice.texts.has(key, voice.language)), None)
        yield Line(text=voice.say("card.step", n=number, title=title), detail=voice.say(how) if how else "")


def _evidence(seen: Iterable[Observation], shown: Observation | None, voice: Voice) -> Iterator[Block]:
    """One block per kind of witness; what a crowded block leaves out is counted.

    The official statement that stands in a block of its own is not told again.
    """
    witnesses = [one for one in seen if shown is None or not _says_the_same(one, shown)]
    for kind, said in grouped(witnesses, voice):
        lines = [Line(text=each.text, link=each.link) for each in said[:MOST_PER_KIND]]
        if len(said) > MOST_PER_KIND:
            lines.append(Line(text=voice.say("sheet.more", n=len(said) - MOST_PER_KIND)))
        yield Block(part=Part.EVIDENCE, heading=voice.say(f"kind.{kind}"), lines=tuple(lines))


def _says_the_same(seen: Observation, shown: Observation) -> bool:
    """Whether this is that very statement, or its words said of another service."""
    return seen.source == shown.source and (seen.key == shown.key or (bool(seen.text) and seen.text == shown.text))


def _foot(reply: Reply, voice: Voice) -> Iterator[str]:
    """Where to look when the chat is down, and as of when and in which zone all this is told."""
    if reply.page_url:
        yield voice.say("card.page", url=calmed(reply.page_url, LONGEST_ADDRESS))
    if reply.verdict:
        yield voice.say("sheet.as_of", at=voice.now, zone=voice.zone)
    if voice.drill:
        yield voice.say("drill.mark")


def _actions(reply: Reply, voice: Voice) -> tuple[tuple[Action, ...], tuple[Action, ...]]:
    """Answers to the question, then the other buttons in their order; each verb and title once, no more than fit."""
    taken: dict[str, Action] = {}
    titles: set[str] = set()
    saves = (Button(verb=reply.form.verb),) if reply.form else ()
    for button in (*saves, *reply.choices, *reply.buttons):
        label = button.label or Phrase(key=f"button.{button.verb}")
        action = Action(verb=button.verb, title=shortened(voice.say(label), LONGEST_TITLE), link=button.link)
        if button.verb not in taken and action.title not in titles:
            taken[button.verb] = action
            titles.add(action.title)
    choices = {button.verb for button in reply.choices}
    answers = tuple(action for verb, action in taken.items() if verb in choices)
    others = tuple(action for verb, action in taken.items() if verb not in choices)
    return answers[:MOST_ACTIONS], others[:MOST_ACTIONS]


def _explains_code(note: Phrase) -> bool:
    """What a code means is told where the reason stands, not among the other notes."""
    return note.key.startswith("card.code")


def _service(reply: Reply) -> Phrase:
    return Phrase(key=f"service.{reply.verdict.service if reply.verdict else reply.service or TEAMS}")


def _lines(part: Part, texts: Iterable[str], heading: str = "", *, lang: str = "") -> Block:
    return Block(part=part, heading=heading, lang=lang, lines=tuple(Line(text=text) for text in texts))
