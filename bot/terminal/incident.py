"""`incident ID`: its time line, what we saw against the official record; as a report, or as words ready to be used."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.assembly import assembled
from bot.cards.ready import ReadyText, Use, ready_text
from bot.cards.report import incident_report
from bot.clock import MachineClock
from bot.commands.telling import Reader, view_of
from bot.content.texts import Texts
from bot.domain.incident import Incident, Transition
from bot.domain.measured import Measured, measured
from bot.domain.telling import IncidentView, Moment, Why
from bot.settings import Settings
from bot.store import incidents as rows
from bot.store.engine import StoreError
from bot.store.incidents import StepTaken
from bot.terminal.incidents import facts
from bot.terminal.no_database import unreadable
from bot.terminal.output import Output
from bot.terminal.recorded import iso, meant

DONE, USAGE = 0, 2
LENGTHS = ("lasted", "alert_took", "ahead")


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """As what the incident is wanted."""

    report: bool = False  # Markdown
    text: Use | None = None  # words ready to be used
    language: str | None = None


async def incident(out: Output, settings: Settings, typed: str, form: Form) -> int:
    """Print what was asked for.  2 when there is no such incident."""
    clock = MachineClock()
    try:
        async with assembled(settings, clock, exclusive=False, looking=True) as parts:
            found = await meant(out, parts.store, typed)
            if found is None or not _is_spoken(out, parts.texts, form.language):
                return USAGE
            async with parts.store.reading() as db:
                steps = await rows.steps(db, found.id)
            view = view_of(parts.desk, found, Reader(why=Why.HELPDESK, language=form.language), clock.now())
            told = _Told(texts=parts.texts, view=view, steps=steps)
    except StoreError as error:
        return unreadable(out, error)
    if out.form == "json":
        out.json(told.as_json(form))
    elif form.text is not None:
        _print(out, told.ready(form.text).whole)
    else:
        _print(out, told.report() if form.report else told.in_short())
    return DONE


def _is_spoken(out: Output, texts: Texts, language: str | None) -> bool:
    if language is None or texts.choose(language, "en")[1]:
        return True
    out.complain(f"There are no words in {language!r}.", [f"Languages: {', '.join(texts.languages)}"])
    return False


def _print(out: Output, text: str) -> None:
    out.lines(text.rstrip("\n").split("\n"))


class _Told:
    """One incident in every form that can be asked for."""

    def __init__(self, *, texts: Texts, view: IncidentView, steps: tuple[StepTaken, ...]) -> None:
        self._texts, self._view, self._steps = texts, view, steps

    def report(self) -> str:
        moments = [Moment(at=step.at, change=step.change) for step in self._steps]
        return incident_report(self._view, moments, self._texts, self._view.language, self._view.zone)

    def in_short(self) -> str:
        """One fact a line, for a screen."""
        one, times = self._view.incident, self._measured()
        lines = [f"{name.replace('_', ' ')}: {value}" for name, value in facts(one).items() if value not in (None, "")]
        lines += [f"{name.replace('_', ' ')}: {_shown(value)}" for name, value in asdict(times).items()
                  if value is not None and name not in facts(one)]  # fmt: skip
        lines += [f"step: {iso(step.at)} {step.change} -> {step.stage}, {step.level} ({step.reason})"
                  for step in self._steps]  # fmt: skip
        return "\n".join(lines)

    def ready(self, use: Use) -> ReadyText:
        return ready_text(self._view, use, self._texts, self._view.language, self._view.zone)

    def as_json(self, form: Form) -> dict[str, Any]:
        one = self._view.incident
        found = facts(one) | _more(one) | {"measured": _in_json(self._measured())}
        found["steps"] = [
            {
                "at": iso(step.at),
                "change": step.change,
                "state": step.stage,
                "level": step.level,
                "reason": step.reason,
                "revision": step.revision,
            }
            for step in self._steps
        ]
        if form.report:
            found["report"] = self.report()
        if form.text is not None:
            ready = self.ready(form.text)
            found["text"] = {"use": form.text, "subject": ready.subject, "parts": list(ready.parts)}
        return found

    def _measured(self) -> Measured:
        one = self._view.incident
        steps = [
            Transition(change=step.change, incident=one, before=None, at=step.at, reason=step.reason)
            for step in self._steps
        ]
        return measured(one, steps)


def _more(one: Incident) -> dict[str, Any]:
    official, known = one.official, one.acknowledged
    return {
        "since": iso(one.since),
        "first_evidence_at": iso(one.first_evidence_at),
        "confirmed_at": iso(one.confirmed_at),
        "recovering_at": iso(one.recovering_at),
        "reason": one.reason,
        "confidence": round(one.confidence, 4),
        "kinds": sorted(one.kinds),
        "official": {
            "id": official.key,
            "text": official.text,
            "link": official.link,
            "next_word_at": iso(official.next_word_at),
        }
        if official
        else None,
        "acknowledged": {"by_role": known.by_role, "at": iso(known.at), "next_word_at": iso(known.next_word_at)}
        if known
        else None,
        "merged_into": one.merged_into,
        "revision": one.revision,
    }


def _in_json(times: Measured) -> dict[str, Any]:
    """Moments in ISO, durations in seconds."""
    told: dict[str, Any] = {f"{name}_s": _seconds(getattr(times, name)) for name in LENGTHS}
    return told | {name: _shown(value) for name, value in asdict(times).items() if name not in LENGTHS}


def _seconds(length: timedelta | None) -> float | None:
    return length.total_seconds() if length is not None else None


def _shown(value: object) -> object:
    return iso(value) if isinstance(value, datetime) else value
