"""The form in which an announcement is written: what is told, when and to whom, and its text in another language.

Two pages and one for each further language.  Holds no sentence.  What is too long for a card is left out of it, and
kept as it is.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from enum import StrEnum

from bot.cards.announce_fields import DAY, Offer, field, times_page, tongue_name, tongue_page, words_page
from bot.cards.blocks import Part
from bot.cards.rule_words import CLOCK
from bot.domain.announcement import Announcement
from bot.domain.conversation import Button, Entry, Face, Field, Form, Option, Phrase, Reply, Said, Tongue
from bot.domain.schedule import zone_of

MOST_VALUES = 11_000  # bytes of the values on one page, so that it stays under 20 KB


class Page(StrEnum):
    """A page of the form, and the verb that opens it."""

    WORDS = "announce.words"
    TIMES = "announce.times"
    TONGUE = "announce.tongue"


def form(  # noqa: PLR0913 - what stands there, and what came of it
    page: Page,
    plan: Announcement,
    offer: Offer,
    *,
    tongue: str | None = None,
    wrong: Sequence[Phrase] = (),
    typed: Mapping[str, str] | None = None,
    changed: Phrase | None = None,
) -> Reply:
    """One page, filled with the draft, or with what was typed and is wrong."""
    language = tongue or plan.language
    fields = {Page.WORDS: words_page, Page.TIMES: times_page, Page.TONGUE: tongue_page}[page](plan, offer, language)
    filled = [replace(each, value=typed[each.id]) if typed and each.id in typed else each for each in fields]
    kept, left_out = _fitting([replace(each, value=each.value[: each.most]) for each in filled])
    notes = [*wrong, *_cut(plan, filled)]
    notes += [Phrase(key="announce.left_out", values={"field": each.label}) for each in left_out]
    return Reply(
        face=Face.FORM,
        row=offer.row,
        title=Phrase(key=f"{page}_title", values={"tongue": Tongue(language)}),
        changed=changed,
        notes=tuple(notes),
        said=(Said(part=Part.FOOT, lines=(Phrase(key="announce.form_foot", values={"id": plan.id}),)),),
        form=Form(fields=tuple(kept), verb=Page.TIMES if page is Page.WORDS else "announce.preview"),
        buttons=_buttons(page),
        at=offer.now,
        drill=plan.drill,
        language=offer.language,
        zone=offer.zone,
    )


def choose_tongue(plan: Announcement, offer: Offer) -> Reply:
    """In which further language shall it be written?"""
    options = tuple(Option(value=each, label=tongue_name(each)) for each in offer.languages if each != plan.language)
    missing = next((each.value for each in options if each.value not in plan.words), plan.language)
    fields = (
        Field(
            id="tongue",
            entry=Entry.CHOICE,
            label=Phrase(key="announce.field.tongue"),
            options=options,
            value=missing,
            required=True,
        ),
    )
    return Reply(
        face=Face.FORM,
        row=offer.row,
        title=Phrase(key="announce.tongue_which"),
        said=(Said(part=Part.FOOT, lines=(Phrase(key="announce.form_foot", values={"id": plan.id}),)),),
        form=Form(fields=fields, verb=Page.TONGUE),
        buttons=(Button(verb="announce.preview"),),
        at=offer.now,
        drill=plan.drill,
        language=offer.language,
        zone=offer.zone,
    )


def extend_form(plan: Announcement, ends_at: datetime, zone: str, offer: Offer, wrong: Sequence[Phrase] = ()) -> Reply:
    """Until when it takes longer."""
    local = ends_at.astimezone(zone_of(zone))
    return Reply(
        face=Face.FORM,
        row=offer.row,
        title=Phrase(key="announce.extend_title", values={"typed": _title(plan), "place": zone}),
        notes=tuple(wrong),
        form=Form(
            fields=(
                field("to_date", Entry.DATE, f"{local:{DAY}}", required=True),
                field("to_time", Entry.TIME, f"{local:{CLOCK}}", required=True),
            ),
            verb="announce.extend_to",
        ),
        at=offer.now,
        drill=plan.drill,
        language=offer.language,
        zone=offer.zone,
    )


def _fitting(fields: Sequence[Field]) -> tuple[list[Field], list[Field]]:
    """The fields whose values fit on a card together, and those that don't: the longest first."""
    kept = list(fields)
    left: list[Field] = []
    while sum(len(json.dumps(each.value)) for each in kept) > MOST_VALUES:
        longest = max(kept, key=lambda each: len(json.dumps(each.value)))
        kept.remove(longest)
        left.append(longest)
    return kept, left


def _cut(plan: Announcement, fields: Sequence[Field]) -> list[Phrase]:
    """Texts that no card holds: what is shown of them is cut, and the whole is kept."""
    return [
        Phrase(
            key="announce.too_long",
            values={
                "field": each.label,
                "n": len(each.value),
                "most": each.most,
                "id": plan.id,
                "version": plan.revision,
            },
        )
        for each in fields
        if each.entry is Entry.TEXT and len(each.value) > each.most
    ]


def _buttons(page: Page) -> tuple[Button, ...]:
    verbs = {
        Page.WORDS: ("announce.preview", "announce.tongues", "announce.discard"),
        Page.TIMES: (Page.WORDS, "announce.tongues", "announce.discard"),
        Page.TONGUE: (Page.WORDS, Page.TIMES, "announce.drop_tongue"),
    }
    return tuple(Button(verb=verb) for verb in verbs[page])


def _title(plan: Announcement) -> str:
    words = plan.words.get(plan.language)
    return words.title if words else plan.id
