"""The whole text of an announcement, page by page: for what is longer than a card.  Holds no sentence."""

import json
from collections.abc import Iterator, Sequence

from bot.cards.announce_fields import Offer
from bot.cards.blocks import Part
from bot.cards.typed_text import LONGEST_LINE, LONGEST_PART
from bot.domain.announcement import Announcement, Words
from bot.domain.conversation import Button, Face, Phrase, Reply, Said, Tongue

MOST_BYTES = 8_000  # of the text on one page, so that its card stays under 20 KB
MOST_LINES = 24  # on one page
PARTS = {"hit": Part.WHY, "todo": Part.STEPS, "works": Part.WORKAROUND}  # as a card has them, from top to bottom

Line = tuple[str, str]  # which part it is of, and what it says


def text_reply(plan: Announcement, number: int, offer: Offer) -> Reply:
    """Page `number`, from 1, in the reader's language, else in the main one under a frame."""
    tongue = offer.language if offer.language in plan.words else plan.language
    words = plan.words.get(tongue) or Words(title=plan.id)
    pages = pages_of(words)
    shown = min(max(number, 1), len(pages))
    lang = None if tongue == offer.language else tongue
    foot = [Phrase(key="announce.text_page", values={"n": shown, "pages": len(pages), "id": plan.id})]
    if shown < len(pages):
        foot.append(Phrase(key="announce.text_next", values={"n": shown + 1, "id": plan.id}))
    frame = (Said(part=Part.OFFICIAL, lines=(Phrase(key="announcement.foreign", values={"tongue": Tongue(tongue)}),)),)
    return Reply(
        face=Face.ANNOUNCEMENT,
        row=offer.row,
        title=Phrase(key="announcement.text", values={"typed": words.title or plan.id}),
        said=(
            *(frame if lang else ()),
            *_said(pages[shown - 1], lang),
            Said(part=Part.FOOT, lines=tuple(foot)),
        ),
        buttons=tuple(_turn(plan, page) for page in (shown - 1, shown + 1) if 0 < page <= len(pages)),
        at=offer.now,
        drill=plan.drill,
        language=offer.language,
        zone=offer.zone,
    )


def pages_of(words: Words) -> Sequence[Sequence[Line]]:
    """Every paragraph, in pages that fit on a card; at least one."""
    pages: list[list[Line]] = [[]]
    size = 0
    for name, line in _lines(words):
        grows = len(json.dumps(line))
        if pages[-1] and (size + grows > MOST_BYTES or len(pages[-1]) == MOST_LINES):
            pages.append([])
            size = 0
        pages[-1].append((name, line))
        size += grows
    return pages


def _lines(words: Words) -> Iterator[Line]:
    for name in PARTS:
        for typed in getattr(words, name).splitlines():
            rest = typed.strip()
            while rest:
                line, rest = _piece(rest)
                yield name, line


def _piece(line: str) -> tuple[str, str]:
    """What fits in one paragraph, cut between words where there are any, and what is left."""
    if len(line) <= LONGEST_LINE:
        return line, ""
    space = line.rfind(" ", LONGEST_LINE // 2, LONGEST_LINE)
    cut = space if space > 0 else LONGEST_LINE
    return line[:cut].rstrip(), line[cut:].lstrip()


def _said(page: Sequence[Line], lang: str | None) -> Iterator[Said]:
    for name, part in PARTS.items():
        lines = tuple(Phrase(key="announcement.text", values={"typed": line}) for of, line in page if of == name)
        if lines:
            yield Said(part=part, lines=lines, heading=Phrase(key=f"announcement.heading.{name}"), lang=lang)


def _turn(plan: Announcement, page: int) -> Button:
    label = Phrase(key="announce.text_turn", values={"n": page})
    return Button(verb=f"announce.text.{page}.{plan.id.lower()}", label=label)


assert set(PARTS) == set(LONGEST_PART)  # noqa: S101 - what a card may cut is what can be read whole here
