"""A reply -> the card that a chat client draws, its plain text and its toast.  Knows no way to send them."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from babel import Locale

from bot.cards.blocks import Action, Block, Line, Part, Sheet
from bot.cards.expand import Json, expand
from bot.cards.forms import inputs
from bot.cards.plain import escaped, shortened
from bot.cards.sheet import sheet
from bot.content.texts import Texts
from bot.content.values import READERS
from bot.domain.conversation import Face, Reply
from bot.domain.verdict import Outcome

CARD_BYTES = 20_000  # so that a card fits everywhere; a webhook's limit is about 28 KB
ACTION_VERSION = 1  # of the data behind a button: an older card gets a fresh one and no effect
SHORT_TITLE = 16  # two buttons with titles up to this stand side by side on a 320-pixel phone
LAYOUTS = {
    Face.VERDICT: "verdict",
    Face.INCIDENT: "verdict",
    Face.STEPS: "steps",
    Face.TICKET: "steps",
    Face.FORM: "form",
    Face.ANNOUNCEMENT: "announcement",
}
DISPENSABLE = (Part.EVIDENCE, Part.NOTES)  # left out when a card would be too large
ESSENTIAL = (  # what remains of the largest
    Part.CHANGED,
    Part.DRILL,
    Part.HEADLINE,
    Part.FACTS,
    Part.QUESTION,
    Part.DO_NOT,
    Part.STEPS,
    Part.CANT_SEE,
    Part.FOOT,
)
ESSENTIAL_ON = {Face.ANNOUNCEMENT: (Part.WHY, Part.WORKAROUND)}  # what is hit, what still works
MOST_ESSENTIAL, LONGEST_ESSENTIAL = 4, 90  # lines of a part, characters of a line
SHORT_LAYOUT = "notice"  # of every other face
TONES = {  # colour of the band behind the headline; the words say the same
    Outcome.DOWN: "attention",
    Outcome.DEGRADED: "warning",
    Outcome.MAINTENANCE: "accent",
    Outcome.FINE: "good",
}
LONGEST_SPOKEN = 250  # characters of what is said in place of the card
_PACKAGE = Path(__file__).parent.parent
_SHIPPED = _PACKAGE / "_layouts"  # in the wheel; in a checkout the layouts lie beside the package
CARDS = _SHIPPED if _SHIPPED.is_dir() else _PACKAGE.parent / "cards"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """One reply in one reader's language and zone, in each form that a chat client may want."""

    card: Mapping[str, Any]  # Adaptive Card 1.5
    text: str  # the same words for where no card can be shown, in the same order
    summary: str  # one line for the toast


def render(reply: Reply, texts: Texts, language: str, zone: str) -> Rendered:
    """`reply` as its reader sees it.  Raises TextError for a missing text, LayoutError for a broken layout."""
    told = sheet(reply, texts, language, "UTC" if reply.clocks and not reply.local else zone)
    shown = sheet(reply, texts, language, READERS) if reply.clocks else told
    fallback = texts.say("card.fallback", language, headline=told.summary)
    short = texts.say("sheet.shortened", language)
    shown = replace(shown, summary=told.summary)  # spoken and in a toast nothing is filled in
    drawn = _fitting(_ever_shorter(shown, short), {"fallback": escaped(shortened(fallback, LONGEST_SPOKEN))})
    return Rendered(card=drawn, text=plain_text(told), summary=told.summary)


def plain_text(told: Sheet) -> str:
    """Every string of the sheet on its own line, then the answers and the links that a card would show as buttons."""
    lines = [*told.strings(), *(entry.spoken for entry in told.entries)]
    lines += [f"• {action.title}" for action in told.choices]
    lines += [f"{action.title}: {action.link}" for action in told.actions if action.link]
    return "\n".join(lines)


def values(told: Sheet) -> dict[str, Json]:
    """What the places of a layout are filled with: per part of the sheet whether it is shown, and its blocks."""
    tone = TONES.get(told.outcome, "default") if told.outcome else "default"
    parts = {
        part.value: [_block(block, tone, told.language) for block in told.blocks if block.part is part] for part in Part
    }
    return {
        "language": told.language,
        "rtl": Locale.parse(told.language, sep="-").text_direction == "rtl",
        "summary": shortened(told.summary, LONGEST_SPOKEN),
        "fields": inputs(told.entries),
        "choices": _rows(told.choices, told.row),
        "actions": _rows(told.actions, told.row),
        **parts,
    }


