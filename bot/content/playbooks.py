"""Fix steps and playbooks, as `steps.toml` and `playbooks.toml` hold them, checked against each other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from bot.content.reading import DataFiles
from bot.domain.advice import FEWEST, TROUBLE
from bot.domain.observation import Client, Feature
from bot.domain.playbook import Book, NotWhen, Playbook, Risk, Sort, Step, StepId, Who
from bot.domain.verdict import Outcome

STEPS, PLAYBOOKS = "steps.toml", "playbooks.toml"
NO_WARNING = frozenset({Outcome.FINE})  # outcomes that need no do-not line


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """Steps for one verdict and some features, as the file has them."""

    outcome: Outcome
    features: tuple[Feature, ...]
    steps: tuple[StepId, ...]
    more: tuple[StepId, ...] = ()
    workaround: str | None = None  # what stands behind "workaround."


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """Steps for a symptom or a family of codes, as the file has them."""

    id: str
    steps: tuple[StepId, ...]
    more: tuple[StepId, ...] = ()
    symptoms: frozenset[str] = frozenset()
    clients: frozenset[Client] = frozenset()
    when: Literal["app"] | None = None
    says: tuple[str, ...] = ()  # words on the screen that name it, lower case
    texts: frozenset[Literal["do_not", "workaround"]] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Whole:
    """The file as a whole."""

    row: tuple[Mapping[str, object], ...]
    playbook: tuple[Mapping[str, object], ...]
    fill: Mapping[Outcome, tuple[StepId, ...]]
    last: tuple[StepId, ...]
    for_it: tuple[StepId, ...]
    at_work: Mapping[StepId, StepId]


def read_book(files: DataFiles) -> tuple[Book, dict[str, str], dict[str, StepId]]:
    """The book of advice, the words on a screen that name a symptom, and those of an official text that name a step."""
    steps, official = _read_steps(files)
    whole = files.value(PLAYBOOKS, _Whole, files.toml(PLAYBOOKS))
    if whole is None:
        return Book(steps=steps, rows={}, playbooks={}, fill={}), {}, official
    rows = _rows(whole, steps, files)
    playbooks, screens = _playbooks(whole, steps, files)
    _check_fill(whole.fill, steps, files)
    for where, named in (("last", whole.last), ("for_it", whole.for_it), ("at_work", _flat(whole.at_work))):
        _known(f"{PLAYBOOKS}, {where}", named, steps, files)
    book = Book(
        steps=steps,
        rows=rows,
        playbooks=playbooks,
        fill=whole.fill,
        last=whole.last,
        for_it=whole.for_it,
        at_work=whole.at_work,
    )
    return book, screens, official


def _read_steps(files: DataFiles) -> tuple[dict[StepId, Step], dict[str, StepId]]:
    steps: dict[StepId, Step] = {}
    official: dict[str, StepId] = {}
    for name, table in files.toml(STEPS).items():
        known = {key: value for key, value in table.items() if key != "official"}
        step = files.value(f"{STEPS}, {name}", Step, {**known, "id": name})
        if step:
            steps[step.id] = step
            official |= dict.fromkeys(table.get("official", ()), step.id)
            if step.clients and step.how - step.clients:
                files.note(f"{STEPS}, {name}", "has an instruction for a client that it is not for")
    return steps, official


def _rows(whole: _Whole, steps: Mapping[StepId, Step], files: DataFiles) -> dict[tuple[Outcome, Feature], Playbook]:
    rows: dict[tuple[Outcome, Feature], Playbook] = {}
    for table in whole.row:
        where = f"{PLAYBOOKS}, row {table.get('outcome')} {table.get('features')}"
        row = files.value(where, _Row, table)
        if row is None:
            continue
        _check_row(row, where, steps, files)
        for feature in row.features:
            if (row.outcome, feature) in rows:
                files.note(where, f"{feature} stands there twice")
            rows[row.outcome, feature] = Playbook(
                id=f"{row.outcome}.{feature}",
                why=f"why.{row.outcome}",
                steps=row.steps,
                more=row.more,
                do_not=None if row.outcome in NO_WARNING else f"do_not.{row.outcome}",
                workaround=f"workaround.{row.workaround}" if row.workaround else None,
            )
    for outcome in Outcome:
        for feature in Feature:
            if (outcome, feature) not in rows:
                files.note(PLAYBOOKS, f"has no row for {outcome} and {feature}")
    return rows


def _check_row(row: _Row, where: str, steps: Mapping[StepId, Step], files: DataFiles) -> None:
    """A row may name only steps that are for its verdict and features, and that the rules would ever let through."""
    for step in _known(where, (*row.steps, *row.more), steps, files):
        if row.outcome not in step.outcomes:
            files.note(where, f"{step.id} is not for {row.outcome}")
        if step.features and not step.features.issuperset(row.features):
            files.note(where, f"{step.id} is not for all of these features")
        if row.outcome in TROUBLE and (step.sort is Sort.REPAIR or NotWhen.OUTAGE in step.not_when):
            files.note(where, f"{step.id} is never shown during an outage")
        if row.outcome is Outcome.UNKNOWN and step.risks:
            files.note(where, f"{step.id} has a risk, so it is never shown while the verdict is unknown")


def _playbooks(
    whole: _Whole, steps: Mapping[StepId, Step], files: DataFiles
) -> tuple[dict[str, Playbook], dict[str, str]]:
    playbooks: dict[str, Playbook] = {}
    screens: dict[str, str] = {}
    for table in whole.playbook:
        where = f"{PLAYBOOKS}, playbook {table.get('id')}"
        entry = files.value(where, _Entry, table)
        if entry is None:
            continue
        if entry.id in playbooks:
            files.note(where, "stands there twice")
        if entry.says and not entry.symptoms:
            files.note(where, "has words on the screen but no symptom")
        _known(where, (*entry.steps, *entry.more), steps, files)
        screens |= dict.fromkeys(entry.says, min(entry.symptoms, default=""))
        playbooks[entry.id] = Playbook(
            id=entry.id,
            why=f"why.{entry.id}",
            steps=entry.steps,
            more=entry.more,
            do_not=f"do_not.{entry.id}" if "do_not" in entry.texts else None,
            workaround=f"workaround.{entry.id}" if "workaround" in entry.texts else None,
            clients=entry.clients,
            symptoms=entry.symptoms,
            app_fails=entry.when == "app",
        )
    return playbooks, screens


def _check_fill(fill: Mapping[Outcome, Sequence[StepId]], steps: Mapping[StepId, Step], files: DataFiles) -> None:
    """What fills a card up must hold for everybody, whatever the rules drop."""
    for outcome in Outcome:
        where = f"{PLAYBOOKS}, fill {outcome}"
        found = _known(where, fill.get(outcome, ()), steps, files)
        checks = [step for step in found if step.sort is Sort.CHECK]
        if len(found) < FEWEST or (outcome in TROUBLE and checks):
            files.note(where, f"wants at least {FEWEST} steps, and no checks during an outage")
        for step in found:
            useless = NotWhen.OUTAGE in step.not_when and outcome in TROUBLE
            if step.risks - {Risk.SECURITY} or step.clients or step.features or step.who is Who.IT or useless:
                files.note(where, f"{step.id} is not for everybody")


def _known(where: str, named: Sequence[StepId], steps: Mapping[StepId, Step], files: DataFiles) -> list[Step]:
    for step in named:
        if step not in steps:
            files.note(where, f"names {step!r}, which is no step")
    return [steps[step] for step in named if step in steps]


def _flat(pairs: Mapping[StepId, StepId]) -> tuple[StepId, ...]:
    return (*pairs.keys(), *pairs.values())
