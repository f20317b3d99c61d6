"""Verdict, feature, client and codes -> ordered fix steps, the do-not line and the work-around.  Pure."""

from dataclasses import dataclass
from typing import NewType

StepId = NewType("StepId", str)


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """What to do now, as ids and text keys."""

    why: str  # text key
    steps: tuple[StepId, ...] = ()  # shown, in order, three to five
    more: tuple[StepId, ...] = ()  # behind "more steps"
    do_not: str | None = None  # text key
    workaround: str | None = None  # text key
    codes: tuple[str, ...] = ()  # the codes that steered the choice
