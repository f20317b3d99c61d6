"""An answer as the terminal shows it: lines for people, or JSON with the names of CONTRACTS."""

from typing import Any

from bot.cards import Block, Part, Sheet
from bot.domain.conversation import Reply
from bot.domain.observation import Observation
from bot.domain.verdict import Outcome, Verdict
from bot.terminal.output import BOLD, DIM, Output

COLOURS = {
    Outcome.FINE: "1;32",
    Outcome.JUST_YOU: "1;36",
    Outcome.DOWN: "1;31",
    Outcome.DEGRADED: "1;33",
    Outcome.MAINTENANCE: "1;34",
    Outcome.YOUR_ORG: "1;35",
    Outcome.YOUR_NETWORK: "1;35",
}
WARNING = "1;33"


def tell(out: Output, reply: Reply, told: Sheet) -> None:
    """Print the answer in the form that was asked for."""
    if out.form == "json":
        out.json(as_json(reply, told))
    elif out.form == "plain":
        out.lines(told.strings())
        out.lines(_links(told))
    else:
        colour = COLOURS.get(told.outcome, BOLD) if told.outcome else BOLD
        for block in told.blocks:
            _tell_block(out, block, colour)
        out.lines(_links(told))


def as_json(reply: Reply, told: Sheet) -> dict[str, Any]:
    """The answer as data.  Moments are ISO 8601, UTC."""
    if reply.verdict is None:
        return {"verdict": None, "text": list(told.strings()), "drill": told.drill}
    do_not = next((block for block in told.blocks if block.part is Part.DO_NOT), None)
    return {
        **_verdict(reply.verdict),
        "evidence": [_evidence(seen) for seen in reply.verdict.evidence],
        "unreachable": [
            {"source": blind.source, "reason": blind.reason, "since": blind.since.isoformat()}
            for blind in reply.verdict.unreachable
        ],
        "steps": _steps(reply, told),
        "do_not": do_not.lines[0].text if do_not else None,
        "drill": told.drill,
        "summary": told.summary,
    }


def _verdict(verdict: Verdict) -> dict[str, Any]:
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


def _evidence(seen: Observation) -> dict[str, Any]:
    return {
        "source": seen.source,
        "kind": seen.kind.value,
        "health": seen.health.value,
        "text": seen.text,
        "seen_at": seen.seen_at.isoformat(),
        "said_at": seen.said_at.isoformat() if seen.said_at else None,
        "link": seen.link,
    }


def _steps(reply: Reply, told: Sheet) -> list[dict[str, str]]:
    """The steps that are shown, which may be fewer than were advised."""
    lines = next((block.lines for block in told.blocks if block.part is Part.STEPS), ())
    ids = reply.advice.steps if reply.advice else ()
    return [{"id": step, "text": f"{line.text}. {line.detail}".strip()} for step, line in zip(ids, lines, strict=False)]


def _tell_block(out: Output, block: Block, colour: str) -> None:
    if block.part is Part.HEADLINE:
        for line in block.lines:
            out.line(line.text, style=colour)
        return
    if block.heading:
        out.line()
        out.line(block.heading, style=BOLD)
    style = WARNING if block.part in (Part.DRILL, Part.DO_NOT) else ""
    for line in block.lines:
        out.line(f"  {line.text}" if block.heading else line.text, style=style)
        if line.detail:
            out.line(f"     {line.detail}", style=DIM)
        if line.link:
            out.line(f"     {line.link}", style=DIM)


def _links(told: Sheet) -> list[str]:
    return [f"{action.title}: {action.link}" for action in told.actions if action.link]
