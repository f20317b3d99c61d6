"""`ask`: the answer here and now, with and without a running server.

The asker sits at this machine, so the neutral checks are made from here and are the asker's own.
"""

import asyncio
import contextlib
import dataclasses
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from bot.assembly import Parts, assembled, choice_of
from bot.cards import Block, Part, Sheet, sheet
from bot.clock import MachineClock
from bot.domain.conversation import Destination, Message, Person, Reply, Scope
from bot.domain.observation import Observation
from bot.domain.source_health import SourceState
from bot.domain.verdict import Outcome, Verdict
from bot.http import FetchError
from bot.settings import Settings
from bot.sources.neutral import NeutralSource
from bot.sources.source import Source, SourceError, SourceSetup
from bot.store.engine import StoreError
from bot.terminal.output import Output

POLLS_WITHIN_S = 8.0  # real seconds for asking every source once (CONTRACTS)
FRESH_PERIODS = 2
CODES = {
    Outcome.FINE: 0,
    Outcome.JUST_YOU: 0,
    Outcome.DOWN: 3,
    Outcome.DEGRADED: 3,
    Outcome.MAINTENANCE: 3,
    Outcome.YOUR_ORG: 3,
    Outcome.YOUR_NETWORK: 3,
    Outcome.UNKNOWN: 4,
}
COLOURS = {
    Outcome.FINE: "1;32",
    Outcome.JUST_YOU: "1;36",
    Outcome.DOWN: "1;31",
    Outcome.DEGRADED: "1;33",
    Outcome.MAINTENANCE: "1;34",
}


async def ask(out: Output, settings: Settings, text: str) -> int:
    """Print the answer to `text`.  Gives the exit code that goes with the verdict."""
    clock = MachineClock()
    async with _opened(out, settings, clock) as parts:
        checks = await _look_around(parts)
        reply = await parts.reply_to(
            Message(
                text=text,
                person=Person(id="terminal"),
                destination=Destination(id="terminal", scope=Scope.TERMINAL),
                seen=tuple(checks),
            )
        )
        told = sheet(reply, parts.texts, reply.language, reply.zone)
    if out.form == "json":
        out.json(as_json(reply, told))
    else:
        _print(out, told)
    return CODES[reply.verdict.outcome] if reply.verdict else 0


@contextlib.asynccontextmanager
async def _opened(out: Output, settings: Settings, clock: MachineClock) -> AsyncIterator[Parts]:
    """The parts over the usual database; over a passing one where that can't be used, since the answer matters more."""
    async with contextlib.AsyncExitStack() as stack:
        try:
            parts = await stack.enter_async_context(assembled(settings, clock, exclusive=False))
        except StoreError as error:
            out.complain("Answering without the database.", [str(error)])
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="notjustyou-"))
            passing = dataclasses.replace(settings, database_url=f"sqlite:///{Path(folder, 'ask.db').as_posix()}")
            parts = await stack.enter_async_context(assembled(passing, clock, exclusive=False))
        yield parts


async def _look_around(parts: Parts) -> list[Observation]:
    """Ask every source once, unless a running server keeps them fresh; always make the neutral checks from here."""
    here = NeutralSource(choice_of(parts.settings).setups.get("neutral", SourceSetup()), vantage="asker")
    polls = [] if _is_kept_fresh(parts) else [parts.board.poll(source) for source in parts.board.due(parts.clock.now())]
    found: list[Observation] = []

    async def checks() -> None:
        found.extend(await _checked(parts, here))

    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(POLLS_WITHIN_S):
            await asyncio.gather(checks(), *polls)
    return found


async def _checked(parts: Parts, here: Source) -> list[Observation]:
    try:
        pages = await here.fetch(parts.fetcher, parts.clock.now())
        return here.parse(pages, parts.clock.now())
    except (SourceError, FetchError):
        return []


def _is_kept_fresh(parts: Parts) -> bool:
    """Whether another process polled every source that is on, or tried to, within two of its periods."""
    now = parts.clock.now()
    asked = [
        health for health in parts.board.healths() if health.state not in (SourceState.OFF, SourceState.NOT_SET_UP)
    ]
    return bool(asked) and all(
        health.last_try is not None and now - health.last_try <= FRESH_PERIODS * health.period for health in asked
    )


def as_json(reply: Reply, told: Sheet) -> dict[str, Any]:
    """The answer with the names of CONTRACTS.  Moments are ISO 8601, UTC."""
    verdict = reply.verdict
    if verdict is None:
        return {"verdict": None, "text": [line for line in told.strings()], "drill": reply.drill}
    steps = next((block for block in told.blocks if block.part is Part.STEPS), None)
    do_not = next((block for block in told.blocks if block.part is Part.DO_NOT), None)
    ids = reply.advice.steps if reply.advice else ()
    return {
        **_verdict_json(verdict),
        "evidence": [_evidence_json(seen) for seen in verdict.evidence],
        "unreachable": [
            {"source": blind.source, "reason": blind.reason, "since": blind.since.isoformat()}
            for blind in verdict.unreachable
        ],
        "steps": [
            {"id": step, "text": f"{line.text} {line.detail}".strip()}
            for step, line in zip(ids, steps.lines if steps else (), strict=False)
        ],
        "do_not": do_not.lines[0].text if do_not else None,
        "drill": reply.drill,
        "summary": told.summary,
    }


def _verdict_json(verdict: Verdict) -> dict[str, Any]:
    return {
        "verdict": verdict.outcome.value,
        "confidence": round(verdict.confidence, 4),
        "probs": {outcome.value: round(part, 4) for outcome, part in verdict.probs.items()},
        "reason": verdict.reason.value,
        "service": verdict.service,
        "feature": verdict.feature.value if verdict.feature else None,
        "region": verdict.region,
        "since": verdict.since.isoformat() if verdict.since else None,
    }


def _evidence_json(seen: Observation) -> dict[str, Any]:
    return {
        "source": seen.source,
        "kind": seen.kind.value,
        "health": seen.health.value,
        "text": seen.text,
        "seen_at": seen.seen_at.isoformat(),
        "said_at": seen.said_at.isoformat() if seen.said_at else None,
        "link": seen.link,
    }


def _print(out: Output, told: Sheet) -> None:
    if out.form == "plain":
        out.lines(told.strings())
        return
    for block in told.blocks:
        _print_block(out, block, COLOURS.get(told.outcome, "1") if told.outcome else "1")
    for action in told.actions:
        if action.link:
            out.line(f"{action.title}: {action.link}")


def _print_block(out: Output, block: Block, colour: str) -> None:
    if block.part is Part.HEADLINE:
        out.lines(out.paint(line.text, colour) for line in block.lines)
        return
    if block.heading:
        out.line("")
        out.line(out.paint(block.heading, "1"))
    for line in block.lines:
        out.line(f"  {line.text}" if block.heading else line.text)
        if line.detail:
            out.line(out.paint(f"      {line.detail}", "2"))
