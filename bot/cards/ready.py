"""An incident -> texts for where Teams can't be read: to be read out, sent or put up.  All carry its reference."""

import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from bot.cards.plain import shortened
from bot.cards.telling import (
    certain_line,
    certainty,
    framed,
    named,
    nothing_to_do,
    state_lines,
    title,
    when_lines,
    who_lines,
)
from bot.cards.voice import Voice, dated, voice_for
from bot.content.texts import Texts
from bot.domain.conversation import Face, Phrase
from bot.domain.incident import Stage
from bot.domain.telling import IncidentView

GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)  # one place each in a text message
PLAIN = str.maketrans({"“": '"', "”": '"', "„": '"', "’": "'", "–": "-", "—": "-", "…": "...", "[": "(", "]": ")"})
SMS_PART, SMS_PARTS = 160, 2


class Use(StrEnum):
    """Where a ready text is used."""

    PHONE = "phone"
    SMS = "sms"
    MAIL = "mail"
    INTRANET = "intranet"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadyText:
    """One text: its parts in order, each sent or read by itself; a mail has a subject."""

    parts: tuple[str, ...]
    subject: str = ""

    @property
    def whole(self) -> str:
        """Everything as one text to be copied."""
        return "\n\n".join((*([self.subject] if self.subject else []), *self.parts))


def ready_text(view: IncidentView, use: Use, texts: Texts, language: str, zone: str) -> ReadyText:
    """The text for this use.  Raises TextError for a missing text."""
    voice = voice_for(framed(view, Face.STEP, title(view.incident), ()), texts, language, zone)
    match use:
        case Use.SMS:
            return ReadyText(parts=_sms(view, voice))
        case Use.PHONE:
            return ReadyText(parts=(_phone(view, voice),))
        case Use.MAIL:
            values = {"title": title(view.incident), "id": view.incident.id}
            subject = voice.marked(voice.say("ready.mail_subject", **values))
            return ReadyText(parts=("\n".join(_full(view, dated(voice))),), subject=subject)
        case Use.INTRANET:
            return ReadyText(
                parts=("\n".join([voice.marked(voice.say(title(view.incident))), *_full(view, dated(voice))]),)
            )


def gsm(text: str) -> str:
    """`text` in letters that take one place each in a text message; what has no likeness is a question mark."""
    return "".join(_letter(each) for each in text.translate(PLAIN))


def _letter(letter: str) -> str:
    if letter in GSM:
        return letter
    likeness = "".join(each for each in unicodedata.normalize("NFKD", letter) if each in GSM)
    return likeness or ("" if unicodedata.category(letter) == "Cf" else "?")


def _sms(view: IncidentView, voice: Voice) -> tuple[str, ...]:
    """One or two messages; the reference ends the last, whatever is cut."""
    incident = view.incident
    do = next(iter(nothing_to_do(view)), Phrase(key="telling.do.wait"))
    said = voice.say(
        "ready.sms",
        title=title(incident),
        since=incident.since or incident.opened_at,
        certain=Phrase(key="telling.false_alarm") if incident.stage is Stage.WITHDRAWN else certain_line(incident),
        do=do,
    )
    text, end = gsm(voice.marked(said)), gsm(voice.say("ready.sms_ref", id=incident.id))
    if len(text) + 1 + len(end) <= SMS_PART:
        return (f"{text} {end}",)
    first = text[: SMS_PART + 1].rsplit(" ", 1)[0][:SMS_PART]
    rest = gsm(shortened(text[len(first) :].strip(), SMS_PART * (SMS_PARTS - 1) - len(end) - 3))
    return first, f"{rest} {end}".strip()


def _phone(view: IncidentView, voice: Voice) -> str:
    """Whole sentences for a voice."""
    incident = view.incident
    since = incident.since or incident.opened_at
    lines = [
        voice.say("ready.phone_hello"),
        voice.say("ready.phone_known", title=title(incident), since=since),
        *map(voice.say, list(who_lines(incident))[1:]),
        *map(voice.say, _do(view)),
    ]
    if incident.next_word_at and incident.stage.is_open and not view.overdue:
        lines.append(voice.say("ready.phone_next", next=incident.next_word_at))
    return " ".join(
        [*([voice.say("drill.mark")] if voice.drill else []), *lines, voice.say("ready.phone_end", id=incident.id)]
    )


def _full(view: IncidentView, voice: Voice) -> list[str]:
    """Every fact of the card that needs no button."""
    phrases = [*who_lines(view.incident), *when_lines(view), *certainty(view), *_do(view), *state_lines(view)]
    if view.contact:
        phrases.append(Phrase(key="ready.mail_contact", values={"contact": view.contact}))
    if view.page_url:
        phrases.append(Phrase(key="ready.page", values={"url": view.page_url}))
    return [voice.say(each) for each in (*phrases, Phrase(key="telling.reference", values={"id": view.incident.id}))]


def _do(view: IncidentView) -> list[Phrase]:
    """What to do, what not to do, how to go on meanwhile."""
    advice = view.advice
    lines = list(nothing_to_do(view)) or [Phrase(key="telling.do.wait")]
    if advice and view.incident.stage in (Stage.SIGNS, Stage.CONFIRMED):
        values = named(view.incident)
        lines += [Phrase(key=advice.do_not, values=values)] if advice.do_not else []
        if advice.workaround:
            around = Phrase(key=advice.workaround, values=values)
            lines.append(Phrase(key="card.workaround", values={"text": around}))
    return lines
