"""Verdict, feature, client and codes -> ordered fix steps, the do-not line and the work-around.  Pure.

The rules here outrank every playbook: while sign-in has trouble nothing that ends a session; advice of an official
message first; during an outage nothing but one harmless check, ways around it and waiting; while we are not sure
nothing that may cost a session or a draft.  Knows no sentence and reads no file: content.catalogue fills the book.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.domain.observation import Client, Feature
from bot.domain.playbook import Book, CodeRule, NotWhen, Playbook, Risk, Sort, Step, StepId, Who
from bot.domain.verdict import Outcome, Which

__all__ = ["Advice", "Asker", "Case", "StepId", "advise", "next_untried"]

FEWEST, MOST = 3, 5  # steps shown at once
SAFE_FROM = 3  # places before a step that ends a session
TROUBLE = frozenset({Outcome.DOWN, Outcome.DEGRADED, Outcome.MAINTENANCE})
ON_THE_DEVICE = frozenset({Outcome.JUST_YOU, Outcome.FINE, Outcome.UNKNOWN})  # where a symptom may choose the steps
CONTACT_IT = StepId("contact-it")  # may be offered as often as needed


class Asker(StrEnum):
    """For whom the advice is."""

    USER = "user"
    IT = "it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Whom we advise, and on what."""

    outcome: Outcome
    confidence: float
    feature: Feature = Feature.ALL
    client: Client | None = None
    codes: tuple[CodeRule, ...] = ()
    symptom: str | None = None  # a word of the playbooks' `symptoms`
    which: Which | None = None
    role: Asker = Asker.USER
    at_work: bool = True
    signin_trouble: bool = False  # sign-in is the cause, or has trouble of its own
    official_says: tuple[StepId, ...] = ()  # steps that the official text names
    already_offered: tuple[StepId, ...] = ()
    sure_from: float = 0.8  # Policy.sure_from

    @property
    def identity_in_doubt(self) -> bool:
        """Whether a session that ends now may not come back."""
        at_the_door = self.feature is Feature.SIGNIN and self.outcome in TROUBLE
        return self.signin_trouble or at_the_door or any(rule.theirs for rule in self.codes)

    @property
    def is_it(self) -> bool:
        """Whether steps for IT are shown: to IT, and to whoever asks about administration."""
        return self.role is Asker.IT or self.feature is Feature.ADMIN


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """What to do now, as ids and text keys."""

    why: str  # text key
    steps: tuple[StepId, ...] = ()  # shown, in order, three to five
    more: tuple[StepId, ...] = ()  # behind "more steps"
    do_not: str | None = None  # text key
    workaround: str | None = None  # text key
    codes: tuple[str, ...] = ()  # the codes that steered the choice
    official: tuple[StepId, ...] = ()  # steps that the official text asks for: say whose advice they are


def advise(case: Case, book: Book) -> Advice:
    """The steps for this case, in the order of its playbook, as far as the rules allow them."""
    code = _steering_code(case)
    playbook = _playbook(case, book, code)
    first = (*case.official_says, *(code.steps if code else ()), *playbook.steps)
    candidates = _unique(_at_work(case, book, first))
    shown = [step for step in candidates if _allowed(step, case, book)]
    further = [step for step in _further(case, book, playbook) if _allowed(step, case, book)]
    steps = _shown(_enough(_unique([*shown, *further]), case, book), max(FEWEST, min(MOST, len(shown))), case, book)
    more = _unique([*_untried(shown, case), *_untried(further, case), *_last(case, book, playbook)])
    return Advice(
        why=playbook.why,
        steps=tuple(steps),
        more=tuple(step for step in more if step not in steps),
        do_not="do_not.identity" if case.identity_in_doubt else playbook.do_not,
        workaround=playbook.workaround,
        codes=(code.code,) if code else (),
        official=tuple(step for step in steps if step in case.official_says),
    )


def next_untried(advice: Advice, offered: Sequence[StepId]) -> StepId | None:
    """The next step that was not offered yet; None when all were."""
    return next((step for step in (*advice.steps, *advice.more) if step not in offered), None)


def _steering_code(case: Case) -> CodeRule | None:
    """The code that chooses: an AADSTS number before the others, since it is nearer to the cause."""
    if case.outcome in TROUBLE:
        return None
    return min(case.codes, key=lambda rule: not rule.code.startswith("AADSTS"), default=None)


