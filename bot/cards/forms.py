"""A form -> its questions in the reader's words, and those as values of the layout."""

from collections.abc import Sequence

from bot.cards.blocks import Filling
from bot.cards.expand import Json
from bot.cards.plain import shortened
from bot.cards.voice import Voice
from bot.domain.conversation import Entry, Form

LONGEST_OPTION = 60  # characters


def fillings(form: Form | None, voice: Voice) -> tuple[Filling, ...]:
    """Every question in order; none without a form."""
    return tuple(
        Filling(
            id=field.id,
            entry=field.entry,
            label=voice.say(field.label),
            options=tuple((shortened(voice.say(each.label), LONGEST_OPTION), each.value) for each in field.options),
            value=field.value,
            required=field.required,
            missing=voice.say("form.missing"),
            most=field.most,
            lines=field.lines,
        )
        for field in (form.fields if form else ())
    )


def inputs(entries: Sequence[Filling]) -> list[dict[str, Json]]:
    """One row a question, with one list per way of filling it in, of which just one has a member."""
    return [{entry.value: [_input(each)] if each.entry is entry else [] for entry in Entry} for each in entries]


def _input(each: Filling) -> dict[str, Json]:
    return {
        "id": each.id,
        "label": each.label,
        "value": each.value,
        "required": each.required,
        "missing": each.missing,
        "most": each.most,
        "several": each.lines,
        "options": [{"title": title, "value": value} for title, value in each.options],
    }
