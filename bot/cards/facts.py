"""A verdict -> its headline, the facts under it, Microsoft's own word, and what could not be seen.  Knows no card."""

from collections.abc import Iterator, Sequence

from bot.cards.evidence import sentence
from bot.cards.plain import quoted
from bot.cards.voice import Voice
from bot.domain.conversation import Phrase, Reply
from bot.domain.observation import Feature, Kind, Observation
from bot.domain.verdict import Blind, Outcome, Reason, Verdict, Which

WORDS = (  # from this confidence on; text confidence.<word>
    (0.95, "almost_certain"),
    (0.85, "very_likely"),
    (0.7, "likely"),
    (0.5, "perhaps"),
    (0.0, "unsure"),
)
SEEING_NOTHING = (Reason.NOTHING_SEEN, Reason.WE_ARE_CUT_OFF, Reason.NO_WAY_OUT)  # any share would be a guess
WHY_BLIND = (  # what a source's failure says -> text cant_see.<word>; the first that fits
    ("challenge", "challenge"),
    ("instead of data", "nonsense"),
    ("shape changed", "nonsense"),
    ("not JSON", "nonsense"),
    ("timeout", "timed_out"),
    ("timed out", "timed_out"),
    ("replaces certificates", "certificates"),
    ("401", "refused"),
    ("403", "refused"),
    ("404", "not_found"),
    ("429", "too_many"),
    ("50", "server_error"),
    ("dns", "no_network"),
    ("name not found", "no_network"),
    ("connect", "no_network"),
    ("reset", "no_network"),
)
MOST_BLIND = 6  # sources that are named
STATED_FROM = 0.6  # confidence in trouble of the service from which the headline states it flatly


def headline(verdict: Verdict, feature: Feature | None, voice: Voice) -> str:
    """The answer in one sentence, with the part and the region where they are known."""
    if sees_only_the_line(verdict):
        return voice.say("sheet.cut_off", service=service(verdict))
    feature = None if feature is Feature.ALL else feature
    named = "_".join(name for name, known in (("feature", feature), ("region", verdict.region)) if known)
    told = f"{verdict.outcome}_unsure" if is_unsure(verdict) else verdict.outcome
    key = f"verdict.{told}.{named}" if named else f"verdict.{told}"
    return voice.say(key, service=service(verdict), feature=feature, region=verdict.region)


def is_unsure(verdict: Verdict) -> bool:
    """Whether trouble of the service is likelier than anything else and yet not likely enough to be stated flatly."""
    says_trouble = verdict.outcome in (Outcome.DOWN, Outcome.DEGRADED)
    return says_trouble and not verdict.operator and verdict.confidence < STATED_FROM


def sees_only_the_line(verdict: Verdict) -> bool:
    """Whether the line is dead and nothing else was seen, so that nobody may say how the service is for others."""
    cut_off = verdict.outcome is Outcome.YOUR_NETWORK and verdict.reason is Reason.NO_WAY_OUT
    return cut_off and all(term.observation.kind in (Kind.NEUTRAL, Kind.ASKER) for term in verdict.terms)


def service(verdict: Verdict) -> Phrase:
    """The name of the service that was judged."""
    return Phrase(key=f"service.{verdict.service}")


def facts(reply: Reply, verdict: Verdict, voice: Voice) -> Iterator[str]:
    """How sure, since when, until when, by what rule, and what of yours it is."""
    yield sureness(verdict, voice)
    if verdict.since:
        yield voice.say("verdict.since", since=verdict.since)
    if verdict.ends_at:
        yield voice.say("verdict.overrun" if verdict.ends_at < voice.now else "verdict.until", ends_at=verdict.ends_at)
    yield reason(verdict, voice)
    if verdict.cause and verdict.reason is not Reason.CAUSE_ELSEWHERE:
        yield voice.say("verdict.cause", service=service(verdict), cause=Phrase(key=f"service.{verdict.cause}"))
    if verdict.which:
        yield voice.say(f"which.{verdict.which}", service=service(verdict))
    if reply.client and verdict.outcome in (Outcome.JUST_YOU, Outcome.UNKNOWN) and verdict.which is not Which.ACCOUNT:
        yield voice.say("sheet.client", client=reply.client)


def sureness(verdict: Verdict, voice: Voice) -> str:
    """How sure we are, in words and percent; an operator's word stands without a percent."""
    if verdict.operator:
        return voice.say("confidence.operator")
    if verdict.outcome is Outcome.UNKNOWN:
        return _unsure(verdict, voice)
    word = next(word for least, word in WORDS if verdict.confidence >= least)
    return voice.say("confidence.line", words=Phrase(key=f"confidence.{word}"), confidence=verdict.confidence)


def _unsure(verdict: Verdict, voice: Voice) -> str:
    """Without a verdict only how likely the service itself is ill: a share for "just you" would be read as one."""
    ill = sum(verdict.probs.get(outcome, 0.0) for outcome in (Outcome.DOWN, Outcome.DEGRADED))
    if not ill or verdict.reason in SEEING_NOTHING:
        return voice.say("sheet.unsure")
    return voice.say("sheet.unsure_with", service=service(verdict), confidence=ill)


def reason(verdict: Verdict, voice: Voice) -> str:
    """The rule that decided."""
    cause = Phrase(key=f"service.{verdict.cause}") if verdict.cause else service(verdict)
    return voice.say(f"reason.{verdict.reason}", service=service(verdict), cause=cause, site=_site(verdict, voice))


def official(said: Observation, voice: Voice) -> Iterator[str]:
    """The official incident's number and own words, when it began, and when the next word is due or was."""
    yield sentence(said, voice)
    if said.since:
        yield voice.say("evidence.official.since", since=said.since)
    if said.next_update_at:
        overdue = said.next_update_at < voice.now
        yield voice.say(
            f"evidence.official.{'overdue' if overdue else 'next_update'}", next_update_at=said.next_update_at
        )


def cant_see(blind: Sequence[Blind], voice: Voice) -> Iterator[str]:
    """Every source that could not be read, why, and since when."""
    for each in blind[:MOST_BLIND]:
        yield voice.say("cant_see.line", source=voice.source(each.source), why=_why(each.reason), since=each.since)
    if len(blind) > MOST_BLIND:
        yield voice.say("sheet.more", n=len(blind) - MOST_BLIND)


def _why(reason: str) -> Phrase:
    known = next((word for sign, word in WHY_BLIND if sign in reason), None)
    return (
        Phrase(key=f"cant_see.{known}")
        if known
        else Phrase(key="cant_see.other", values={"reason": quoted(reason, 60)})
    )


def _site(verdict: Verdict, voice: Voice) -> str:
    """The place where those are who have it; a dash when nobody told."""
    shares = [each.strength.shares for each in verdict.evidence if each.kind is Kind.COLLEAGUES and each.strength]
    return quoted(max(shares[0], key=lambda site: shares[0][site]), 40) if shares and shares[0] else "–"
