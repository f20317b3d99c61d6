"""A rule in plain words.  What the form makes is said exactly; any other rule is quoted, beside its next times."""

from bot.domain.conversation import Phrase
from bot.domain.schedule import Rule

DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
NTHS = ("1", "2", "3", "4", "-1")
CLOCK = "%H:%M"
LAST_SURE_DAY = 28  # of a month: later ones are missing in some
_OURS = {
    ("DAILY", frozenset()),
    ("WEEKLY", frozenset({"BYDAY"})),
    ("MONTHLY", frozenset({"BYDAY"})),
    ("MONTHLY", frozenset({"BYMONTHDAY"})),
}


def rule_words(rule: Rule) -> tuple[Phrase, ...]:
    """When it takes place, until when, and when not."""
    if rule.at is not None:
        return (Phrase(key="announce.rule.once"),)
    return (_rhythm(rule), *_limits(rule))


def _rhythm(rule: Rule) -> Phrase:
    if rule.rrule is None or rule.start is None:
        return Phrase(key="announce.rule.cron", values={"rule": rule.cron or ""})
    parts = dict(part.partition("=")[::2] for part in rule.rrule.upper().split(";"))
    pace, every = parts.pop("FREQ", ""), parts.pop("INTERVAL", "1")
    known = None
    if (pace, frozenset(parts)) in _OURS and every.isdecimal():
        known = _form_made(pace, parts, {"n": int(every), "at": f"{rule.start:{CLOCK}}"})
    return known or Phrase(key="announce.rule.other", values={"rule": rule.rrule})


def _form_made(pace: str, parts: dict[str, str], values: dict[str, object]) -> Phrase | None:
    if pace == "DAILY":
        return Phrase(key="announce.rule.daily", values=values)
    if "BYMONTHDAY" in parts:
        return _by_date(parts["BYMONTHDAY"], values)
    days = parts["BYDAY"].split(",")
    return _weekly(days, values) if pace == "WEEKLY" else _by_weekday(days, values)


def _weekly(days: list[str], values: dict[str, object]) -> Phrase | None:
    if not set(days) <= set(DAYS):
        return None
    named = [Phrase(key=f"announce.day.{day}") for day in DAYS if day in days]
    return Phrase(key="announce.rule.weekly", values={**values, "days": named})


def _by_weekday(days: list[str], values: dict[str, object]) -> Phrase | None:
    nth, day = days[0][:-2].removeprefix("+"), days[0][-2:]
    if len(days) > 1 or nth not in NTHS or day not in DAYS:
        return None
    named = {
        "nth": Phrase(key=f"announce.nth.{'last' if nth == '-1' else nth}"),
        "day": Phrase(key=f"announce.day.{day}"),
    }
    return Phrase(key="announce.rule.monthly_nth", values={**values, **named})


def _by_date(day: str, values: dict[str, object]) -> Phrase | None:
    if day == "-1":
        return Phrase(key="announce.rule.monthly_last", values=values)
    if not day.isdecimal():
        return None
    key = "announce.rule.monthly_day" if int(day) <= LAST_SURE_DAY else "announce.rule.monthly_late_day"
    return Phrase(key=key, values={**values, "day": day})


def _limits(rule: Rule) -> tuple[Phrase, ...]:
    found = []
    if rule.until is not None:
        found.append(Phrase(key="announce.rule.until", values={"day": rule.until.date()}))
    if rule.count is not None:
        found.append(Phrase(key="announce.rule.count", values={"n": rule.count}))
    if rule.except_on:
        found.append(Phrase(key="announce.rule.except", values={"days": sorted(rule.except_on)}))
    return tuple(found)
