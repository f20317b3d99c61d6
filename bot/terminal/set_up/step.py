"""One step of a set-up, and what it is looked at with."""

from dataclasses import dataclass
from pathlib import Path

from bot.clock import MachineClock
from bot.http import Fetcher

REACH = "let this machine reach that address over https; behind a proxy set HTTPS_PROXY, and NOTJUSTYOU_CA_FILE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that must be right."""

    name: str
    ok: bool
    says: str
    do: str = ""  # empty when nothing is to be done


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What every step may use."""

    fetcher: Fetcher
    clock: MachineClock
    ca_file: Path | None
    database_url: str
    public_url: str | None


def done(name: str, says: str, do: str = "") -> Step:
    """This is right; `do`: what could be better."""
    return Step(name=name, ok=True, says=says, do=do)


def to_do(name: str, says: str, do: str) -> Step:
    """This is wrong, or can't be seen."""
    return Step(name=name, ok=False, says=says, do=do)


def spelled_for(steps: tuple[Step, ...], tenant: str) -> tuple[Step, ...]:
    """The same steps in the words of the settings file, for a registration that has a table of its own there."""
    if not tenant:
        return steps
    return tuple(
        Step(name=f"{tenant}: {step.name}", ok=step.ok, says=_spelled(step.says, tenant), do=_spelled(step.do, tenant))
        for step in steps
    )


def _spelled(text: str, tenant: str) -> str:
    for setting in ("app_id", "app_secret", "app_type", "tenant_id", "graph_url"):
        text = text.replace(f"NOTJUSTYOU_{setting.upper()}", f"tenant.{tenant}.{setting}")
    return text