def _playbook(case: Case, book: Book, code: CodeRule | None) -> Playbook:
    """A code's playbook, else a symptom's, else that of an app that fails alone, else the row of the verdict."""
    if code:
        return book.playbooks[code.playbook]
    if case.outcome in ON_THE_DEVICE:
        for playbook in book.playbooks.values():
            named = case.symptom in playbook.symptoms
            alone = playbook.app_fails and case.which is Which.APP
            if (named or alone) and playbook.fits(case.client):
                return playbook
    return book.rows[case.outcome, case.feature]


def _at_work(case: Case, book: Book, steps: Sequence[StepId]) -> Iterator[StepId]:
    """The steps, with what is not one's own to touch at work replaced."""
    for step in steps:
        yield book.at_work.get(step, step) if case.at_work else step


def _further(case: Case, book: Book, playbook: Playbook) -> Iterator[StepId]:
    """What stands behind "more steps", and for IT its own tools."""
    yield from _at_work(case, book, playbook.more)
    if case.is_it:
        yield from book.for_it


def _last(case: Case, book: Book, playbook: Playbook) -> list[StepId]:
    """The last resorts: only where the row of the verdict was followed, for a code or symptom names its own."""
    if case.outcome is not Outcome.JUST_YOU or playbook is not book.rows[case.outcome, case.feature]:
        return []
    return _untried([step for step in book.last if _allowed(step, case, book)], case)


def _allowed(step_id: StepId, case: Case, book: Book) -> bool:
    """Whether the rules let this step be shown at all."""
    step = book.steps[step_id]
    return _harmless(step, case) and (step_id in case.official_says or _sensible(step, case))


def _harmless(step: Step, case: Case) -> bool:
    """The rules that not even an official text overrides."""
    risks = step.risks
    if not step.fits(case.client) or (step.who is Who.IT and not case.is_it):
        return False
    if case.identity_in_doubt and Risk.SIGN_OUT in risks:
        return False
    if case.outcome is Outcome.UNKNOWN:
        return not risks
    return case.confidence >= case.sure_from or not risks & {Risk.SIGN_OUT, Risk.DRAFTS}


def _sensible(step: Step, case: Case) -> bool:
    """Whether nothing that we know makes the step useless."""
    in_trouble = case.outcome in TROUBLE
    if in_trouble and (step.sort is Sort.REPAIR or NotWhen.OUTAGE in step.not_when):
        return False
    if case.identity_in_doubt and NotWhen.IDENTITY in step.not_when:
        return False
    if case.at_work and NotWhen.AT_WORK in step.not_when:
        return False
    return not any(rule.code.startswith(step.not_codes) for rule in case.codes)


def _untried(steps: Sequence[StepId], case: Case) -> list[StepId]:
    """Without what was offered already; while the service has trouble there is nothing to try, so all stay."""
    if case.outcome in TROUBLE:
        return list(steps)
    return [step for step in steps if step == CONTACT_IT or step not in case.already_offered]


def _enough(steps: Sequence[StepId], case: Case, book: Book) -> list[StepId]:
    """The untried steps, filled up with harmless ones, and with tried ones only when nothing else is left."""
    filling = [step for step in book.fill[case.outcome] if _allowed(step, case, book)]
    return _unique([*_untried(steps, case), *_untried(filling, case), *filling])


def _shown(steps: Sequence[StepId], count: int, case: Case, book: Book) -> list[StepId]:
    """The first `count` steps, each at the first place where the rules let it stand."""
    shown: list[StepId] = []
    while len(shown) < count:
        chosen = next((step for step in steps if step not in shown and _may_follow(step, shown, case, book)), None)
        if chosen is None:
            break
        shown.append(chosen)
    return shown


def _may_follow(step_id: StepId, shown: Sequence[StepId], case: Case, book: Book) -> bool:
    """No sign-out among the first three, unless the code says that the session ended; one check in an outage."""
    if step_id in case.official_says:
        return True
    step = book.steps[step_id]
    if Risk.SIGN_OUT in step.risks and len(shown) < SAFE_FROM:
        return any(rule.ended for rule in case.codes)
    if case.outcome in TROUBLE and step.sort is Sort.CHECK:
        return not any(book.steps[other].sort is Sort.CHECK for other in shown if other not in case.official_says)
    return True


def _unique(steps: Iterable[StepId]) -> list[StepId]:
    return list(dict.fromkeys(steps))