def _fitting(sheets: Iterator[Sheet], more: Mapping[str, Json]) -> dict[str, Json]:
    """The first of these sheets that is small enough as a card, on its face's layout; else the last."""
    drawn: dict[str, Json] = {}
    for told in sheets:
        drawn = expand(_layout(LAYOUTS.get(told.face, SHORT_LAYOUT)), {**values(told), **more})
        if len(json.dumps(drawn)) <= CARD_BYTES:
            break
    return drawn


def _block(block: Block, tone: str, language: str) -> dict[str, Json]:
    return {
        "tone": tone,
        "lang": block.lang or language,
        "is_foreign": block.lang not in ("", language),
        "is_own": block.lang in ("", language),
        "has_heading": bool(block.heading),
        "heading": escaped(block.heading),
        "lines": [_line(line) for line in block.lines],
    }


def _line(line: Line) -> dict[str, Json]:
    return {"text": escaped(line.text), "has_detail": bool(line.detail), "detail": escaped(line.detail)}


def _rows(actions: Sequence[Action], row: str) -> list[dict[str, Json]]:
    """The buttons, two in a row where both are short, verbs apart from links."""
    rows: list[list[Action]] = []
    for action in actions:
        last = rows[-1] if rows else []
        if (
            len(last) == 1
            and all(len(each.title) <= SHORT_TITLE for each in (*last, action))
            and _alike(last[0], action)
        ):
            last.append(action)
        else:
            rows.append([action])
    return [
        {
            "presses": [
                {"title": each.title, "verb": each.verb, "data": {"v": ACTION_VERSION, "verb": each.verb, "id": row}}
                for each in pair
                if not each.link
            ],
            "links": [{"title": each.title, "url": each.link} for each in pair if each.link],
        }
        for pair in rows
    ]


def _alike(one: Action, other: Action) -> bool:
    return bool(one.link) == bool(other.link)


def _ever_shorter(told: Sheet, note: str) -> Iterator[Sheet]:
    """The sheet, then ever less of it, least telling first: what is left out last is who said so and how it is done.

    Every shorter one says that it is short; what we can't see is never left out.
    """
    yield told
    told = _keeping(told, lambda block: replace(block, lines=block.lines[:1]) if block.part is Part.EVIDENCE else block)
    yield _noted(told, note)
    told = _keeping(told, lambda block: replace(block, lines=tuple(replace(line, detail="") for line in block.lines)))
    yield _noted(told, note)
    told = replace(told, blocks=tuple(block for block in told.blocks if block.part not in DISPENSABLE))
    yield _noted(told, note)
    kept = (*ESSENTIAL, *ESSENTIAL_ON.get(told.face, ()))
    told = replace(told, blocks=tuple(block for block in told.blocks if block.part in kept))
    yield _noted(_keeping(told, _cut), note)


def _keeping(told: Sheet, change: Callable[[Block], Block]) -> Sheet:
    return replace(told, blocks=tuple(map(change, told.blocks)))


def _cut(block: Block) -> Block:
    if block.part is Part.FOOT:  # who it is for, how to stop it and its reference are never cut
        return block
    lines = tuple(Line(text=shortened(line.text, LONGEST_ESSENTIAL)) for line in block.lines[:MOST_ESSENTIAL])
    return replace(block, lines=lines)


def _noted(told: Sheet, note: str) -> Sheet:
    """The sheet with one more note, at the place of notes."""
    before = [block for block in told.blocks if block.part is not Part.FOOT]
    foot = [block for block in told.blocks if block.part is Part.FOOT]
    return replace(told, blocks=(*before, Block(part=Part.NOTES, lines=(Line(text=note),)), *foot))


@lru_cache
def _layout(name: str) -> Mapping[str, Json]:
    layout: Mapping[str, Json] = json.loads((CARDS / f"{name}.json").read_text(encoding="utf-8"))
    return layout
