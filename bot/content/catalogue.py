"""Services, fix steps, playbooks and codes: all that we know beforehand, read and checked whole at start."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from typing import TypedDict, Unpack

from bot.content.codes import UNKNOWN_PLAYBOOK, CodeEntry, Codes, read_codes
from bot.content.playbooks import read_book
from bot.content.reading import DataFiles
from bot.content.services import Service, read_services
from bot.content.texts import Texts
from bot.domain.advice import TROUBLE, Advice, Asker, Case, advise
from bot.domain.conversation import Phrase
from bot.domain.observation import Client, Feature, ServiceId
from bot.domain.playbook import Book, CodeRule, StepId
from bot.domain.verdict import Verdict

SIGN_IN = ServiceId("signin")
READ_AT_MOST = 4_000  # characters of a text in which we look for words that we know


class CatalogueError(Exception):
    """The data files contradict themselves or each other; the text names every mistake."""


class Asked(TypedDict, total=False):
    """What is known of a question, besides the verdict."""

    feature: Feature | None
    client: Client | None
    codes: tuple[str, ...]  # canonical
    symptom: str | None  # from `Catalogue.symptom`
    role: Asker
    at_work: bool
    already_offered: tuple[StepId, ...]
    sure_from: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """Everything that is the same for every question."""

    services: Mapping[ServiceId, Service]
    book: Book
    codes: Codes
    screens: Mapping[str, str]  # words on a screen -> symptom
    official: Mapping[str, StepId]  # words of an official text -> step

    def code(self, code: str) -> CodeEntry | None:
        """What a canonical code means, else what its family does; None when even that is unknown."""
        return self.codes.find(code)

    def explain(self, code: str) -> Phrase:
        """One line on a canonical code: what it means and who can act, what it probably means, or that we can't say."""
        entry = self.code(code)
        if entry is None:
            return Phrase(key="card.code_unknown", values={"code": code})
        key = "card.code_who" if entry.exact else "card.code_probably"
        who = Phrase(key=f"code_who.{entry.who}")
        return Phrase(key=key, values={"code": code, "meaning": Phrase(key=entry.meaning), "who": who})

    def symptom(self, text: str) -> str | None:
        """The symptom that words copied from a screen name."""
        said = _words(text)
        return next((symptom for words, symptom in self.screens.items() if words in said), None)

    def official_steps(self, text: str) -> tuple[StepId, ...]:
        """The steps that an official text asks for, in its order."""
        said = _words(text)
        found = sorted((said.index(words), step) for words, step in self.official.items() if words in said)
        return tuple(dict.fromkeys(step for _, step in found))

    def advise(self, verdict: Verdict, **asked: Unpack[Asked]) -> Advice:
        """The advice on a verdict, for what was asked."""
        feature = asked.get("feature") or verdict.feature or Feature.ALL
        in_trouble = verdict.outcome in TROUBLE
        official = verdict.official.text if verdict.official and in_trouble else ""
        case = Case(
            outcome=verdict.outcome,
            confidence=verdict.confidence,
            feature=feature,
            client=asked.get("client"),
            codes=tuple(self._rule(code) for code in asked.get("codes", ())),
            symptom=asked.get("symptom"),
            which=verdict.which,
            role=asked.get("role", Asker.USER),
            at_work=asked.get("at_work", True),
            signin_trouble=verdict.cause == SIGN_IN or (verdict.service == SIGN_IN and in_trouble),
            official_says=self.official_steps(official),
            already_offered=asked.get("already_offered", ()),
            sure_from=asked.get("sure_from", 0.8),
        )
        return advise(case, self.book)

    def _rule(self, code: str) -> CodeRule:
        entry = self.code(code)
        return entry.rule if entry else CodeRule(code=code, playbook=UNKNOWN_PLAYBOOK)


def load_catalogue(folder: Traversable | None = None) -> Catalogue:
    """Read every data file, ours or those of `folder`.  Raises CatalogueError that names all mistakes at once."""
    files = DataFiles(folder or resources.files("bot.content"))
    services = read_services(files)
    book, screens, official = read_book(files)
    codes = read_codes(files)
    for entry in (*codes.exact.values(), *(entry for _, entry in codes.families)):
        if entry.rule.playbook not in book.playbooks:
            files.note("codes.tsv", f"{entry.code} names {entry.rule.playbook!r}, which is no playbook")
        for step in entry.rule.steps:
            if step not in book.steps:
                files.note("codes.tsv", f"{entry.code} names {step!r}, which is no step")
    if files.mistakes:
        raise CatalogueError("\n".join(files.mistakes))
    return Catalogue(services=services, book=book, codes=codes, screens=screens, official=official)


def missing_words(catalogue: Catalogue, texts: Texts) -> list[str]:
    """Text keys that the catalogue needs and English lacks."""
    book = catalogue.book
    wanted = [f"service.{service}" for service in catalogue.services]
    for step in book.steps.values():
        wanted += [f"step.{step.id}.title", *(step.how_key(client) for client in (None, *step.how))]
    for playbook in (*book.rows.values(), *book.playbooks.values()):
        wanted += [key for key in (playbook.why, playbook.do_not, playbook.workaround) if key]
    codes = catalogue.codes
    for entry in (*codes.exact.values(), *(entry for _, entry in codes.families)):
        wanted += [entry.meaning, f"code_who.{entry.who}"]
    return sorted({key for key in wanted if not texts.has(key)})


def _words(text: str) -> str:
    """A text as the data files spell it: lower case, plain apostrophes, single spaces."""
    return " ".join(text[:READ_AT_MOST].lower().replace("’", "'").split())
